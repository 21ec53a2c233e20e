"""Polygons as shared arcs: neighbours keep one common edge, simplified and shipped once.

An arc runs between two junctions, the vertices where the pair of neighbouring vertices is not the
same for every ring that passes. Douglas-Peucker on an arc keeps its ends and moves no part of it by
more than the tolerance, so the drawn edge is never further from the true one, in either direction.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

METRES_PER_DEGREE = 111_195.0
STEPS_PER_DEGREE = 1e7
"""Vertices closer than about a centimetre are the same vertex."""


@dataclass(frozen=True)
class Topology:
    """Arcs and the rings that are made of them.

    xy: (n, 2) lon/lat of the vertices of all arcs; arc_starts: (arcs + 1) offsets into xy;
    refs: arcs of all rings in order, `~i` for arc i backwards; ring_starts: (rings + 1) offsets
    into refs; shape_of_ring: (rings) index of the polygon each ring belongs to.
    """

    xy: Floats
    arc_starts: Ints
    refs: Ints
    ring_starts: Ints
    shape_of_ring: Ints


@dataclass(frozen=True)
class _Rings:
    """Vertices of all rings, closing vertex left out."""

    xy: Floats
    vertex: Ints
    starts: Ints
    shape: Ints

    @property
    def sizes(self) -> Ints:
        return np.diff(self.starts)


def topology(shapes: NDArray[np.object_], tolerance_m: float) -> Topology:
    """Arcs of polygons (lon/lat, WGS 84), simplified by at most `tolerance_m` metres.

    Shapes that are no polygons are left out. A ring that would lose half of its area keeps its
    arcs as they are, so that nothing vanishes.
    """
    rings = _rings(shapes)
    if not rings.xy.size:
        empty = np.zeros(0, dtype=np.int64)
        return Topology(np.zeros((0, 2)), np.zeros(1, dtype=np.int64), empty, empty[:0], empty)
    full = _cut(_rotated(rings))
    return _kept_where_collapsed(full, _simplified(full, tolerance_m))


def ring_vertices(arcs: Topology) -> tuple[Floats, Ints]:
    """Rings put together again, unclosed: (n, 2) lon/lat and (rings + 1) offsets."""
    arc = np.where(arcs.refs < 0, ~arcs.refs, arcs.refs)
    forward = arcs.refs >= 0
    sizes = np.diff(arcs.arc_starts)[arc] - 1
    first = np.where(forward, arcs.arc_starts[arc], arcs.arc_starts[arc + 1] - 1)
    within = _counted(sizes)
    places = np.repeat(first, sizes) + within * np.repeat(np.where(forward, 1, -1), sizes)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    return arcs.xy[places], ends[arcs.ring_starts]


def _rings(shapes: NDArray[np.object_]) -> _Rings:
    parts, shape_of_part = shapely.get_parts(shapes, return_index=True)
    solid = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, part_of_ring = shapely.get_rings(parts[solid], return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    keys = np.rint(xy * STEPS_PER_DEGREE).astype(np.int64) @ np.array([2**32, 1])
    # The closing vertex and repeated ones go: each repeats the one before it (round the ring).
    fresh = np.ones(len(ring), dtype=np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]) | (ring[1:] != ring[:-1])
    fresh[np.flatnonzero(np.diff(ring, append=-1))] = False
    fresh &= np.bincount(ring, weights=fresh, minlength=len(rings))[ring] > 2
    kept, sizes = np.unique(ring[fresh], return_counts=True)
    vertex = np.unique(keys[fresh], return_inverse=True)[1].astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return _Rings(xy[fresh], vertex, starts, shape_of_part[solid][part_of_ring[kept]])


def _rotated(rings: _Rings) -> tuple[_Rings, Flags]:
    """Every ring begun at a junction; and which vertices begin an arc."""
    begins = _junctions(rings)[rings.vertex]
    begins |= _lowest_of_lonely(rings, begins)
    places = np.flatnonzero(begins)
    first = places[np.searchsorted(places, rings.starts[:-1])] - rings.starts[:-1]
    turned = (_counted(rings.sizes) + np.repeat(first, rings.sizes)) % np.repeat(
        rings.sizes, rings.sizes
    ) + np.repeat(rings.starts[:-1], rings.sizes)
    return _Rings(rings.xy[turned], rings.vertex[turned], rings.starts, rings.shape), begins[turned]


def _junctions(rings: _Rings) -> Flags:
    before, after = _neighbours(rings)
    count = int(rings.vertex.max()) + 1
    pair = np.minimum(before, after) * count + np.maximum(before, after)
    usual = np.zeros(count, dtype=np.int64)
    usual[rings.vertex] = pair
    junction = np.zeros(count, dtype=np.bool_)
    junction[rings.vertex[pair != usual[rings.vertex]]] = True
    return junction


def _neighbours(rings: _Rings) -> tuple[Ints, Ints]:
    before, after = np.roll(rings.vertex, 1), np.roll(rings.vertex, -1)
    firsts, lasts = rings.starts[:-1], rings.starts[1:] - 1
    before[firsts], after[lasts] = rings.vertex[lasts], rings.vertex[firsts]
    return before, after


def _lowest_of_lonely(rings: _Rings, begins: Flags) -> Flags:
    """The lowest vertex of each ring without a junction, so that equal rings are cut alike."""
    lowest = np.minimum.reduceat(rings.vertex, rings.starts[:-1])
    lonely = ~np.logical_or.reduceat(begins, rings.starts[:-1])
    here: Flags = rings.vertex == np.repeat(np.where(lonely, lowest, -1), rings.sizes)
    return here


def _cut(turned: tuple[_Rings, Flags]) -> Topology:
    """Rings cut at their junctions, arcs that two rings share kept once, in order of first use."""
    rings, begins = turned
    start = np.flatnonzero(begins)
    stop = np.append(start[1:], len(begins))
    ring = np.searchsorted(rings.starts, start, side="right") - 1
    last = np.where(stop == rings.starts[ring + 1], rings.starts[ring], stop)
    second = np.where(stop - start > 1, start + 1, last)
    count = int(rings.vertex.max()) + 1
    there = rings.vertex[start] * count + rings.vertex[second]
    back = rings.vertex[last] * count + rings.vertex[stop - 1]
    own, arc = _first_use(np.minimum(there, back))
    forward = (there <= back) == (there <= back)[own][arc]
    sizes = (stop - start + 1)[own]
    places = _counted(sizes) + np.repeat(start[own], sizes)
    ends = np.cumsum(sizes)
    places[ends - 1] = last[own]
    return Topology(
        rings.xy[places],
        np.concatenate([[0], ends]),
        np.where(forward, arc, ~arc),
        np.searchsorted(start, rings.starts),
        rings.shape,
    )


def _first_use(keys: Ints) -> tuple[Ints, Ints]:
    """Index of the first of each distinct key, in that order; and for each key its number."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    return first[order], number[inverse]


