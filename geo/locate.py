"""Which polygon covers a point: a raster answers, the polygons themselves only near their borders.

Each raster cell knows either its answer or the few polygons whose border runs through it. A cell
that no border touches lies wholly inside or wholly outside each polygon, so one number serves all
its points; elsewhere the exact predicate decides. The answers are those of a search through all
polygons with `covers`, ties to the lowest code.

Along a raster row, the cells between two border cells of a polygon are all inside it or all
outside: one exact test settles them, so nothing is ever decided by rounded arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Points, Shapes, metres_per_degree

NOWHERE = -1
CELL_METRES = 100.0
MAX_CELLS = 8_000_000
MAX_ACCURACY_METRES = 100.0
CIRCLE_CORNERS = 32
# In cells: far above the rounding of a double, far below what anyone could measure.
ROUNDING = 1e-6
NO_SHAPE: Shapes = np.array([shapely.Polygon()], dtype=object)

Indices = NDArray[np.int64]


class Locator:
    """Finds the polygon of each point; building it costs as much as locating two million points.

    `shapes` (m,) are lon/lat polygons or multipolygons, holes, gaps and overlaps allowed; `codes`
    (m,) decide ties in string order, equal codes by position. Raises ValueError for other kinds of
    geometry or unequal lengths. Safe to share between threads.
    """

    def __init__(self, shapes: Shapes, codes: Sequence[str]) -> None:
        order = sorted(range(len(shapes)), key=_checked(shapes, codes).__getitem__)
        self._index = np.array([*order, NOWHERE], np.int64)
        self._shapes = shapes[self._index[:-1]]
        _prepare(self._shapes)
        # GEOS builds what covers needs on first use; only the index of `locate` is made above.
        self._one_at_a_time = Lock()
        self._raster = _raster_over(self._shapes)
        self._fill()

    def locate(self, lonlat: Points) -> Indices:
        """Index (n,) of the polygon that covers each lon/lat point (n, 2), or -1.

        The border belongs to a polygon; where several cover a point the lowest code has it. Points
        that are not finite are nowhere.
        """
        return self._index[self._ranks(lonlat)]

    def accuracy_share(
        self, lonlat: Points, accuracy_m: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Share (n,) of the circle of radius `accuracy_m` (n,) that lies in other polygons only.

        The circle is drawn in metres around the lon/lat point (n, 2). NaN where the point is not
        finite or its accuracy unknown, negative or over 100 m: too coarse to judge by.
        """
        judged = (accuracy_m >= 0) & (accuracy_m <= MAX_ACCURACY_METRES)
        judged &= np.isfinite(lonlat).all(axis=1)
        share = np.where(judged, 0.0, np.nan)
        some = np.flatnonzero(judged & (accuracy_m > 0))
        radius = accuracy_m[some, None] / metres_per_degree(lonlat[some, 1])
        near = self._raster.meets(lonlat[some], radius)
        near[near] = ~self._is_clear(lonlat[some[near]], radius[near])
        share[some[near]] = self._share_elsewhere(lonlat[some[near]], radius[near])
        return share

    def _fill(self) -> None:
        """Settle every cell of the raster: a rank, nowhere, or -2 - row of the border table."""
        rank, cell = self._raster.touched(self._shapes)
        self._answer = self._whole_cells(rank, cell)
        beaten = self._answer[cell]
        open_pairs = (beaten == NOWHERE) | (rank < beaten)
        cell, self._candidates = _sorted_pairs(cell[open_pairs], rank[open_pairs])
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        self._start = np.append(first, len(cell))
        self._fallback = self._answer[cell[first]]
        self._answer[cell[first]] = -2 - np.arange(len(first))

    def _whole_cells(self, rank: Indices, cell: Indices) -> NDArray[np.int32]:
        """The lowest rank that contains each cell without its border touching it, or -1."""
        line = rank * self._raster.rows + cell // self._raster.columns
        gap = np.flatnonzero((line[1:] == line[:-1]) & (np.diff(cell) > 1))
        x, y = self._raster.centre(cell[gap] + 1)
        # Backwards, because the last writer wins and the lowest rank shall.
        gap = gap[shapely.intersects_xy(self._shapes[rank[gap]], x, y)][::-1]
        length = cell[gap + 1] - cell[gap] - 1
        whole = np.full(self._raster.size, NOWHERE, np.int32)
        whole[np.repeat(cell[gap] + 1, length) + _ramp(length)] = np.repeat(rank[gap], length)
        return whole

    def _ranks(self, lonlat: Points) -> Indices:
        answer = self._look_up(lonlat)
        at = np.flatnonzero(answer < NOWHERE)
        row = -2 - answer[at]
        answer[at] = self._fallback[row]
        candidate, end = self._start[row], self._start[row + 1]
        while len(at):
            rank = self._candidates[candidate]
            hit = shapely.intersects_xy(self._shapes[rank], lonlat[at, 0], lonlat[at, 1])
            answer[at[hit]] = rank[hit]
            candidate = candidate + 1
            more = ~hit & (candidate < end)
            at, candidate, end = at[more], candidate[more], end[more]
        return answer

    def _look_up(self, lonlat: Points) -> Indices:
        cell = self._raster.cell(lonlat)
        return np.where(cell == NOWHERE, NOWHERE, self._answer[cell]).astype(np.int64)

    def _is_clear(self, lonlat: Points, radius: Points) -> NDArray[np.bool_]:
        """True where every cell under the circle's box gives one and the same settled answer."""
        steps = self._raster.steps_within(radius)
        answer = self._look_up(lonlat)
        clear = answer >= NOWHERE
        for east in steps:
            for north in steps:
                clear &= self._look_up(lonlat + radius * (east, north)) == answer
        return clear

    def _share_elsewhere(self, lonlat: Points, radius: Points) -> NDArray[np.float64]:
        angle = np.linspace(0, 2 * np.pi, CIRCLE_CORNERS, endpoint=False)
        corners = np.column_stack([np.cos(angle), np.sin(angle)])
        circles = shapely.polygons(lonlat[:, None] + radius[:, None] * corners)
        own = self._ranks(lonlat)
        home = np.append(self._shapes, NO_SHAPE)[own]
        with self._one_at_a_time:
            outside = np.flatnonzero(~shapely.covers(home, circles))
        rest = shapely.difference(circles[outside], home[outside])
        piece, other = shapely.STRtree(self._shapes).query(rest, predicate="intersects")
        foreign = other != own[outside[piece]]
        piece, other = piece[foreign], other[foreign]
        area = shapely.area(shapely.intersection(rest[piece], self._shapes[other]))
        elsewhere = np.bincount(outside[piece], area, minlength=len(lonlat))
        share: NDArray[np.float64] = np.minimum(elsewhere / shapely.area(circles), 1.0)
        return share


