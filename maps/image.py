"""A sheet as a PNG that prints on A4: title, map, scale, legend, date, source, readable in grey.

Matplotlib's objects only, no pyplot: two threads may draw at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from maps import ink
from maps.ink import Frame
from maps.plot import RADIUS, draw, outlined
from maps.sheet import Fill, Layer, Lines, Look, Marks, Sheet
from maps.theme import LIGHT, Language, word

A4_LANDSCAPE = (11.69, 8.27)
MARGIN, LEGEND, HEAD, FOOT = 24.0, 168.0, 58.0, 26.0
"""Points round the page, for the legend's column, above and below the map."""


def render(sheet: Sheet, size: tuple[float, float] = A4_LANDSCAPE, dpi: float = 150) -> bytes:
    """PNG of a sheet; `size` in inches."""
    figure = Figure(figsize=size, dpi=dpi, facecolor=LIGHT["surface"])
    canvas = FigureCanvasAgg(figure)
    width, height = size[0] * 72, size[1] * 72
    across, up = width - 2 * MARGIN - LEGEND, height - HEAD - FOOT - MARGIN / 2
    paper = _axes(figure, (0, 0, width, height))
    paper.axis("off")
    _head(paper, sheet, width, height)
    ink.put(paper, ink.text((MARGIN, FOOT / 2 + 2), _foot(sheet), 8, "quiet"))
    frame = ink.fitted(sheet.bounds, across, up)
    column = _Column(paper, width - LEGEND - 6, height - HEAD - 12, LEGEND - MARGIN / 2)
    _legend(sheet.legend, sheet, frame, column)
    _map(_axes(figure, (MARGIN, FOOT, across, up)), sheet, frame)
    return _png(canvas, dpi)


def render_for_screen(sheet: Sheet, wide: float, dpi: float = 192) -> bytes:
    """PNG of a sheet for a place on a page, `wide` points across and as high as it takes: its
    letters keep their size, and the legend stands below the map."""
    across = wide - MARGIN
    up = across * ink.proportion(sheet.bounds)
    frame = ink.fitted(sheet.bounds, across, up)
    head = partial(_title, sheet)
    key = partial(_key, sheet, frame)
    below = _deep(key, across)
    height = _deep(head, across) + up + below + MARGIN
    figure = Figure(figsize=(wide / 72, height / 72), dpi=dpi, facecolor=LIGHT["surface"])
    canvas = FigureCanvasAgg(figure)
    paper = _axes(figure, (0, 0, wide, height))
    paper.axis("off")
    head(_Column(paper, MARGIN / 2, height - MARGIN / 2, across))
    key(_Column(paper, MARGIN / 2, below + MARGIN / 4, across))
    _map(_axes(figure, (MARGIN / 2, below + MARGIN / 2, across, up)), sheet, frame)
    return _png(canvas, dpi)


def _deep(write: Callable[["_Column"], None], across: float) -> float:
    """How far down the page something goes."""
    column = _Column(None, 0.0, 0.0, across)
    write(column)
    return -column.y


def _title(sheet: Sheet, column: "_Column") -> None:
    column.y -= 4
    column.write(sheet.title, 11, weight="bold")
    column.write(sheet.subtitle, 9, "quiet")


def _key(sheet: Sheet, frame: Frame, column: "_Column") -> None:
    """The legend in two columns, what the sheet is about in the first; below them the source."""
    half = column.across / 2 - MARGIN / 4
    about = [layer for layer in sheet.legend if getattr(layer, "heading", "")]
    rest = [layer for layer in sheet.legend if layer not in about]
    pair = [_Column(column.axes, column.left + place * (half + MARGIN / 2), column.y - 6, half)
            for place in (0, 1)]  # fmt: skip
    for layers, each in zip((about, rest), pair, strict=True):
        _legend(layers, sheet, frame, each)
    column.y = min(each.y for each in pair)
    column.write(_foot(sheet), 8, "quiet")


