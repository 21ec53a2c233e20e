"""H3 cells: points to cells, cells to shapes, neighbours, and cells against polygons.

Cells are int64 (the form in which PostgreSQL keeps them as BIGINT); the highest bit of an H3
index is never set, so nothing is lost against uint64. Coordinates are lon/lat, WGS 84, degrees.
The libraries h3, h3ronpy and pyarrow carry no types: they are called in this file and nowhere else.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import h3
import h3ronpy
import numpy as np
import pyarrow as pa
import shapely
from h3ronpy import ContainmentMode, vector
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csr_array

from geo import crs

_BLOCK = 250_000
_TILE = 12  # hexagons along a side
_LONG = 500  # vertices from which cutting to tiles pays
_RESOLUTION_BITS = 52
_METRES_A_DEGREE = 111_195  # of latitude, on the sphere that H3 lies on


def cells_of(lonlat: ArrayLike, resolution: int) -> NDArray[np.int64]:
    """The H3 cell of each point.

    `lonlat`: (n, 2) lon/lat degrees. `resolution`: 0 to 15. Returns (n,) cells.
    Raises ValueError for coordinates that are not finite or not on the globe (h3 itself would
    answer with some cell far away), and for a resolution that H3 does not have.
    """
    points = np.asarray(lonlat, np.float64).reshape(-1, 2)
    if not 0 <= resolution <= 15:
        raise ValueError(f"H3 has no resolution {resolution}")
    if not (np.abs(points) <= (360.0, 90.0)).all():
        raise ValueError("a point is not on the globe")
    blocks = [points[i : i + _BLOCK] for i in range(0, len(points), _BLOCK)]
    if len(blocks) == 1:
        return _cells_of_block(points, resolution)
    with ThreadPoolExecutor() as pool:  # the library works outside the interpreter's lock
        found = list(pool.map(lambda block: _cells_of_block(block, resolution), blocks))
    return np.concatenate([np.empty(0, np.int64), *found])


def _cells_of_block(points: NDArray[np.float64], resolution: int) -> NDArray[np.int64]:
    lon, lat = pa.array(points[:, 0]), pa.array(points[:, 1])
    return _signed(vector.coordinates_to_cells(lat, lon, resolution))


def _signed(cells: object) -> NDArray[np.int64]:
    return np.asarray(cells, np.uint64).view(np.int64)


def _arrow(cells: ArrayLike) -> object:
    """Arrow's form of the cells; raises ValueError for a number that is no cell."""
    array: object = pa.array(np.ascontiguousarray(cells, np.int64).view(np.uint64))
    if not np.asarray(h3ronpy.cells_valid(array, booleanarray=True)).all():
        raise ValueError("a number is no H3 cell")
    return array


def addresses(cells: ArrayLike) -> list[str]:
    """The names by which other programs know the cells, such as 8930a1a4b13ffff."""
    return [h3.int_to_str(cell) for cell in np.asarray(cells, np.int64).tolist()]


