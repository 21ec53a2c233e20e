"""A sheet as compact JSON for the browser; maps/web/sheet/decode.js is the other end.

Whole numbers travel as text: zigzag, five bits a character, a sixth says that more follows.
Polygons of all layers share one table of arcs, so that a grid edge that is also a township's
border travels once.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from maps.arcs import METRES_PER_DEGREE, Ints, Topology, topology
from maps.sheet import Column, Fill, Labels, Layer, Lines, Look, Marks, Phrases, Sheet, Value
from maps.theme import SYMBOLS, catalogue

Json = dict[str, object]

ALPHABET = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", dtype=np.uint8
)


def packed(sheet: Sheet) -> bytes:
    """The sheet as UTF-8 JSON that may stand inside a script element."""
    steps = 1e5 if sheet.tolerance_m >= 5 else 1e7
    fills = [layer for layer in sheet.layers if isinstance(layer, Fill)]
    arcs, refs = _arcs(fills, sheet.tolerance_m)
    words = catalogue(sheet.language)
    body = {
        "key": sheet.key,
        "language": sheet.language,
        "steps": steps,
        "bounds": sheet.bounds,
        "arcs": {"sizes": varints(_sizes(arcs.arc_starts)), "xy": _points(arcs.xy, steps)},
        "layers": [_layer(layer, refs, steps, sheet) for layer in sheet.layers],
        "symbols": dict(SYMBOLS),
        "words": {key[5:]: text for key, text in words.items() if key.startswith("page.")},
    }
    return orjson.dumps(body).replace(b"<", b"\\u003c")


def varints(values: Ints) -> str:
    """Whole numbers as text, least significant five bits first."""
    zigzag = (values << 1) ^ (values >> 63)
    sizes = np.ones(len(values), dtype=np.int64)
    for bits in range(5, 60, 5):
        sizes += (zigzag >> bits) > 0
    first = np.cumsum(sizes) - sizes
    digits = np.zeros(int(sizes.sum()), dtype=np.int64)
    for place in range(int(sizes.max(initial=0))):
        longer = sizes > place
        more = 32 * (sizes[longer] > place + 1)
        digits[first[longer] + place] = (zigzag[longer] >> 5 * place & 31) + more
    return ALPHABET[digits].tobytes().decode("ascii")


def _points(xy: NDArray[np.float64], steps: float) -> str:
    return varints(_steps(np.rint(xy * steps).astype(np.int64)).ravel())


def _sizes(starts: Ints) -> Ints:
    return starts[1:] - starts[:-1]


def _steps(values: Ints) -> Ints:
    """Differences from row to row, the first from nought."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    return steps


def _arcs(fills: Sequence[Fill], tolerance_m: float) -> tuple[Topology, dict[str, Json]]:
    """One topology for all polygon layers, and each layer's rings in it."""
    sizes = [len(fill.shapes) for fill in fills]
    shapes = np.concatenate([np.zeros(0, dtype=object), *(fill.shapes for fill in fills)])
    arcs = topology(shapes, tolerance_m)
    starts = np.cumsum([0, *sizes])
    return arcs, {
        fill.key: _rings(arcs, first, last)
        for fill, first, last in zip(fills, starts[:-1], starts[1:], strict=True)
    }


def _rings(arcs: Topology, first: int, last: int) -> Json:
    """Rings of the shapes first..last: their shapes, sizes and arcs, all as differences."""
    begin, end = np.searchsorted(arcs.shape_of_ring, [first, last])
    starts = arcs.ring_starts[begin : end + 1]
    refs = arcs.refs[starts[0] : starts[-1]]
    return {
        "shape": varints(_steps(arcs.shape_of_ring[begin:end] - first)),
        "sizes": varints(_sizes(starts)),
        "refs": varints(_steps(refs)),
    }


def _layer(layer: Layer, refs: dict[str, Json], steps: float, sheet: Sheet) -> Json:
    common: Json = {"key": layer.key, "name": layer.name}
    match layer:
        case Fill():
            return common | _fill(layer, steps) | {"rings": refs[layer.key]}
        case Lines():
            return common | _lines(layer, steps, sheet.tolerance_m)
        case Marks():
            return common | _marks(layer, steps)
        case Labels():
            return common | _labels(layer, steps)


def _fill(layer: Fill, steps: float) -> Json:
    body: Json = {
        "kind": "fill",
        "outline": layer.outline,
        "classes": varints(layer.classes),
        "looks": [_look(look) for look in layer.looks],
        "columns": [_column(column) for column in layer.columns],
    }
    if layer.numbers is not None:
        body["numbers"] = _text(list(layer.numbers))
        body["centres"] = _points(_centres(layer.shapes), steps)
    return body


def _centres(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """A point inside each shape: the centroid, or where that falls outside a point on the shape."""
    centres = shapely.centroid(shapes)
    outside = ~shapely.contains_properly(shapes, centres)
    centres[outside] = shapely.point_on_surface(shapes[outside])
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])


def _lines(layer: Lines, steps: float, tolerance_m: float) -> Json:
    parts, shape = shapely.get_parts(layer.shapes, return_index=True)
    parts = shapely.simplify(parts, tolerance_m / METRES_PER_DEGREE, preserve_topology=False)
    return {
        "kind": "lines",
        "classes": varints(layer.classes[shape]),
        "looks": [_look(look) for look in layer.looks],
        "widths": list(layer.widths),
        "sizes": varints(shapely.get_num_coordinates(parts).astype(np.int64)),
        "xy": _points(shapely.get_coordinates(parts), steps),
    }


def _marks(layer: Marks, steps: float) -> Json:
    return {
        "kind": "marks",
        "counted": layer.counted,
        "alarm": layer.alarm,
        "classes": varints(layer.classes),
        "looks": [_look(look) for look in layer.looks],
        "columns": [_column(column) for column in layer.columns],
        "texts": None if layer.texts is None else _text(list(layer.texts)),
        "xy": _points(shapely.get_coordinates(layer.shapes), steps),
    }


def _labels(layer: Labels, steps: float) -> Json:
    return {
        "kind": "labels",
        "rank": layer.rank,
        "min_zoom": layer.min_zoom,
        "texts": list(layer.texts),
        "xy": _points(shapely.get_coordinates(layer.shapes), steps),
    }


def _look(look: Look) -> Json:
    return {
        "label": look.label,
        "colour": look.colour,
        "symbol": look.symbol,
        "pattern": look.pattern,
    }


def _column(column: Column | Phrases) -> Json:
    if isinstance(column, Phrases):
        return {"label": column.label} | _phrases(column)
    return {"label": column.label} | _text(column.values)


def _text(values: Sequence[Value]) -> Json:
    """Values as they are, or as places in a list of the distinct ones where they repeat."""
    distinct = dict.fromkeys(values)
    if len(distinct) * 2 > len(values):
        return {"values": list(values)}
    number = {value: place for place, value in enumerate(distinct)}
    places = np.array([number[value] for value in values], dtype=np.int64)
    return {"values": list(distinct), "at": varints(places)}


def _phrases(column: Phrases) -> Json:
    flat = list(chain.from_iterable(column.values))
    return {
        "templates": list(column.templates),
        "sizes": varints(np.array([len(row) for row in column.values], dtype=np.int64)),
        "which": varints(np.array([template for template, _ in flat], dtype=np.int64)),
        "numbers": [number for _, number in flat],
    }
