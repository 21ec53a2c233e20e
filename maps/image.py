"""A sheet as a PNG that prints on A4: title, map, scale, legend, date, source, readable in grey.

Matplotlib's objects only, no pyplot: two threads may draw at once.
"""

from dataclasses import dataclass
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
    _legend(paper, sheet, frame, _Column(paper, width - LEGEND - 6, height - HEAD - 12))
    _map(_axes(figure, (MARGIN, FOOT, across, up)), sheet, frame)
    return _png(canvas, dpi)


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
    longest = 110 * frame.metres_per_point
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
    """A pen that writes a legend downwards."""

    axes: Axes
    left: float
    y: float

    def write(self, words: str, size: float, colour: str = "ink", weight: str = "normal") -> None:
        for line in ink.wrapped(words, size, LEGEND - MARGIN / 2):
            ink.put(self.axes, ink.text((self.left, self.y), line, size, colour, weight))
            self.y -= size * 1.45

    def entry(self, layer: Layer, look: Look) -> None:
        _swatch(self.axes, layer, look, self.left, self.y)
        for line in ink.wrapped(look.label, 9, LEGEND - 36):
            ink.put(self.axes, ink.text((self.left + 30, self.y), line, 9))
            self.y -= 13
        self.y -= 2


def _legend(paper: Axes, sheet: Sheet, frame: Frame, column: "_Column") -> None:
    for layer in sheet.legend:
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