def count(cells: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different cells in rising order, and how often each occurs."""
    unique, counts = np.unique(np.asarray(cells, np.int64), return_counts=True)
    return unique, counts


def parents(cells: ArrayLike, resolution: int) -> NDArray[np.int64]:
    """The coarser cell of which each cell is a child, by H3's layout of bits.

    For sums of counts that are shown from afar: the hierarchy is not exact, and 6 to 7 % of the
    points lie in another coarse cell than the parent of theirs. Raises ValueError where a cell is
    already coarser than `resolution`.
    """
    own = np.asarray(cells, np.int64)
    if not 0 <= resolution <= int((own >> _RESOLUTION_BITS & 15).min(initial=15)):
        raise ValueError(f"not all cells have a parent at resolution {resolution}")
    unused = (1 << 3 * (15 - resolution)) - 1  # digits of finer resolutions are all ones
    return np.asarray(own & ~(15 << _RESOLUTION_BITS) | resolution << _RESOLUTION_BITS | unused)


def polygons(cells: ArrayLike) -> NDArray[np.object_]:
    """The outline of each cell as a shapely polygon in lon/lat.

    Cells cut by an edge of H3's icosahedron (one crosses Zhejiang) have 7 or 8 vertices.
    """
    wkb = pa.array(vector.cells_to_wkb_polygons(_arrow(cells)))
    return np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), np.object_)


def centres(cells: ArrayLike) -> NDArray[np.float64]:
    """The centre of each cell: (n, 2) lon/lat degrees."""
    batch = vector.cells_to_coordinates(_arrow(cells))
    return np.column_stack([np.asarray(batch["lng"]), np.asarray(batch["lat"])])


def neighbours(cells: ArrayLike, ring: int = 1, itself: bool = True) -> csr_array:
    """Which of the given cells lie within `ring` steps of each other.

    `cells`: (n,) different cells of one resolution, in any order. Returns a binary (n, n) CSR
    array of float64 in the order of `cells`; the diagonal is 1 with `itself`, else 0. Cells
    outside the given ones are left out. Raises ValueError for repeated cells or mixed resolutions.
    """
    own = np.asarray(cells, np.int64)
    _check_study(own)
    disks = pa.array(h3ronpy.grid_disk(_arrow(own), ring))
    ends = np.asarray(disks.offsets)
    columns, known = _positions(own, _signed(disks.values))
    if not itself:
        known &= columns != np.repeat(np.arange(len(own)), np.diff(ends))
    start = np.append(0, np.cumsum(known, dtype=np.int32))[ends]
    entries = (np.ones(start[-1]), columns[known].astype(np.int32), start)
    return csr_array(entries, shape=(len(own), len(own)))


def _check_study(cells: NDArray[np.int64]) -> None:
    if (np.diff(np.sort(cells)) == 0).any():
        raise ValueError("a cell is given twice")
    resolutions = cells >> _RESOLUTION_BITS & 15
    if (resolutions != resolutions[:1]).any():
        raise ValueError("cells of several resolutions")


def _positions(
    own: NDArray[np.int64], wanted: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each wanted cell stands in `own`, and whether it is there at all."""
    order = np.argsort(own)
    ranked = own[order]
    place = np.minimum(np.searchsorted(ranked, wanted), len(own) - 1)
    return order[place], ranked[place] == wanted


def study_area(
    area: shapely.Geometry | Sequence[shapely.Geometry] | NDArray[np.object_],
    resolution: int,
    least_share: float = 0.0,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All cells whose area meets the area, and the share of each cell's area inside it.

    `area`: valid polygons in lon/lat; several are united first, so overlaps count once.
    Cells are those that overlap (a fill by cell centres would leave out narrow strips), in rising
    order; a cell is kept when its share, in (0, 1], is at least `least_share`.
    """
    parts = shapely.get_parts(shapely.union_all(np.atleast_1d(np.asarray(area, np.object_))))
    cells = _overlapping(parts, resolution)
    inside = crosswalk(parts, cells).sum(axis=0)
    share = np.minimum(inside / shapely.area(_flat(polygons(cells))), 1.0)
    kept = (share > 0) & (share >= least_share)
    return cells[kept], share[kept]


def _overlapping(parts: NDArray[np.object_], resolution: int) -> NDArray[np.int64]:
    """Sorted cells among which are all that the parts overlap.

    The library needs minutes for long outlines with many holes, so it is given simplified shells;
    one ring of cells more makes up for the simplification, which stays well below a cell's edge.
    """
    if not len(parts):
        return np.empty(0, np.int64)
    shells = shapely.polygons(shapely.get_exterior_ring(parts))
    tolerance = h3.average_hexagon_edge_length(resolution, unit="m") / _METRES_A_DEGREE / 4
    wkb = pa.array(shapely.to_wkb(shapely.simplify(shells, tolerance)), pa.binary())
    mode = ContainmentMode.Covers
    touched = vector.wkb_to_cells(wkb, resolution, containment_mode=mode, flatten=True)
    return np.unique(_signed(h3ronpy.grid_disk(touched, 1, flatten=True)))


def crosswalk(
    areas: Sequence[shapely.Geometry] | NDArray[np.object_], cells: ArrayLike
) -> csr_array:
    """Square metres that each polygon shares with each cell.

    `areas`: (m,) valid polygons in lon/lat; `cells`: (n,) cells. Returns an (m, n) CSR array.
    Where the cells cover a polygon, its row sums to its area on the WGS 84 ellipsoid; a strip
    narrower than a cell gets its cells all the same.
    """
    shapes = _flat(np.asarray(areas, np.object_))
    hexagons = _flat(polygons(cells))
    row, column = shapely.STRtree(hexagons).query(shapes, predicate="intersects")
    shapely.prepare(shapes)
    cut = ~shapely.contains_properly(shapes[row], hexagons[column])
    square_metres = shapely.area(hexagons)[column]
    square_metres[cut] = _shared(shapes, row[cut], hexagons[column[cut]])
    met = square_metres > 0
    entries = (square_metres[met], (row[met], column[met]))
    return csr_array(coo_array(entries, shape=(len(shapes), len(hexagons))))


def _shared(
    shapes: NDArray[np.object_], row: NDArray[np.intp], hexagons: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Area of shapes[row] within each hexagon."""
    pieces = shapes[row]
    long = shapely.get_num_coordinates(pieces) > _LONG
    pieces[long] = _near(shapes, row[long], hexagons[long])
    return np.asarray(shapely.area(shapely.intersection(pieces, hexagons)), np.float64)


def _near(
    shapes: NDArray[np.object_], row: NDArray[np.intp], hexagons: NDArray[np.object_]
) -> NDArray[np.object_]:
    """The part of shapes[row] around each hexagon: cut once per tile of neighbouring hexagons,
    so that a long outline is not walked once per hexagon.
    """
    if not len(row):
        return shapes[row]
    bounds = shapely.bounds(hexagons)
    tile = bounds[:, :2] // (_TILE * np.ptp(bounds[:, ::2], axis=1).max())
    keys, group = np.unique(np.column_stack([row, tile]), axis=0, return_inverse=True)
    low, high = np.full((len(keys), 2), np.inf), np.full((len(keys), 2), -np.inf)
    np.minimum.at(low, group, bounds[:, :2])
    np.maximum.at(high, group, bounds[:, 2:])
    cut = shapely.intersection(shapes[keys[:, 0].astype(np.intp)], shapely.box(*low.T, *high.T))
    return np.asarray(cut[group], np.object_)


def _flat(lonlat: NDArray[np.object_]) -> NDArray[np.object_]:
    """Lon/lat shapes on a plane where every area in m2 is that on the WGS 84 ellipsoid."""
    return crs.project_shapes(lonlat, "EPSG:4326", "EPSG:6933")
