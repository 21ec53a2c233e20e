"""A sheet as a folium page that asks no host but its own, or no host at all.

Two forms: `Linked` assets for a served page, `Inlined` ones for a page that is saved and opened
with the network off. Folium makes the Leaflet map; the drawing is ours (maps/web/sheet).
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import folium
import orjson
from branca.element import CssLink, Element, JavascriptLink, MacroElement
from folium.template import Template as FoliumTemplate
from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup, escape

from maps import theme, wire
from maps.assets import SHEET_MODULES, file_of
from maps.sheet import Fill, Layer, Lines, Look, Marks, Sheet

HELD = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
"""Folium's names for what we serve, and ours."""
UNUSED = {
    "jquery",
    "bootstrap",
    "bootstrap_css",
    "awesome_markers",
    "awesome_markers_css",
    "awesome_markers_font_css",
    "awesome_rotate_css",
    "glyphicons_css",
}
"""Folium's names for what no sheet needs."""


class UnknownAssetError(LookupError):
    """Folium wants a file that we neither hold nor know to be needless."""


class Assets(Protocol):
    """How a page comes by the files of maps/assets.py."""

    def script(self, name: str, mark: str) -> str: ...
    def style(self, name: str, mark: str) -> str: ...
    def module(self, name: str) -> str: ...


@dataclass(frozen=True)
class Linked:
    """Assets by address on our own server."""

    base: str = "/assets"

    def script(self, name: str, mark: str) -> str:
        return f'<script{mark} src="{self.base}/{name}"></script>'

    def style(self, name: str, mark: str) -> str:
        return f'<link{mark} rel="stylesheet" href="{self.base}/{name}">'

    def module(self, name: str) -> str:
        return f"{self.base}/{name}"


@dataclass(frozen=True)
class Inlined:
    """Assets by content; `web` is the folder in which `npm ci` was run."""

    web: Path

    def script(self, name: str, mark: str) -> str:
        return f"<script{mark}>{_text(name, self.web)}</script>"

    def style(self, name: str, mark: str) -> str:
        """Pictures of Leaflet's own controls are left out: no sheet shows them."""
        pictureless = re.sub(r"url\([^)]*\)", "none", _text(name, self.web))
        return f"<style{mark}>{pictureless}</style>"

    def module(self, name: str) -> str:
        packed = base64.b64encode(_text(name, self.web).encode()).decode()
        return f"data:text/javascript;base64,{packed}"


@cache
def _text(name: str, web: Path) -> str:
    """Contents of an asset, safe inside an element, without the address of its source map."""
    text = file_of(name, web).read_text(encoding="utf-8")
    return re.sub(r"//# sourceMappingURL=\S*", "", text).replace("</script", "<\\/script")


class SheetData(MacroElement):  # type: ignore[misc]
    """The sheet's data, shipped once as JSON and drawn by maps/web/sheet."""

    _template = FoliumTemplate(
        """
        {%- macro html(this, kwargs) -%}
        <script{{ this.mark }} type="application/json" id="sheet-data">{{ this.data }}</script>
        {%- endmacro -%}
        """
    )

    def __init__(self, sheet: Sheet, mark: str) -> None:
        super().__init__()
        self._name, self.mark = "SheetData", mark
        self.data = wire.packed(sheet).decode()


def render(sheet: Sheet, assets: Assets, nonce: str = "") -> str:
    """HTML of a sheet. With a `nonce` every script, style and link of the page carries it."""
    mark = f' nonce="{escape(nonce)}"' if nonce else ""
    figure = _figure(sheet, mark)
    return _template().render(
        sheet=sheet,
        words=theme.catalogue(sheet.language),
        tokens=theme.css(),
        mark=mark,
        head=_head(figure.header._children, assets, mark),
        body=figure.html.render(),
        script=figure.script.render(),
        imports=_import_map(assets),
        swatch=swatch,
        line=line,
        source=_source(sheet),
        drawn=theme.word("print.date", sheet.language, at=f"{sheet.about.made_at:%Y-%m-%d %H:%M}"),
    )


def _figure(sheet: Sheet, mark: str) -> Element:
    """Folium's map and our data; a fixed name, so that the same sheet gives the same bytes."""
    west, south, east, north = sheet.bounds
    plain = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
    )
    plain.options["maxZoom"] = 19
    plain._name, plain._id = "map", "sheet"
    plain.add_child(SheetData(sheet, mark))
    figure = plain.get_root()
    plain.render()
    del figure.header._children[plain.get_name()]  # page size and a viewport that forbids zooming
    return figure


def _head(children: Mapping[str, Element], assets: Assets, mark: str) -> str:
    """Folium's links by name, turned to what we hold; then our own style."""
    tags = []
    for name, child in children.items():
        if not isinstance(child, JavascriptLink | CssLink) or name in UNUSED:
            continue
        if name not in HELD:
            raise UnknownAssetError(name)
        tag = assets.script if isinstance(child, JavascriptLink) else assets.style
        tags.append(tag(HELD[name], mark))
    return "\n".join([*tags, assets.style("sheet.css", mark)])


def _import_map(assets: Assets) -> str:
    modules = {f"sheet/{name}": assets.module(f"sheet/{name}.js") for name in SHEET_MODULES}
    return orjson.dumps({"imports": modules}).decode()


def swatch(layer: Layer, look: Look) -> Markup:
    """A legend's picture of a class; attributes only, because the policy forbids inline styles."""
    colour = f"var(--{look.colour})"
    match layer:
        case Marks():
            return Markup(
                '<svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">'
                '<circle cx="12" cy="12" r="11" fill="{}"/>'
                '<path d="{}" fill="none" stroke="var(--surface)" stroke-width="2.4" '
                'stroke-linecap="round" stroke-linejoin="round"/></svg>'
            ).format(colour, theme.SYMBOLS[look.symbol])
        case Fill():
            return Markup(
                '<svg width="28" height="16" aria-hidden="true"><rect x=".5" y=".5" width="27" '
                'height="15" fill="{}" stroke="var(--grid-line)"/>'
                '<path d="{}" stroke="{}" fill="none"/></svg>'
            ).format(*_ruled(look, colour))
        case _:
            return Markup("")


def line(layer: Layer) -> Markup:
    """A legend's picture of a border, a road or water."""
    match layer:
        case Fill(outline=str() as outline, looks=[]):
            width, colour = (2, "township-line") if outline == "township" else (0.75, "grid-line")
        case Lines():
            width, colour = 2, "road"
        case Fill(looks=[look]):
            width, colour = 10, look.colour
        case _:
            return Markup("")
    return Markup(
        '<svg width="28" height="16" aria-hidden="true">'
        '<path d="M0 8L28 8" stroke="var(--{})" stroke-width="{}"/></svg>'
    ).format(colour, width)


def _ruled(look: Look, colour: str) -> tuple[str, str, str]:
    if look.pattern == "diagonal":
        return "var(--land)", "M1 8L8 1M1 15L15 1M9 15L23 1M17 15L27 5M25 15L27 13", colour
    if look.pattern == "level":
        return colour, "M1 3.5L27 3.5M1 7.5L27 7.5M1 11.5L27 11.5", "var(--surface)"
    return colour, "", "none"


def _source(sheet: Sheet) -> str:
    if not sheet.about.source:
        return ""
    return theme.word("print.source", sheet.language, source=sheet.about.source)


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True).get_template("page.html")
