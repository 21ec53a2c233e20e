"""How the tiles look in MapLibre, made from the theme; the ground of every map in a browser.

Pure: it is told where the tiles are. No glyphs and no sprites: text is drawn from the fonts of the
machine, and whoever shows the map draws the symbols `case-{look}` and `squad-{look}`, a shape and
a glyph for each look of the theme.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from maps import basemap
from maps.basemap import Base
from maps.theme import DARK, LIGHT, STATES, Language, breaks

Scheme = Literal["light", "dark"]
Json = dict[str, object]
SCHEMES: Mapping[Scheme, Mapping[str, str]] = {"light": LIGHT, "dark": DARK}
GROUND = "rivers,roads,places,townships,grids,labels"
OVERLAYS = ("frequency", "hotspots", "incidents", "squads")
"""What is put over the ground, each a source of its own that is loaded when it is shown."""
POINTS_FROM = 14
"""The zoom from which cases are points; counted before."""
ROAD_WIDTHS = {
    "motorway": 4.0, "trunk": 3.5, "primary": 3.0, "secondary": 2.5, "tertiary": 2.0,
}  # fmt: skip
ROUND = {"line-cap": "round", "line-join": "round"}
VISITS = (1, 2, 4, 7)
"""Lower limits of the classes of visits a week, where nobody gives others."""


@dataclass(frozen=True)
class Wish:
    """What is wished of a style. `tiles`: the address before the layers' names. `base`: what
    lies under everything. `source`: what the map is drawn from, in words. `visits`: lower limits of
    the classes from the second on."""

    tiles: str
    scheme: Scheme = "light"
    language: Language = "zh"
    show: Sequence[str] = ()
    base: Base | None = None
    source: str = ""
    visits: Sequence[int] = VISITS


def visit_classes(visits: Sequence[int]) -> Sequence[int]:
    """Lower limits, from the second on, of the classes that are in the numbers themselves."""
    limits = breaks(np.array(visits, np.float64))
    return [int(limit) + 1 for limit in limits[:-1]] or VISITS


def style(wish: Wish) -> Json:
    """A MapLibre style, version 8."""
    ink = SCHEMES[wish.scheme]
    overlays = {name: _layers(wish, ink)[name] for name in OVERLAYS}
    return {
        "version": 8,
        "name": f"Grid Patrol {wish.scheme}",
        "metadata": {"language": wish.language},
        "sources": _sources(wish),
        "layers": [
            *_base(wish, ink), *_areas(ink),
            *_hidden("frequency", overlays, wish), *_hidden("hotspots", overlays, wish),
            *_lines(ink), *_names(ink),
            *_hidden("incidents", overlays, wish), *_hidden("squads", overlays, wish),
        ],
    }  # fmt: skip


def _sources(wish: Wish) -> Json:
    found: Json = {
        "ground": {
            "type": "vector",
            "url": f"{wish.tiles}{GROUND}.json",
            "attribution": wish.source,
        }
    }
    for name in OVERLAYS:
        found[name] = {"type": "vector", "url": f"{wish.tiles}{name}.json"}
    if wish.base:
        found["base"] = basemap.source(wish.base)
    return found


def _hidden(name: str, overlays: Mapping[str, list[Json]], wish: Wish) -> list[Json]:
    """An overlay's layers, shown only where that is wished; its name is the switch."""
    seen = "visible" if name in wish.show else "none"
    return [
        {**each, "source": name, "source-layer": name, "metadata": {"overlay": name},
         "layout": {**_of(each, "layout"), "visibility": seen}}
        for each in overlays[name]
    ]  # fmt: skip


def _of(layer: Json, part: str) -> Json:
    found = layer.get(part, {})
    return found if isinstance(found, dict) else {}


# --- The ground -----------------------------------------------------------------------------------


def _base(wish: Wish, ink: Mapping[str, str]) -> list[Json]:
    land: Json = {"id": "land", "type": "background", "paint": {"background-color": ink["land"]}}
    if not wish.base:
        return [land]
    return [land, *basemap.layers(wish.base, ink, wish.language, dark=wish.scheme == "dark")]


def _ground(layer: str, kind: str, identity: str, **more: object) -> Json:
    return {"id": identity, "type": kind, "source": "ground", "source-layer": layer, **more}


def _areas(ink: Mapping[str, str]) -> list[Json]:
    unseen = {"fill-opacity": 0}  # there to be clicked: their edges are lines of their own
    return [
        _ground("rivers", "fill", "water", paint={"fill-color": ink["water"]}),
        _ground("townships", "fill", "township-areas", paint=unseen),
        _ground("grids", "fill", "grid-areas", minzoom=11, paint=unseen),
    ]