def _axes(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    """Axes in a box of the page, their units points from its lower left corner."""
    wide, high = figure.get_size_inches() * 72
    left, bottom, width, height = box
    axes = figure.add_axes((left / wide, bottom / high, width / wide, height / high))
    axes.set(xlim=(0, width), ylim=(0, height), xticks=[], yticks=[], facecolor=LIGHT["land"])
    for spine in axes.spines.values():
        spine.set(color=LIGHT["line"], linewidth=0.8)
    return axes


def _head(paper: Axes, sheet: Sheet, width: float, height: float) -> None:
    room = width - 2 * MARGIN
    size = min(18.0, 18.0 * room / max(ink.width_of(sheet.title, 18), 1))
    ink.put(
        paper,
        ink.text((MARGIN, height - 25), sheet.title, max(size, 9), weight="bold"),
        ink.text((MARGIN, height - 46), sheet.subtitle, 9.5, "quiet"),
    )


def _foot(sheet: Sheet) -> str:
    about, language = sheet.about, sheet.language
    drawn = word("print.date", language, at=f"{about.made_at:%Y-%m-%d %H:%M}")
    source = [word("print.source", language, source=about.source)] if about.source else []
    return "    ".join([*source, drawn])


def _map(axes: Axes, sheet: Sheet, frame: Frame) -> None:
    draw(axes, sheet.layers, frame)
    _scale_bar(axes, frame, sheet.language)


def _scale_bar(axes: Axes, frame: Frame, language: Language) -> None:
    """A bar of a round length, right at the map's middle latitude."""
    longest = min(110, frame.width / 4) * frame.metres_per_point
    power = 10 ** np.floor(np.log10(longest))
    metres = float(max(step for step in (1, 2, 5) if step * power <= longest) * power)
    length = metres / frame.metres_per_point
    kind, number = ("kilometres", metres / 1000) if metres >= 1000 else ("metres", metres)
    box = [(8.0, 8.0), (length + 20, 8.0), (length + 20, 32.0), (8.0, 32.0), (8.0, 8.0)]
    bar = [(14.0, 17.0), (14.0, 13.0), (14 + length, 13.0), (14 + length, 17.0)]
    ink.put(
        axes,
        ink.area(ink.polyline(box), "surface", alpha=0.85),
        ink.line(ink.polyline(bar), "ink", 1.2),
        ink.text((14, 24), word(f"print.{kind}", language, n=f"{number:g}"), 8),
    )


@dataclass
class _Column:
    """A pen that writes downwards; without axes it only measures how far it comes."""

    axes: Axes | None
    left: float
    y: float
    across: float

    def write(self, words: str, size: float, colour: str = "ink", weight: str = "normal") -> None:
        for line in ink.wrapped(words, size, self.across):
            self._put(self.left, line, size, colour, weight)
            self.y -= size * 1.45

    def entry(self, layer: Layer, look: Look) -> None:
        if self.axes is not None:
            _swatch(self.axes, layer, look, self.left, self.y)
        for line in ink.wrapped(look.label, 9, self.across - 30):
            self._put(self.left + 30, line, 9)
            self.y -= 13
        self.y -= 2

    def _put(
        self, left: float, line: str, size: float, colour: str = "ink", weight: str = "normal"
    ) -> None:
        if self.axes is not None:
            ink.put(self.axes, ink.text((left, self.y), line, size, colour, weight))


def _legend(layers: Sequence[Layer], sheet: Sheet, frame: Frame, column: "_Column") -> None:
    for layer in layers:
        heading = getattr(layer, "heading", "")
        if heading:
            column.write(layer.name, 11, weight="bold")
            column.write(heading, 8, "quiet")
            if sheet.period:
                column.write(sheet.period, 8, "quiet")
            column.y -= 4
            for look in getattr(layer, "looks", ()):
                column.entry(layer, look)
            if isinstance(layer, Marks) and layer.counted:
                column.write(word("print.counted", sheet.language), 8, "quiet")
            column.y -= 8
        elif isinstance(layer, Lines | Fill) and outlined(layer, frame):
            column.entry(layer, Look(layer.name, ""))


def _swatch(axes: Axes, layer: Layer, look: Look, left: float, y: float) -> None:
    box = ink.polyline(
        [
            (left, y - 4.5),
            (left + 22, y - 4.5),
            (left + 22, y + 4.5),
            (left, y + 4.5),
            (left, y - 4.5),
        ]
    )
    rule = ink.polyline([(left, y), (left + 22, y)])
    match layer:
        case Marks():
            centre = np.array([[left + 11, y]])
            ink.put(
                axes,
                ink.area(ink.discs(centre, np.array([RADIUS])), look.colour),
                ink.line(ink.glyphs(look.symbol, centre, 2 * RADIUS), "surface", 1.0),
            )
        case Fill() if look.colour:
            ink.put(axes, ink.area(box, look.colour, look.pattern), ink.line(box, "grid-line", 0.4))
        case Fill(key="water"):
            ink.put(axes, ink.area(box, "water"))
        case Lines():
            ink.put(axes, ink.line(rule, "road", 1.2))
        case Fill(outline="township"):
            ink.put(axes, ink.line(rule, "township-line", 1.1))
        case Fill(outline="grid"):
            ink.put(axes, ink.line(rule, "grid-line", 0.5))
        case Fill():
            ink.put(axes, ink.area(box, "finding"))


def _png(canvas: FigureCanvasAgg, dpi: float) -> bytes:
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    file = BytesIO()
    picture.save(file, "PNG", compress_level=3, dpi=(dpi, dpi))
    return file.getvalue()
