"""From a file's own coordinates to longitude and latitude on WGS 84."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo import crs as systems
from geo.crs import Datum
from layers.errors import Invalid
from layers.files.fields import Reading
from layers.files.source import Notice, Source
from layers.files.values import Mask, mask, numbers, text

DEGREES = {"OGC:CRS84": Datum.WGS84, "EPSG:4326": Datum.WGS84, "EPSG:4490": Datum.CGCS2000}
ALIKE = 0.95

Shapes: TypeAlias = NDArray[np.object_]


@dataclass
class Original:
    """Geometries as the file has them, None where missing, and the rows that cannot be read."""

    shapes: Shapes
    refused: dict[str, Mask]
    crs: str | None
    notices: list[Notice] = field(default_factory=list)
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stated:
    """How coordinates are to be understood: degrees of a datum, or a reference system."""

    datum: Datum | None
    crs: str

    @property
    def name(self) -> str:
        return self.datum.value if self.datum else self.crs


def original(source: Source, where: Mapping[str, str], reading: Reading) -> Original:
    """Geometries from where the reading says, else from the file's geometry, else from columns."""
    kind = _origin(source, where, reading)
    names = tuple(where[ours] for ours in kind.split() if ours != "shapes")
    cells = [source.columns[name] for name in names]
    if source.shapes is not None and not names:
        return _from_shapes(source.shapes, source, reading)
    if kind == "geometry":
        return _from_wkt(cells[0], names, reading)
    crs = reading.crs or ("OGC:CRS84" if kind == "lon lat" else None)
    return _from_numbers(cells[0], cells[1], names, crs)


def _origin(source: Source, where: Mapping[str, str], reading: Reading) -> str:
    told = [
        kind for kind in ("geometry", "lon lat", "x y") if set(kind.split()) <= set(reading.columns)
    ]
    if told:
        return told[0]
    if source.shapes is not None:
        return "shapes"
    crs = _system(reading.crs)
    metres_first = crs is not None and not crs.is_geographic
    order = ("x y", "lon lat") if metres_first else ("lon lat", "x y")
    found = [kind for kind in (*order, "geometry") if set(kind.split()) <= set(where)]
    if not found:
        raise Invalid("no_place_columns", found=source.columns.column_names)
    return found[0]


def _from_shapes(shapes: Shapes, source: Source, reading: Reading) -> Original:
    found = Original(shapes, {}, reading.crs or source.crs)
    if source.unreadable is not None:
        found.refused["geometry_unreadable"] = source.unreadable
    if reading.crs and source.crs and _system(source.crs) != _system(reading.crs):
        found.notices.append(Notice("crs_overridden", {"file": source.crs, "used": reading.crs}))
    return found


def _from_wkt(cells: pa.Array, names: tuple[str, ...], reading: Reading) -> Original:
    """Well-known text, with or without the `SRID=...;` of PostGIS before it."""
    bare = pc.replace_substring_regex(text(cells), r"^SRID=\d+;", "")
    shapes = shapely.from_wkt(bare.to_numpy(zero_copy_only=False), on_invalid="ignore")
    unread = mask(bare.is_valid()) & shapely.is_missing(shapes)
    return Original(shapes, {"geometry_unreadable": unread}, reading.crs, columns=names)


def _from_numbers(
    first: pa.Array, second: pa.Array, names: tuple[str, ...], crs: str | None
) -> Original:
    x, y = numbers(first), numbers(second)
    unread = np.logical_or.reduce([*x.refused.values(), *y.refused.values()])
    there = mask(x.values.is_valid()) & mask(y.values.is_valid())
    shapes = np.full(len(there), None, dtype=object)
    shapes[there] = shapely.points(_floats(x.values)[there], _floats(y.values)[there])
    return Original(shapes, {"not_a_number": unread}, crs, columns=names)


def _floats(values: pa.Array) -> NDArray[np.float64]:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def stated(found: Original, reading: Reading) -> Stated:
    """The datum or system that holds. Raises Invalid if it is unknown and cannot be degrees."""
    crs = _system(found.crs)
    if reading.datum is not None:
        if crs is not None and not crs.is_geographic:
            raise Invalid("datum_needs_degrees", crs=str(found.crs), datum=reading.datum)
        return Stated(reading.datum, "OGC:CRS84")
    if crs is None:
        _check_degrees(found.shapes)
        found.notices.append(Notice("crs_assumed", {"used": "EPSG:4326"}))
        return Stated(Datum.WGS84, "OGC:CRS84")
    name = _short(crs)
    return Stated(DEGREES.get(name), name)


def _system(crs: str | None) -> CRS | None:
    try:
        return None if crs is None else CRS.from_user_input(crs)
    except CRSError:
        raise Invalid("crs_unknown", crs=crs) from None


def _short(crs: CRS) -> str:
    """EPSG:4549 rather than a page of text, where the system is in the register."""
    found = crs.to_authority(min_confidence=70)
    return ":".join(found) if found else str(crs.to_wkt())


def _check_degrees(shapes: Shapes) -> None:
    """Without a stated system values must be possible degrees, in either order."""
    bounds = shapely.bounds(shapes)
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if len(bounds) and (np.abs(bounds).max(axis=1) <= 180).mean() < ALIKE:
        raise Invalid("crs_needed", extent=[float(v) for v in shapely.total_bounds(shapes)])


def to_wgs84(shapes: Shapes, meant: Stated) -> Shapes:
    """Geometries in lon/lat WGS 84, without z."""
    if meant.datum in {Datum.WGS84, Datum.CGCS2000}:
        return np.asarray(shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes)
    if meant.datum is not None:
        return systems.shapes_to_wgs84(shapes, meant.datum)
    return systems.project_shapes(shapes, meant.crs)