@dataclass(frozen=True)
class Raster:
    """Cells of one size in degrees, numbered row by row from the south-west corner of an extent."""

    corner: Points
    step: Points
    columns: int
    rows: int

    @property
    def size(self) -> int:
        return self.columns * self.rows

    def cell(self, lonlat: Points) -> Indices:
        """The cell number (n,) of each point, or -1 outside the extent."""
        column, row = ((lonlat - self.corner) / self.step).T
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        cell = np.full(len(lonlat), NOWHERE, np.int64)
        cell[inside] = row[inside].astype(np.int64) * self.columns + column[inside].astype(np.int64)
        return cell

    def centre(self, cell: Indices) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        row, column = np.divmod(cell, self.columns)
        x, y = self.step
        return self.corner[0] + (column + 0.5) * x, self.corner[1] + (row + 0.5) * y

    def meets(self, lonlat: Points, radius: Points) -> NDArray[np.bool_]:
        """True where the box of a radius (n, 2) in degrees around a point meets the extent."""
        far = self.corner + self.step * (self.columns, self.rows)
        within = (lonlat >= self.corner - radius) & (lonlat <= far + radius)
        return within[:, 0] & within[:, 1]

    def steps_within(self, radius: Points) -> NDArray[np.float64]:
        """Fractions from -1 to 1 that sample the box of any radius (n, 2) and skip no cell."""
        across = float((2 * radius / self.step).max(initial=0))
        return np.linspace(-1, 1, int(across) + 2)

    def touched(self, shapes: Shapes) -> tuple[Indices, Indices]:
        """Each pair of a polygon and a cell that its border touches, sorted by polygon and cell."""
        owner, start, end = _edges(shapes)
        owner, low, high = _pieces(
            owner, (start - self.corner) / self.step, (end - self.corner) / self.step
        )
        limit = np.array([self.columns, self.rows]) - 1
        low = np.clip(np.floor(low - ROUNDING).astype(np.int64), 0, limit)
        high = np.clip(np.floor(high + ROUNDING).astype(np.int64), 0, limit)
        cells = [
            x + y * self.columns for x in (low[:, 0], high[:, 0]) for y in (low[:, 1], high[:, 1])
        ]
        return _sorted_pairs(np.tile(owner, 4), np.concatenate(cells))