def _lines(ink: Mapping[str, str]) -> list[Json]:
    width = ["match", ["get", "class"], *_pairs(ROAD_WIDTHS), 1.2]
    return [
        _ground("grids", "line", "grid-lines", minzoom=11, paint={
            "line-color": ink["grid-line"], "line-width": 0.75, "line-opacity": 0.7}),
        _ground("townships", "line", "township-lines", paint={
            "line-color": ink["township-line"],
            "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 11, 2]}),
        _ground("roads", "line", "roads", layout=ROUND, paint={
            "line-color": ink["road"],
            "line-width": ["interpolate", ["exponential", 1.5], ["zoom"],
                           9, ["*", width, 0.3], 14, width, 18, ["*", width, 4]]}),
    ]  # fmt: skip


def _names(ink: Mapping[str, str]) -> list[Json]:
    return [
        _ground("roads", "symbol", "road-names", minzoom=13, layout={
            "symbol-placement": "line", "text-field": ["get", "name"], "text-size": 12,
            "symbol-spacing": 400}, paint=_halo(ink, "quiet")),
        _ground("places", "symbol", "place-names", minzoom=12, layout={
            "text-field": ["get", "name"], "text-size": 12, "text-max-width": 8},
            paint=_halo(ink, "quiet")),
        _named("water-names", "water", 12, _halo(ink, "water-ink"), 9),
        _named("grid-names", "grid", 12, _halo(ink, "quiet"), 14),
        _named("township-names", "township", 14, _halo(ink, "ink"), 8),
    ]  # fmt: skip


def _named(identity: str, level: str, size: int, paint: Json, minzoom: int) -> Json:
    """Names as points of their own: one that hung on a cut area would stand in each of its
    tiles."""
    layout = {"text-field": ["get", "name"], "text-size": size, "text-max-width": 8}
    return _ground("labels", "symbol", identity, minzoom=minzoom, layout=layout, paint=paint,
                   filter=["==", ["get", "level"], level])  # fmt: skip


def _halo(ink: Mapping[str, str], colour: str) -> Json:
    return {"text-color": ink[colour], "text-halo-color": ink["land"], "text-halo-width": 1.5}


# --- What lies over it ----------------------------------------------------------------------------


def _layers(wish: Wish, ink: Mapping[str, str]) -> dict[str, list[Json]]:
    return {
        "frequency": _frequency(wish.visits, ink),
        "hotspots": _hotspots(ink),
        "incidents": _incidents(ink),
        "squads": _squads(ink),
    }


def _frequency(limits: Sequence[int], ink: Mapping[str, str]) -> list[Json]:
    classes = [(limit, ink[f"sequence-{number}"]) for number, limit in enumerate(limits, start=2)]
    colour = ["step", ["get", "visits"], ink["sequence-1"], *(v for pair in classes for v in pair)]
    return [{"id": "frequency", "type": "fill", "paint": {
        "fill-color": colour, "fill-opacity": 0.75}}]  # fmt: skip


def _hotspots(ink: Mapping[str, str]) -> list[Json]:
    known = {number: ink[f"{'hot' if number > 0 else 'cold'}-{abs(number)}"]
             for number in (-3, -2, -1, 1, 2, 3)}  # fmt: skip
    colour = ["match", ["get", "class"], *_pairs(known), ink["hot-0"]]
    strength = ["interpolate", ["linear"], ["abs", ["get", "z"]], 1.5, 0.55, 6, 0.85]
    return [{"id": "hotspots", "type": "fill", "paint": {
        "fill-color": colour, "fill-opacity": strength, "fill-antialias": False}}]  # fmt: skip


def _incidents(ink: Mapping[str, str]) -> list[Json]:
    late = [">", ["get", "overdue"], 0]
    size = ["interpolate", ["linear"], ["log10", ["get", "n"]], 0, 9, 2, 14, 4, 20, 6, 26]
    looks = {state: f"case-{look}" for state, look in STATES.items()}
    image = ["case", ["get", "overdue"], "case-overdue",
             ["match", ["get", "state"], *_pairs(looks), "case-done"]]  # fmt: skip
    return [
        {"id": "incidents-counted", "type": "circle", "maxzoom": POINTS_FROM, "paint": {
            "circle-color": ink["counted"], "circle-radius": size, "circle-stroke-width": 2,
            "circle-stroke-color": ["case", late, ink["state-overdue"], ink["surface"]]}},
        {"id": "incidents-counts", "type": "symbol", "maxzoom": POINTS_FROM, "layout": {
            "text-field": ["to-string", ["get", "n"]], "text-size": 12,
            "text-allow-overlap": True, "text-ignore-placement": True},
            "paint": {"text-color": ink["surface"]}},
        {"id": "incidents", "type": "symbol", "minzoom": POINTS_FROM, "layout": {
            "icon-image": image, "icon-allow-overlap": True, "icon-ignore-placement": True}},
    ]  # fmt: skip


def _squads(ink: Mapping[str, str]) -> list[Json]:
    look = ["case", ["!", ["get", "on_duty"]], "squad-off", ["!", ["get", "fresh"]], "squad-stale",
            "squad-free"]  # fmt: skip
    return [{"id": "squads", "type": "symbol", "layout": {
        "icon-image": look, "icon-allow-overlap": True, "text-field": ["get", "name"],
        "text-size": 12, "text-offset": [0, 1.1], "text-anchor": "top", "text-optional": True},
        "paint": _halo(ink, "ink")}]  # fmt: skip


def _pairs(given: Mapping[str, object] | Mapping[int, object]) -> list[object]:
    return [part for pair in given.items() for part in pair]
