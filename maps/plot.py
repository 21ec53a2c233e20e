"""The layers of a sheet, drawn on Matplotlib axes whose units are typographic points."""

from collections.abc import Sequence

import numpy as np
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray

from maps import ink
from maps.ink import Frame
from maps.sheet import Fill, Geometries, Labels, Layer, Lines, Look, Marks

Floats = NDArray[np.float64]

DATA_ALPHA = 0.82
OUTLINES = {
    "grid": (0.35, "grid-line", 10.0),
    "township": (1.1, "township-line", 0.0),
    "water": (0.4, "water-ink", 0.0),
    "finding": (0.9, "finding", 0.0),
}
APART = 17.0
RADIUS = 5.2


class Room:
    """Boxes already taken by text and symbols."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._boxes = np.zeros((0, 4))

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Whether the box about a place is free and on the paper; then it is taken."""
        box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
        paper = np.array([self._frame.width, self._frame.height])
        inside = bool((box[:2] > 0).all() and (box[2:] < paper).all())
        free = inside and not self._crossed(box)
        if free:
            self.keep_clear(box[None])
        return free

    def keep_clear(self, boxes: Floats) -> None:
        self._boxes = np.vstack([self._boxes, boxes])

    def _crossed(self, box: Floats) -> bool:
        over = (self._boxes[:, :2] < box[2:]) & (self._boxes[:, 2:] > box[:2])
        return bool(over.all(axis=1).any())


def draw(axes: Axes, layers: Sequence[Layer], frame: Frame) -> None:
    """All layers in their order; marks keep their room before any name is placed."""
    room = Room(frame)
    spots = {layer.key: grouped(layer, frame) for layer in layers if isinstance(layer, Marks)}
    for centres, radii, _ in spots.values():
        room.keep_clear(np.hstack([centres - radii[:, None], centres + radii[:, None]]))
    _areas_and_lines(axes, layers, frame)
    _texts(axes, layers, frame, room, spots)
    for layer in layers:
        if isinstance(layer, Marks):
            _marks(axes, layer, *spots[layer.key])


def _areas_and_lines(axes: Axes, layers: Sequence[Layer], frame: Frame) -> None:
    """All areas before any line, so that a river's banks are seen through what is filled."""
    fills = [layer for layer in layers if isinstance(layer, Fill)]
    shapes = {fill.key: ink.drawable(fill.shapes, frame) for fill in fills}
    for fill in fills:
        _fill(axes, fill, shapes[fill.key], frame)
    for layer in layers:
        if isinstance(layer, Fill) and layer.outline and outlined(layer, frame):
            width, colour, _ = OUTLINES[layer.outline]
            ink.put(axes, ink.line(ink.outline(shapes[layer.key], frame), colour, width))
        elif isinstance(layer, Lines):
            _lines(axes, layer, frame)


def _fill(axes: Axes, layer: Fill, shapes: Geometries, frame: Frame) -> None:
    alpha = 1.0 if layer.key == "water" else DATA_ALPHA
    for place, look in enumerate(layer.looks):
        path = ink.outline(shapes[layer.classes == place], frame)
        ink.put(axes, ink.area(path, look.colour, look.pattern, alpha))


def outlined(layer: Layer, frame: Frame) -> bool:
    """Whether the paper's scale is large enough for the layer's borders, if it has any."""
    outline = layer.outline if isinstance(layer, Fill) else None
    return outline is None or frame.zoom >= OUTLINES[outline][2]


def _lines(axes: Axes, layer: Lines, frame: Frame) -> None:
    runs = shapely.simplify(layer.shapes, 0.35 / frame.points_per_degree, preserve_topology=False)
    thin = 0.28 if frame.zoom < 11 else 0.5 if frame.zoom < 12 else 0.7
    for place, width in enumerate(layer.widths):
        if width * thin >= 0.4:
            path = ink.outline(runs[layer.classes == place], frame)
            ink.put(axes, ink.line(path, layer.looks[0].colour, width * thin))


Spots = tuple[Floats, Floats, list[NDArray[np.int64]]]


def grouped(layer: Marks, frame: Frame) -> Spots:
    """Where marks stand, how large, and which points each is: those that would overlap are one.

    Points are binned finely; bins in order of their counts join the first one kept within reach.
    """
    xy = frame.placed(shapely.get_coordinates(layer.shapes))
    reach = APART if layer.counted else 1e-9
    bins = np.unique(np.floor(xy / reach), axis=0, return_inverse=True)[1]
    if not layer.counted:
        bins = np.arange(len(xy))
    counts = np.bincount(bins)
    middles = np.column_stack([np.bincount(bins, xy[:, side]) for side in (0, 1)]) / counts[:, None]
    owner = _owners(middles, np.argsort(-counts, kind="stable"), reach)
    kept, group = np.unique(owner, return_inverse=True)
    order = np.argsort(group[bins], kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group[bins]))[:-1]) if len(xy) else []
    sizes = np.array([len(each) for each in members])
    radii = np.where(
        sizes > 1, np.minimum(RADIUS + 0.35 * np.log2(np.maximum(sizes, 1)), 8.4), RADIUS
    )
    return middles[kept], radii, members