def _simplified(full: Topology, tolerance_m: float) -> Topology:
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(full.xy[:, 1].mean())), 1.0])
    sizes = np.diff(full.arc_starts)
    lines = shapely.linestrings(full.xy * scale, indices=np.repeat(np.arange(sizes.size), sizes))
    fewer = shapely.simplify(lines, tolerance_m, preserve_topology=False)
    starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(fewer))])
    return Topology(
        shapely.get_coordinates(fewer) / scale,
        starts.astype(np.int64),
        full.refs,
        full.ring_starts,
        full.shape_of_ring,
    )


def _kept_where_collapsed(full: Topology, fewer: Topology) -> Topology:
    lost = _areas(fewer) < 0.5 * _areas(full)
    if not lost.any():
        return fewer
    refs = full.refs[np.repeat(lost, np.diff(full.ring_starts))]
    whole = np.zeros(len(full.arc_starts) - 1, dtype=np.bool_)
    whole[np.where(refs < 0, ~refs, refs)] = True
    sizes = np.where(whole, np.diff(full.arc_starts), np.diff(fewer.arc_starts))
    first = np.where(whole, full.arc_starts[:-1], fewer.arc_starts[:-1] + len(full.xy))
    places = _counted(sizes) + np.repeat(first, sizes)
    return Topology(
        np.vstack([full.xy, fewer.xy])[places],
        np.concatenate([[0], np.cumsum(sizes)]),
        full.refs,
        full.ring_starts,
        full.shape_of_ring,
    )


def _areas(arcs: Topology) -> Floats:
    """Unsigned area of each ring in square degrees: only ever compared with itself."""
    xy, starts = ring_vertices(arcs)
    xy = xy - xy.mean(axis=0)
    after = np.roll(xy, -1, axis=0)
    after[starts[1:] - 1] = xy[starts[:-1]]
    cross = xy[:, 0] * after[:, 1] - xy[:, 1] * after[:, 0]
    return np.abs(np.add.reduceat(cross, starts[:-1])) / 2


def _counted(sizes: Ints) -> Ints:
    """0, 1, ... n - 1 for each n of `sizes`, in one row."""
    ends = np.cumsum(sizes)
    return np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)