def _checked(shapes: Shapes, codes: Sequence[str]) -> Sequence[str]:
    if len(shapes) != len(codes):
        raise ValueError(f"{len(shapes)} polygons but {len(codes)} codes")
    kinds = shapely.get_type_id(shapes)
    if not np.isin(kinds, [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON]).all():
        raise ValueError("only polygons and multipolygons can be located in")
    return codes


def _prepare(shapes: Shapes) -> None:
    """Build the point indexes now: GEOS builds them on first use, which threads must not share."""
    shapely.prepare(shapes)
    west, south, _, _ = shapely.bounds(shapes).T
    shapely.intersects_xy(shapes, west, south)


def _raster_over(shapes: Shapes) -> Raster:
    """Cells of about 100 m over the extent, larger where there would be more than MAX_CELLS."""
    west, south, east, north = np.nan_to_num(shapely.total_bounds(np.append(shapes, NO_SHAPE)))
    extent = np.array([east - west, north - south])
    step = CELL_METRES / metres_per_degree(np.array([(south + north) / 2]))[0]
    step *= max(1.0, np.sqrt(np.prod(extent / step) / MAX_CELLS))
    columns, rows = (extent / step).astype(np.int64) + 1
    return Raster(np.array([west, south]), step, int(columns), int(rows))


def _edges(shapes: Shapes) -> tuple[Indices, Points, Points]:
    """The polygon, the start and the end of every edge of every ring."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    return owner[part[ring[edge]]], xy[edge], xy[edge + 1]


def _pieces(owner: Indices, start: Points, end: Points) -> tuple[Indices, Points, Points]:
    """Cut edges, given in cells, into pieces shorter than a cell: low and high corner of each."""
    along = end - start
    count = (np.abs(along).max(axis=1, initial=0) * 1.01).astype(np.int64) + 1
    edge = np.repeat(np.arange(len(owner)), count)
    done, share = _ramp(count)[:, None], count[edge, None]
    head = start[edge] + along[edge] * (done / share)
    tail = start[edge] + along[edge] * ((done + 1) / share)
    return owner[edge], np.minimum(head, tail), np.maximum(head, tail)


def _ramp(length: Indices) -> Indices:
    """0, 1, ... length - 1 for each length, one after the other."""
    return np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)


def _sorted_pairs(major: Indices, minor: Indices) -> tuple[Indices, Indices]:
    """The distinct pairs, sorted by the first and then the second."""
    base = int(minor.max(initial=0)) + 1
    key = np.sort(major * base + minor)
    key = key[np.diff(key, prepend=-1) > 0]
    return key // base, key % base
