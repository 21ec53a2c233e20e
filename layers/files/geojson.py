"""GeoJSON, whole or one feature a line. Read strictly, one feature at a time: a bad one is a
refused row, not a refused file."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.errors import Invalid
from layers.files import sniffing
from layers.files.source import Source, numbered

Json = dict[str, object]
SHAPES = frozenset(
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
)


def load(path: Path, encoding: str | None) -> Source:
    """The features of a file: their properties as columns, their geometry as it stands."""
    used = sniffing.encoding(path, encoding)
    text = path.read_bytes().decode(used)
    features, crs = _features(text, path.name)
    properties = [_properties(feature) for feature in features]
    shapes, unreadable = _shapes([_geometry(feature) for feature in features])
    return Source(
        columns(properties),
        numbered(len(features)),
        shapes=shapes,
        unreadable=unreadable,
        crs=crs,
        encoding=used,
    )


def _features(text: str, name: str) -> tuple[list[object], str | None]:
    try:
        root = orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError as problem:
        return _lines(text, name, problem), None
    if not isinstance(root, dict):
        raise Invalid("not_geojson", file=name)
    if root.get("type") == "FeatureCollection":
        features = root.get("features")
        if not isinstance(features, list):
            raise Invalid("not_geojson", file=name)
        return features, _crs(root)
    if root.get("type") in ("Feature", "GeometryCollection", *sorted(SHAPES)):
        return [root], _crs(root)
    raise Invalid("not_geojson", file=name)


def _lines(text: str, name: str, problem: ValueError) -> list[object]:
    """One feature a line, with or without the record separator of RFC 8142."""
    lines = [line.strip("\x1e \t\r") for line in text.removeprefix("\ufeff").split("\n")]
    try:
        found = [orjson.loads(line) for line in lines if line]
    except orjson.JSONDecodeError:
        raise Invalid("file_not_readable", file=name, says=str(problem)) from problem
    if not all(isinstance(one, dict) and one.get("type") == "Feature" for one in found):
        raise Invalid("not_geojson", file=name)
    return found


def _crs(root: Json) -> str | None:
    """The reference system: WGS 84 by RFC 7946; the older `crs` member where there is one.

    A member that names nothing known leaves the question open (None).
    """
    if "crs" not in root:
        return "OGC:CRS84"
    match root["crs"]:
        case {"properties": {"name": str(name)}}:
            try:
                return str(CRS.from_user_input(name).to_string())
            except CRSError:
                return None
        case _:
            return None


def _properties(feature: object) -> Json:
    match feature:
        case {"type": "Feature", "properties": dict(properties)}:
            own = feature.get("id") if isinstance(feature, dict) else None
            return properties if own is None or "id" in properties else {"id": own} | properties
        case _:
            return {}


def _geometry(feature: object) -> object:
    if isinstance(feature, dict):
        return feature.get("geometry") if feature.get("type") == "Feature" else feature
    return feature


def _shapes(geometries: list[object]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    there = np.array([one is not None for one in geometries], dtype=bool)
    shapes = np.empty(len(geometries), dtype=object)
    for place, geometry in enumerate(geometries):
        shapes[place] = _shape(geometry)
    return shapes, there & (shapes == None)  # noqa: E711  (element by element)


def _shape(geometry: object) -> shapely.Geometry | None:
    """A geometry as shapely makes it, None where it is not one."""
    match geometry:
        case {"type": "Point", "coordinates": [float() | int() as x, float() | int() as y]}:
            return shapely.Point(x, y)
        case {"type": str(kind), "coordinates": list(inside)} if kind in SHAPES:
            if not _positions(inside):
                return None
            return shapely.from_geojson(orjson.dumps(geometry), on_invalid="ignore")
        case {"type": "GeometryCollection", "geometries": list(parts)}:
            return _collection(parts)
        case _:
            return None


def _collection(parts: list[object]) -> shapely.Geometry | None:
    """A collection of anything but collections."""
    made = [_shape(part) for part in parts if not _is_collection(part)]
    return None if None in made else shapely.GeometryCollection(made)


def _is_collection(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "GeometryCollection"


def _positions(inside: list[object], depth: int = 4) -> bool:
    """Whether positions are two or more numbers, not deeper than in a multipolygon."""
    if all(isinstance(one, list) for one in inside):
        deeper = [one for one in inside if isinstance(one, list)]
        return depth > 1 and all(_positions(one, depth - 1) for one in deeper)
    return len(inside) >= 2 and all(type(one) in {int, float} for one in inside)


def columns(properties: list[Json]) -> pa.Table:
    """Properties side by side; a column of mixed types becomes text."""
    names = dict.fromkeys(name for one in properties for name in one)
    return pa.table({name: _column([one.get(name) for one in properties]) for name in names})


def _column(values: list[object]) -> pa.Array:
    if not any(isinstance(value, dict | list) for value in values):
        # Of several kinds, or a number beyond 64 bits: as text nothing of it is lost.
        with suppress(pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            return pa.array(values)
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