def _owners(middles: Floats, order: NDArray[np.int64], reach: float) -> NDArray[np.int64]:
    owner = np.empty(len(middles), dtype=np.int64)
    kept: list[int] = []
    for place in order:
        away = ((middles[kept] - middles[place]) ** 2).sum(axis=1)
        near = int(away.argmin()) if kept else 0
        if kept and away[near] < reach**2:
            owner[place] = kept[near]
        else:
            owner[place] = place
            kept.append(int(place))
    return owner


def _marks(
    axes: Axes, layer: Marks, centres: Floats, radii: Floats, members: list[NDArray[np.int64]]
) -> None:
    counts = np.array([len(each) for each in members], dtype=np.int64)
    alone = counts == 1
    classes = layer.classes[[each[0] for each in members]] if members else np.zeros(0)
    for place, look in enumerate(layer.looks):
        _symbols(axes, look, centres[alone & (classes == place)])
    if (~alone).any():
        rims = np.array([layer.alarm in layer.classes[each] for each in members])
        _counts(axes, centres[~alone], radii[~alone], counts[~alone])
        if layer.alarm is not None:
            ring = ink.discs(centres[~alone & rims], radii[~alone & rims])
            ink.put(axes, ink.line(ring, layer.looks[layer.alarm].colour, 1.0))


def _symbols(axes: Axes, look: Look, centres: Floats) -> None:
    if not len(centres):
        return
    discs = ink.discs(centres, np.full(len(centres), RADIUS))
    ink.put(
        axes,
        ink.area(discs, look.colour),
        ink.line(discs, "surface", 0.6),
        ink.line(ink.glyphs(look.symbol, centres, 2 * RADIUS), "surface", 1.0),
    )


def _counts(axes: Axes, centres: Floats, radii: Floats, counts: NDArray[np.int64]) -> None:
    discs = ink.discs(centres, radii)
    numerals = ink.numerals([str(count) for count in counts], centres, 6.2)
    ink.put(
        axes,
        ink.area(discs, "counted"),
        ink.line(discs, "surface", 0.6),
        ink.area(numerals, "surface"),
    )


def _texts(
    axes: Axes, layers: Sequence[Layer], frame: Frame, room: Room, spots: dict[str, Spots]
) -> None:
    for layer in sorted(layers, key=_turn):
        if isinstance(layer, Marks) and layer.texts is not None:
            _mark_names(axes, layer.texts, room, spots[layer.key])
        elif isinstance(layer, Labels) and frame.zoom >= layer.min_zoom:
            _labels(axes, layer, frame, room)
        elif isinstance(layer, Fill) and layer.numbers is not None and outlined(layer, frame):
            _numbers(axes, layer, layer.numbers, frame, room)


def _turn(layer: Layer) -> int:
    """Whose text gets its room first: marks, townships, the numbers of the map, other names."""
    match layer:
        case Marks():
            return 0
        case Labels(rank=0):
            return 1
        case Fill():
            return 2
        case _:
            return 3


def _mark_names(axes: Axes, names: Sequence[str], room: Room, spots: Spots) -> None:
    centres, _, members = spots
    for (x, y), who in zip(centres, members, strict=True):
        name, below = names[who[0]], (x, y - RADIUS - 5.5)
        if len(who) == 1 and room.take(*below, ink.width_of(name, 7) + 2, 8):
            ink.put(axes, ink.name(below, name, 7))


def _labels(axes: Axes, layer: Labels, frame: Frame, room: Room) -> None:
    size, colour, weight = (6.5, "quiet", "normal") if layer.rank else (8.5, "ink", "bold")
    said: set[str] = set()
    for name, (x, y) in zip(
        layer.texts, frame.placed(shapely.get_coordinates(layer.shapes)), strict=True
    ):
        width = ink.width_of(name, size) + 2
        for down in (0, 11, -11):
            if name not in said and room.take(x, y - down, width, size + 2):
                said.add(name)
                ink.put(
                    axes,
                    ink.name((x, y - down), name, size, colour, weight),
                )


def _numbers(axes: Axes, layer: Fill, numbers: Sequence[str], frame: Frame, room: Room) -> None:
    """The number of each polygon that has room for it."""
    boxes = shapely.bounds(layer.shapes).reshape(-1, 2, 2)
    across, up = np.moveaxis(frame.placed(boxes)[:, 1] - frame.placed(boxes)[:, 0], 1, 0)
    lengths = np.array([len(number) for number in numbers])
    fits = np.flatnonzero((across > 5 + 4 * lengths) & (up > 11) & (lengths > 0))
    middles = frame.placed(shapely.get_coordinates(shapely.centroid(layer.shapes[fits])))
    free = [
        room.take(x, y, 4 * length, 7)
        for (x, y), length in zip(middles, lengths[fits], strict=True)
    ]
    path = ink.numerals([numbers[place] for place in fits[free]], middles[free], 6.5)
    ink.put(axes, ink.line(path, "surface", 1.2), ink.area(path, "ink"))
