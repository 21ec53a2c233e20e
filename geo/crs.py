"""Where a coordinate is: datums, reference systems, metres and square metres.

Everything inside the product is lon/lat WGS 84 (EPSG:4326, x before y). CGCS2000 lies within a
metre of it and is taken as identical. GCJ-02 and BD-09 are the shifted datums of Chinese web maps,
88 to 671 m (BD-09 about 1 km) from the truth; their formulas were never published by the surveying
authority, the constants below are those on which all open implementations agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

Points: TypeAlias = NDArray[np.float64]
Shapes: TypeAlias = NDArray[np.object_]

WGS84_ELLIPSOID = Geod(ellps="WGS84")


class Datum(StrEnum):
    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


# --- Datums -----------------------------------------------------------------------------------

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
# Half axis in metres and squared eccentricity of the ellipsoid of Krasovsky.
KRASOVSKY_AXIS, KRASOVSKY_ECCENTRICITY = 6378245.0, 0.00669342162296594323
BD09_TURN = np.pi * 3000 / 180
# The largest shift is 0.02 degrees; points further from the box need no arithmetic.
BOX_MARGIN = 0.05
# Each step gains two digits: after 3 BD-09 is within 6 mm, after 5 within 2 micrometres.
INVERSE_STEPS = 5


def to_wgs84(lonlat: Points, datum: Datum) -> Points:
    """Coordinates (n, 2) in degrees of `datum` -> (n, 2) lon/lat WGS 84, as a new array.

    CGCS2000 is returned unchanged. The inverse of GCJ-02 and BD-09 is iterated and good to less
    than 1 mm; whatever lies outside the box of China is unchanged, since nothing is shifted there.
    """
    forward = _SHIFTED.get(datum)
    return lonlat.copy() if forward is None else _near_china(lonlat, _inverse_of(forward))


def from_wgs84(lonlat: Points, datum: Datum) -> Points:
    """Lon/lat WGS 84 (n, 2) -> (n, 2) degrees of `datum`; see `to_wgs84`."""
    forward = _SHIFTED.get(datum)
    return lonlat.copy() if forward is None else _near_china(lonlat, _only_in_china(forward))


def shapes_to_wgs84(shapes: Shapes, datum: Datum) -> Shapes:
    """Geometries (n,) whose vertices are in `datum` -> the same in lon/lat WGS 84, without z."""
    return shapely.transform(shapes, lambda lonlat: to_wgs84(lonlat, datum))


def _gcj02(lonlat: Points) -> Points:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105, lat - 35
    ripple = _waves(x, (20, 1 / 6), (20, 1 / 2)) + 0.1 * x * y
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * np.sqrt(np.abs(x)) + ripple
    east += _waves(x, (20, 1), (40, 3), (150, 12), (300, 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.2 * np.sqrt(np.abs(x)) + ripple
    north += _waves(y, (20, 1), (40, 3), (160, 12), (320, 30))
    shift = np.column_stack([east, north])
    return lonlat + shift / metres_per_degree(lat, KRASOVSKY_AXIS, KRASOVSKY_ECCENTRICITY)


def _waves(degrees: Points, *terms: tuple[float, float]) -> Points:
    """Two thirds of a sum of sines in metres, each (amplitude, half period in degrees)."""
    waves = (size * np.sin(np.pi / half * degrees) for size, half in terms)
    return np.asarray(sum(waves) * 2 / 3)


def _bd09(lonlat: Points) -> Points:
    lon, lat = _gcj02(lonlat).T
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * BD09_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * BD09_TURN)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


_SHIFTED: dict[Datum, Callable[[Points], Points]] = {Datum.GCJ02: _gcj02, Datum.BD09: _bd09}


def _near_china(lonlat: Points, convert: Callable[[Points], Points]) -> Points:
    converted = lonlat.copy()
    near = _in_china(lonlat, BOX_MARGIN)
    converted[near] = convert(lonlat[near])
    return converted


def _in_china(lonlat: Points, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = CHINA_BOX
    across = (lonlat[:, 0] >= west - margin) & (lonlat[:, 0] <= east + margin)
    return across & (lonlat[:, 1] >= south - margin) & (lonlat[:, 1] <= north + margin)


def _only_in_china(forward: Callable[[Points], Points]) -> Callable[[Points], Points]:
    return lambda lonlat: np.where(_in_china(lonlat)[:, None], forward(lonlat), lonlat)


def _inverse_of(forward: Callable[[Points], Points]) -> Callable[[Points], Points]:
    """Fixed-point inverse. The answer, not the input, decides whether the point is in China."""

    def inverse(shifted: Points) -> Points:
        lonlat = shifted
        for _ in range(INVERSE_STEPS):
            lonlat = lonlat - (forward(lonlat) - shifted)
        return np.where(_in_china(lonlat)[:, None], lonlat, shifted)

    return inverse


# --- Reference systems ------------------------------------------------------------------------


def project(xy: Points, crs: str, to: str = "EPSG:4326") -> Points:
    """Coordinates (n, 2) of `crs` -> (n, 2) of `to`; always x (east, lon) before y (north, lat).

    A point that has no place in `to` becomes inf. Raises ValueError that names an unknown system.
    """
    return np.column_stack(_transformer(crs, to).transform(xy[:, 0], xy[:, 1]))


def project_shapes(shapes: Shapes, crs: str, to: str = "EPSG:4326") -> Shapes:
    """Geometries (n,) of `crs` -> the same in `to`, without z; errors as in `project`."""
    return shapely.transform(shapes, lambda xy: project(xy, crs, to))


@lru_cache(maxsize=64)
def _transformer(crs: str, to: str) -> Transformer:
    return Transformer.from_crs(_known(crs), _known(to), always_xy=True)


def _known(crs: str) -> CRS:
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise ValueError(f"unknown coordinate reference system: {crs}") from error


# --- Metres -----------------------------------------------------------------------------------


def metres(a: Points, b: Points) -> NDArray[np.float64]:
    """Geodesic distances (n,) in metres between lon/lat a (n, 2) and b (n, 2) or (2,)."""
    a, b = (np.asarray(side, np.float64) for side in np.broadcast_arrays(a, b))
    return np.asarray(WGS84_ELLIPSOID.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])


def metres_per_degree(
    lat: NDArray[np.float64],
    axis: float = WGS84_ELLIPSOID.a,
    eccentricity: float = WGS84_ELLIPSOID.es,
) -> Points:
    """Length in metres of a degree of longitude and of latitude (n, 2) at latitudes (n,).

    From the radii of curvature of an ellipsoid with this half axis and squared eccentricity.
    """
    flattened = 1 - eccentricity * np.sin(np.radians(lat)) ** 2
    across = axis / np.sqrt(flattened)
    along = across * (1 - eccentricity) / flattened
    return np.radians(np.column_stack([across * np.cos(np.radians(lat)), along]))


def area_m2(shapes: Shapes) -> NDArray[np.float64]:
    """Geodesic areas (n,) in m2 of lon/lat polygons and multipolygons (n,), holes taken off.

    The direction of the rings does not matter; anything that is not a polygon, or is missing, has
    area 0. Source: Karney (2013), Algorithms for geodesics, through PROJ.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    areas = _ring_areas(rings)
    areas[1:][part[1:] == part[:-1]] *= -1  # a ring of the same polygon as the ring before it
    return np.bincount(owner[part], areas, minlength=len(shapes)).astype(np.float64)


