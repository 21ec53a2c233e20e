"""Are these places on the ground, and in the bureau's area? Points, lines and polygons, checked.

The first thing found wrong with a place is the reason it is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Datum, suspect_datum
from layers.files.coordinates import Original, Stated, original, stated, to_wgs84
from layers.files.fields import Reading
from layers.files.source import Notice, Source
from layers.files.values import Mask

Shapes = NDArray[np.object_]
Lonlat = NDArray[np.float64]

# A bureau's files may reach over its border, but not by this much.
FAR_METRES = 50_000
# Without a known area: many times further out than nearly all of the file.
OUTLIER_TIMES, OUTLIER_METRES, OUTLIER_LEAST = 10, 100_000, 10
SWAPPED_SHARE = 0.5
MENDED_SHARE = 0.001
POINT, LINE, POLYGON = 0, 1, 3
MULTIPOINT, MULTILINE, MULTIPOLYGON = 4, 5, 6


@dataclass
class Places:
    """Geometries in lon/lat WGS 84 by row, and what was refused; for points the original too."""

    shapes: Shapes
    meant: Stated
    refused: dict[str, Mask] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    xy: Lonlat | None = None
    columns: tuple[str, ...] = ()

    @property
    def open(self) -> Mask:
        """Rows that hold a geometry of which nothing bad is known yet."""
        bad = [*self.refused.values(), shapely.is_missing(self.shapes)]
        return ~np.asarray(np.logical_or.reduce(bad))

    def refuse(self, code: str, which: Mask) -> None:
        already = self.refused.get(code, np.zeros(len(which), dtype=bool))
        self.refused[code] = already | (which & self.open)

    def notice(self, code: str, rows: int, **values: object) -> None:
        if rows:
            self.notices.append(Notice(code, {"rows": rows, **values}))


def points(
    source: Source, where: Mapping[str, str], reading: Reading, area: Shapes | None
) -> Places:
    """One point per row, near the others and near `area` (lon/lat polygons) where it is given."""
    found = original(source, where, reading)
    places = _begun(found, reading)
    _single(places)
    xy = _xy(places.shapes)
    places.refuse("geometry_empty", np.asarray(np.isnan(xy).any(axis=1)))
    places.refuse("zero_coordinates", np.asarray((xy == 0).all(axis=1)))
    lonlat = _located(places)
    _check_place(places, lonlat, area)
    places.xy = xy
    if area is not None and places.meant.datum is not None:
        _suspect(places, xy[places.open], area)
    return places


def polygons(
    source: Source, where: Mapping[str, str], reading: Reading, area: Shapes | None
) -> Places:
    """One valid multipolygon per row; small faults are mended and counted."""
    places = _extended(source, where, reading, (POLYGON, MULTIPOLYGON))
    _mend(places)
    _check_place(places, _middles(places.shapes), area)
    _gather(places, POLYGON, shapely.multipolygons)
    return places


def lines(
    source: Source, where: Mapping[str, str], reading: Reading, area: Shapes | None
) -> Places:
    """One multilinestring per row, in the direction of the file."""
    places = _extended(source, where, reading, (LINE, MULTILINE))
    places.refuse("no_length", ~(shapely.length(places.shapes) > 0))
    _check_place(places, _middles(places.shapes), area)
    _gather(places, LINE, shapely.multilinestrings)
    return places


def _extended(
    source: Source, where: Mapping[str, str], reading: Reading, kinds: tuple[int, int]
) -> Places:
    """What is not empty and of these kinds, in lon/lat."""
    places = _begun(original(source, where, reading), reading)
    places.refuse("geometry_empty", shapely.is_empty(places.shapes))
    places.refuse("wrong_geometry", ~np.isin(shapely.get_type_id(places.shapes), kinds))
    _located(places)
    return places


def _begun(found: Original, reading: Reading) -> Places:
    shapes = np.array(found.shapes, dtype=object)
    places = Places(
        shapes, stated(found, reading), dict(found.refused), found.notices, columns=found.columns
    )
    places.notice("z_dropped", int(np.count_nonzero(shapely.has_z(shapes))))
    return places


def _single(places: Places) -> None:
    """A multipoint of one point is that point."""
    multi = shapely.get_type_id(places.shapes) == MULTIPOINT
    lone = multi & (shapely.get_num_geometries(places.shapes) == 1)
    places.shapes[lone] = shapely.get_geometry(places.shapes[lone], 0)
    places.refuse("wrong_geometry", np.not_equal(shapely.get_type_id(places.shapes), POINT))


def _xy(shapes: Shapes) -> Lonlat:
    """Coordinates by row, NaN where there is no point."""
    return np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])


def _located(places: Places) -> Lonlat:
    """Turn what is still good into lon/lat WGS 84; give the points' coordinates."""
    keep = places.open
    if places.meant.datum is not None:
        _check_degrees(places, shapely.bounds(places.shapes))
        keep = places.open
    located = np.full(len(places.shapes), None, dtype=object)
    located[keep] = to_wgs84(places.shapes[keep], places.meant)
    places.shapes = located
    bounds = shapely.bounds(located)
    places.refuse("out_of_range", keep & ~np.isfinite(bounds).all(axis=1))
    return _xy(located)


