"""Shapes, symbols and text as Matplotlib paths, in typographic points on the paper.

Thousands of polygons of a class become one path and one call to the rasteriser; numbers are
outlines of ten digits put together, because a text object each would take longer than the map.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import shapely
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from maps.arcs import METRES_PER_DEGREE
from maps.sheet import Bounds
from maps.theme import FONT_FAMILY, LIGHT, SYMBOLS

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Across = Literal["left", "center"]
HATCHES = {"diagonal": "//////", "level": "------"}


@dataclass(frozen=True)
class Frame:
    """How lon/lat becomes points on the paper: true to scale in its middle latitude."""

    west: float
    south: float
    points_per_degree: float
    squeeze: float
    width: float
    height: float

    @property
    def metres_per_point(self) -> float:
        return METRES_PER_DEGREE / self.points_per_degree

    @property
    def zoom(self) -> float:
        """The zoom of a web map of this scale, a point taken for a pixel."""
        return float(np.log2(156_543.03 * self.squeeze / self.metres_per_point))

    def placed(self, xy: Floats) -> Floats:
        scale = self.points_per_degree * np.array([self.squeeze, 1.0])
        return (xy - [self.west, self.south]) * scale


def proportion(bounds: Bounds) -> float:
    """How high these bounds are for their width, true to scale; from half as high to once and a
    half."""
    west, south, east, north = bounds
    across = (east - west) * float(np.cos(np.radians((south + north) / 2)))
    return float(np.clip((north - south) / max(across, 1e-4), 0.5, 1.5))


def fitted(bounds: Bounds, width: float, height: float, margin: float = 10.0) -> Frame:
    """The frame that shows all of `bounds` in the middle of `width` by `height` points."""
    west, south, east, north = bounds
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    across, up = max((east - west) * squeeze, 1e-4), max(north - south, 1e-4)
    scale = min((width - 2 * margin) / across, (height - 2 * margin) / up)
    return Frame(
        (west + east) / 2 - width / scale / squeeze / 2,
        (south + north) / 2 - height / scale / 2,
        scale,
        squeeze,
        width,
        height,
    )


def drawable(shapes: Geometries, frame: Frame) -> Geometries:
    """Polygons without the vertices that a third of a point cannot show, holes turned against."""
    fewer = shapely.simplify(shapes, 0.35 / frame.points_per_degree, preserve_topology=False)
    kept = np.where(shapely.is_empty(fewer), shapes, fewer)
    turned: Geometries = shapely.orient_polygons(kept)
    return turned


def outline(shapes: Geometries, frame: Frame) -> Path:
    """All rings, or all lines, as one path."""
    parts = shapely.get_parts(shapes)
    solid = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    runs = np.concatenate([shapely.get_rings(parts[solid]), parts[~solid]])
    xy, run = shapely.get_coordinates(runs, return_index=True)
    codes = np.full(len(xy), Path.LINETO, dtype=Path.code_type)
    codes[np.flatnonzero(np.diff(run, prepend=-1))] = Path.MOVETO
    return Path(frame.placed(xy), codes)


def polyline(places: Sequence[tuple[float, float]]) -> Path:
    return Path(np.array(places))


def put(axes: Axes, *artists: Artist) -> None:
    """Adds artists clipped to the axes; add_patch would walk every vertex to find the limits."""
    for artist in artists:
        axes.add_artist(artist)


def area(path: Path, colour: str, pattern: str = "", alpha: float = 1.0) -> PathPatch:
    """A filled path, ruled if it has a pattern; a diagonal one has the paper for its ground."""
    diagonal = pattern == "diagonal"
    patch = PathPatch(
        path,
        facecolor=LIGHT["land"] if diagonal else LIGHT[colour],
        hatch=HATCHES.get(pattern),
        hatchcolor=LIGHT[colour] if diagonal else LIGHT["surface"],
        linewidth=0,
        alpha=alpha,
    )
    patch.set_hatch_linewidth(0.6)
    return patch


def line(path: Path, colour: str, width: float) -> PathPatch:
    patch = PathPatch(
        path,
        facecolor="none",
        edgecolor=LIGHT[colour],
        linewidth=width,
        joinstyle="round",
        capstyle="round",
    )
    patch.set_snap(False)  # snapped to pixels, the dot of an exclamation mark has no length
    return patch


def discs(centres: Floats, radii: Floats) -> Path:
    """Circles as one path."""
    circle = Path.unit_circle()
    vertices = _vertices(circle) * radii[:, None, None] + centres[:, None]
    return Path(vertices.reshape(-1, 2), np.tile(_codes(circle), len(centres)))


def glyphs(symbol: str, centres: Floats, size: float) -> Path:
    """A symbol of the theme at each centre, `size` points wide, as one path of lines."""
    shape = _glyph(symbol)
    vertices = _vertices(shape) * size + centres[:, None]
    path = Path(vertices.reshape(-1, 2), np.tile(_codes(shape), len(centres)))
    path.should_simplify = False  # the dot of an exclamation mark is shorter than a pixel
    return path


def _vertices(path: Path) -> Floats:
    return np.asarray(path.vertices, dtype=np.float64)


def _codes(path: Path) -> NDArray[np.uint8]:
    return np.asarray(path.codes, dtype=np.uint8)


@cache
def _glyph(symbol: str) -> Path:
    """The theme's box of 24 by 24, y down, as a box of 1 by 1 about the origin, y up."""
    pieces = SYMBOLS[symbol].replace("M", " M").replace("L", " L").split(" ")[1:]
    pairs = [
        (piece[0], float(piece[1:]), float(after))
        for piece, after in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    vertices = np.array([[x / 24 - 0.5, 0.5 - y / 24] for _, x, y in pairs])
    return Path(vertices, [Path.MOVETO if code == "M" else Path.LINETO for code, _, _ in pairs])


def numerals(texts: Sequence[str], centres: Floats, size: float) -> Path:
    """Whole numbers centred at points, as one path."""
    digits = _digits()
    advance = 0.56
    pieces = [
        digits[digit].transformed_by(x + (place - (len(text) - 1) / 2) * advance * size, y, size)
        for text, (x, y) in zip(texts, centres, strict=True)
        for place, digit in enumerate(text)
    ]
    if not pieces:
        return Path(np.zeros((0, 2)))
    codes = [digits[digit].codes for text in texts for digit in text]
    return Path(np.concatenate(pieces), np.concatenate(codes))


@dataclass(frozen=True)
class _Digit:
    vertices: Floats
    codes: NDArray[np.uint8]

    def transformed_by(self, x: float, y: float, size: float) -> Floats:
        moved: Floats = self.vertices * size + np.array([x, y])
        return moved


@cache
def _digits() -> dict[str, _Digit]:
    paths = {digit: TextPath((0, 0), digit, size=1, prop=font()) for digit in "0123456789"}
    boxes = {digit: path.get_extents() for digit, path in paths.items()}
    return {
        digit: _Digit(
            path.vertices - [(boxes[digit].x0 + boxes[digit].x1) / 2, boxes["0"].y1 / 2],
            path.codes,
        )
        for digit, path in paths.items()
    }


def font(weight: str = "normal") -> FontProperties:
    """The typeface of every map; ValueError where fonts-noto-cjk is not installed."""
    properties = FontProperties(family=FONT_FAMILY, weight=weight)
    findfont(properties, fallback_to_default=False)
    return properties


def text(
    place: tuple[float, float],
    words: str,
    size: float,
    colour: str = "ink",
    weight: str = "normal",
    across: Across = "left",
) -> Text:
    """A line of text that begins at its place, or has it in the middle."""
    return Text(
        *place,
        _drawable(words, weight),
        color=LIGHT[colour],
        fontsize=size,
        fontproperties=_sized(weight, size),
        horizontalalignment=across,
        verticalalignment="center",
        parse_math=False,
    )


UNKNOWN = "\u25a1"
"""Stands for a letter that the typeface does not have; a phone's picture letters, say."""


def _drawable(words: str, weight: str) -> str:
    known = _letters(weight)
    return "".join(letter if letter in known else UNKNOWN for letter in words)


@cache
def _letters(weight: str) -> frozenset[str]:
    drawn = get_font(findfont(font(weight))).get_charmap()
    return frozenset({"\n", *map(chr, drawn)})


def name(
    place: tuple[float, float], words: str, size: float, colour: str = "ink", weight: str = "normal"
) -> Text:
    """A name on the map: centred, with a halo."""
    made = text(place, words, size, colour, weight, "center")
    made.set_path_effects([withStroke(linewidth=1.8, foreground=LIGHT["surface"])])
    return made


@cache
def _sized(weight: str, size: float) -> FontProperties:
    properties = font(weight)
    properties.set_size(size)
    return properties


def width_of(words: str, size: float) -> float:
    """Points that a line takes, near enough: ideographs are as wide as they are high."""
    return sum(size if ord(letter) > 0x2E7F else 0.56 * size for letter in words)


def wrapped(words: str, size: float, width: float) -> list[str]:
    """Lines no wider than `width` points, broken at spaces and between ideographs."""
    lines = [""]
    for piece in _pieces(words):
        if lines[-1] and width_of(lines[-1] + piece.rstrip(), size) > width:
            lines.append("")
        lines[-1] += piece
    return [row.strip() for row in lines]


def _pieces(words: str) -> list[str]:
    pieces = [""]
    for letter in words:
        pieces[-1] += letter
        if letter == " " or ord(letter) > 0x2E7F:
            pieces.append("")
    return pieces