def _ring_areas(rings: Shapes) -> NDArray[np.float64]:
    lon, lat = np.ascontiguousarray(shapely.get_coordinates(rings).T)
    ends = np.cumsum(shapely.get_num_coordinates(rings)).tolist()
    slices = map(slice, [0, *ends], ends)
    area = WGS84_ELLIPSOID.polygon_area_perimeter
    return np.array([abs(area(lon[ring], lat[ring])[0]) for ring in slices])


@dataclass(frozen=True)
class LocalMetres:
    """A plane of metres around a lon/lat point.

    Azimuthal equidistant on the WGS 84 ellipsoid: distances and directions from the centre are
    geodesic, other lengths and areas within 5e-5 up to 100 km from it. There and back is exact;
    Lambert's equal-area plane would be 1 mm off (PROJ 9.5).
    """

    lon: float
    lat: float

    @property
    def crs(self) -> str:
        return f"+proj=aeqd +lon_0={self.lon!r} +lat_0={self.lat!r} +datum=WGS84 +units=m"

    def to_metres(self, lonlat: Points) -> Points:
        """Lon/lat (n, 2) -> metres east and north of the centre (n, 2)."""
        return project(lonlat, "EPSG:4326", self.crs)

    def to_lonlat(self, xy: Points) -> Points:
        """Metres (n, 2) -> lon/lat (n, 2)."""
        return project(xy, self.crs)

    def shapes_to_metres(self, shapes: Shapes) -> Shapes:
        """Lon/lat geometries (n,) -> the same in metres."""
        return project_shapes(shapes, "EPSG:4326", self.crs)

    def shapes_to_lonlat(self, shapes: Shapes) -> Shapes:
        """Geometries (n,) in metres -> the same in lon/lat."""
        return project_shapes(shapes, self.crs)