def _check_degrees(places: Places, bounds: Lonlat) -> None:
    """Degrees no globe has; those that would be right the other way round are told so."""
    x, y = np.abs(bounds[:, [0, 2]]).max(axis=1), np.abs(bounds[:, [1, 3]]).max(axis=1)
    beyond = (x > 180) | (y > 90)
    places.refuse("axes_swapped", beyond & (x <= 90) & (y <= 180))
    places.refuse("out_of_range", beyond)


def _check_place(places: Places, lonlat: Lonlat, area: Shapes | None) -> None:
    if area is not None and len(area):
        extent = shapely.total_bounds(area)
        far = far_from(lonlat, extent)
        places.refuse("axes_swapped", far & (_metres_outside(lonlat[:, ::-1], extent) == 0))
        places.refuse("far_away", far)
    else:
        places.refuse("far_away", _outliers(lonlat, places.open))
    swapped_rows = int(places.refused.get("axes_swapped", np.zeros(1)).sum())
    if swapped_rows > SWAPPED_SHARE * len(lonlat):
        places.notice("axes_look_swapped", swapped_rows)


def far_from(lonlat: Lonlat, extent: Lonlat) -> Mask:
    """Points that no bureau of this extent can mean: west, south, east, north."""
    return np.asarray(_metres_outside(lonlat, extent) > FAR_METRES)


def _metres_outside(lonlat: Lonlat, extent: Lonlat) -> NDArray[np.float64]:
    """Metres from a box, good to a percent and never too large near it."""
    beyond = np.maximum(np.maximum(extent[:2] - lonlat, lonlat - extent[2:]), 0) * 111_000
    beyond[:, 0] *= np.cos(np.radians(np.abs(extent[[1, 3]]).max()))
    return np.asarray(np.nan_to_num(np.hypot(beyond[:, 0], beyond[:, 1])))


def _outliers(lonlat: Lonlat, good: Mask) -> Mask:
    """Points ever so much further from the middle of the file than nine tenths of it."""
    far = np.zeros(len(lonlat), dtype=bool)
    if good.sum() < OUTLIER_LEAST:
        return far
    distance = _metres_apart(lonlat[good], np.median(lonlat[good], axis=0))
    limit = max(OUTLIER_TIMES * float(np.quantile(distance, 0.9)), OUTLIER_METRES)
    far[good] = distance > limit
    return far


def _metres_apart(lonlat: Lonlat, centre: Lonlat) -> NDArray[np.float64]:
    """Metres on a flat map: near enough to tell a town from another continent."""
    east, north = (lonlat - centre).T * 111_000
    return np.asarray(np.hypot(east * np.cos(np.radians(centre[1])), north))


def _suspect(places: Places, received: Lonlat, area: Shapes) -> None:
    check = suspect_datum(received, area, places.meant.datum or Datum.WGS84)
    if check.suspected is not None:
        better = next(one for one in check.readings if one.name == check.suspected)
        places.notice(
            "datum_suspected",
            check.points,
            stated=places.meant.name,
            suspected=check.suspected,
            gained=better.gained,
            lost=better.lost,
        )


def _mend(places: Places) -> None:
    """Mend what crosses itself where that changes the area by less than a thousandth."""
    broken = places.open & ~shapely.is_valid(places.shapes)
    rows = np.flatnonzero(broken)
    mended = _only_polygons(shapely.make_valid(places.shapes[rows]))
    before, after = shapely.area(places.shapes[rows]), shapely.area(mended)
    slight = (after > 0) & (np.abs(after - before) <= MENDED_SHARE * after)
    places.shapes[rows[slight]] = mended[slight]
    crossing = np.zeros(len(broken), dtype=bool)
    crossing[rows[~slight]] = True
    places.refuse("self_crossing", crossing)
    places.notice("polygons_mended", int(slight.sum()))
    places.refuse("no_area", shapely.area(places.shapes) == 0)


def _only_polygons(shapes: Shapes) -> Shapes:
    """Mending may leave lines and points beside the polygons; they have no area."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    deeper, inner = shapely.get_parts(parts, return_index=True)
    areal = shapely.get_type_id(deeper) == POLYGON
    made = [shapely.MultiPolygon(deeper[areal & (owner[inner] == n)]) for n in range(len(shapes))]
    return np.array([*made, None], dtype=object)[:-1]


def _middles(shapes: Shapes) -> Lonlat:
    bounds = shapely.bounds(shapes)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2)


def _gather(places: Places, kind: int, multi: Callable[..., Shapes]) -> None:
    """Each single shape as a collection of one."""
    single = places.open & (shapely.get_type_id(places.shapes) == kind)
    places.shapes[single] = multi(places.shapes[single], indices=np.arange(single.sum()))