def local_metres(lon: float, lat: float) -> LocalMetres:
    """The plane of metres around a lon/lat point, for buffers, widths and planar algorithms."""
    return LocalMetres(float(lon), float(lat))


def local_metres_of(shapes: Shapes) -> LocalMetres:
    """The plane of metres around the middle of the extent of lon/lat geometries (n,)."""
    west, south, east, north = shapely.total_bounds(shapes)
    return local_metres((west + east) / 2, (south + north) / 2)


# --- Is the stated datum the true one? --------------------------------------------------------

READINGS = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
SWAPPED = "swapped"
SAMPLE = 50_000
CLEAR_Z = 4.0
CLEAR_RATIO = 3


@dataclass(frozen=True)
class Reading:
    """What a batch looks like when read in one way, against the stated way."""

    name: str
    share_inside: float
    gained: int
    lost: int

    @property
    def is_clearly_better(self) -> bool:
        """McNemar's test on the points that changed sides, and three gained for each lost."""
        changed, gain = self.gained + self.lost, self.gained - self.lost
        return gain >= CLEAR_Z * max(changed, 1) ** 0.5 and self.gained >= CLEAR_RATIO * self.lost


@dataclass(frozen=True)
class DatumCheck:
    """Every reading of a batch and the name of the one that fits clearly better than the stated."""

    points: int
    readings: tuple[Reading, ...]
    suspected: str | None


def suspect_datum(
    points: Points, inside: Shapes, stated: Datum, own: NDArray[np.int64] | None = None
) -> DatumCheck:
    """Does another reading put clearly more of a batch into the bureau's area than the stated one?

    `points` (n, 2) are the coordinates as received; `inside` are lon/lat WGS 84 polygons, the
    townships or, better, the grids. Readings are the datums and swapped axes. Only distinct points
    that change sides count (at most 50,000 are looked at), so neither a pile of cases on one
    address nor the many points in the middle hide or fake a shift.

    Limit: GCJ-02 moves points by some 500 m. Against the area alone that shows only in incidents
    within that distance of its border, on one side of it: with no such points nothing is
    suspected, whatever the datum is. Where rows name the township or grid that they belong to,
    give its index in `inside` as `own` (n,), -1 for unknown: every inner border then testifies.
    A hint for a warning, never a reason to change coordinates.
    """
    points, own = _sample(points, own)
    hit = _area_test(inside, own)
    base = hit(to_wgs84(points, stated))
    reread = {datum.value: to_wgs84(points, datum) for datum in READINGS}
    reread[SWAPPED] = to_wgs84(points[:, ::-1], stated)
    readings = tuple(_reading(name, hit(lonlat), base) for name, lonlat in reread.items())
    best = max(readings, key=lambda reading: reading.gained - reading.lost)
    return DatumCheck(len(points), readings, best.name if best.is_clearly_better else None)


def _sample(
    points: Points, own: NDArray[np.int64] | None
) -> tuple[Points, NDArray[np.int64] | None]:
    usable = np.isfinite(points).all(axis=1) & (True if own is None else own >= 0)
    rows = np.flatnonzero(usable)
    rows = rows[:: max(1, -(-len(rows) // SAMPLE))]
    rows = rows[np.unique(points[rows], axis=0, return_index=True)[1]]
    return points[rows], None if own is None else own[rows]


def _area_test(
    inside: Shapes, own: NDArray[np.int64] | None
) -> Callable[[Points], NDArray[np.bool_]]:
    area = shapely.union_all(inside) if own is None else inside[own]
    shapely.prepare(area)
    return lambda lonlat: shapely.intersects_xy(area, lonlat[:, 0], lonlat[:, 1])


def _reading(name: str, hit: NDArray[np.bool_], base: NDArray[np.bool_]) -> Reading:
    share = float(hit.mean()) if len(hit) else 0.0
    return Reading(name, share, int((hit & ~base).sum()), int((base & ~hit).sum()))
