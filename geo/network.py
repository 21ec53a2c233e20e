"""Lines on a map -> a road network: junctions, and edges that know time and length at each vertex.

Two lines are joined where they share a vertex, to the centimetre, as in OpenStreetMap. What merely
crosses is not joined: it may be a bridge. A loose end that lies within a metre of another line is
joined to it, as layers drawn by hand need it.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.turns import NO_ARC, UNRESTRICTED, Arcs, Turns, arcs, barred

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

GEOD = Geod(ellps="WGS84")
LOOSE_M = 1.0
PER_DEGREE = 111_195.0
CENTIMETRE = 1e7  # per degree


@dataclass(frozen=True)
class Plan:
    """Nearly metres on a flat map around the middle of an area of at most a few degrees: right for
    what is nearest, not for how far it is."""

    middle: Floats

    def xy(self, lonlat: Floats) -> Floats:
        scale = np.array([np.cos(np.radians(self.middle[1])), 1.0]) * PER_DEGREE
        return np.asarray((lonlat - self.middle) * scale)


@dataclass(frozen=True)
class Network:
    """Edges from junction `tail` to junction `head`, which may be driven `forth` and `back`.

    The vertices of all edges stand one after another, those of edge e from `first[e]` to and with
    `last[e]`: `lonlat`, and `seconds` and geodesic `metres` (k,) added up over all edges before, so
    that differences tell the way between two vertices of an edge. `barred` (b, 2) are the arcs (see
    geo.turns) of which the second must not follow the first.
    """

    lonlat: Floats
    first: Ints
    tail: Ints
    head: Ints
    forth: Flags
    back: Flags
    seconds: Floats
    metres: Floats
    junctions: int
    barred: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))

    @cached_property
    def arcs(self) -> Arcs:
        return arcs(self.tail, self.head, self.forth, self.back)

    @cached_property
    def last(self) -> Ints:
        return np.append(self.first[1:], len(self.lonlat)) - 1

    def whole(self, sums: Floats) -> Floats:
        """What each edge adds to one of the running sums."""
        return np.asarray(sums[self.last] - sums[self.first])


def build(
    lines: Shapes, forth: Flags, back: Flags, kmh: Floats, turns: Turns = UNRESTRICTED
) -> Network:
    """The network of lines or multilines (n,) in lon/lat on WGS 84 that may be driven along their
    direction (`forth`), against it (`back`), at `kmh`, without the turns that are forbidden.

    Lines that may be driven in neither way are left out. Raises ValueError where no line is left,
    or one has no speed above 0.
    """
    keep = np.asarray(forth | back)
    if not keep.any():
        raise ValueError("no line that may be driven")
    if not (kmh[keep] > 0).all():
        raise ValueError("a speed is above 0")
    strokes = _joined(_strokes(lines[keep]))
    owner = strokes.owner
    pieces = _pieces(strokes, forth[keep][owner], back[keep][owner])
    ends = _ends(owner, keep)
    chains = _chains(pieces, strokes.vertex[ends[turns.one, turns.at_end.astype(int)]])
    network = _edges(strokes, chains, kmh[keep][owner])
    reaching = _reaching(chains, len(owner))[ends]
    return replace(network, barred=barred(turns, reaching, network.arcs))


def _ends(owner: Ints, keep: Flags) -> Ints:
    """Which vertices are the start and the end of each line, (n, 2); -1 for those left out."""
    line = np.cumsum(keep) - 1
    low, high = np.searchsorted(owner, line), np.searchsorted(owner, line, side="right") - 1
    return np.where((keep & (low < high))[:, None], np.column_stack([low, high]), -1)


# --- Vertices ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Strokes:
    """The vertices of all lines one after another; those of one number are one place.

    `stroke` numbers the unbroken strokes, `owner` the lines that they were drawn for.
    """

    lonlat: Floats
    vertex: Ints
    stroke: Ints
    owner: Ints

    @property
    def steps(self) -> Flags:
        """Whether a vertex is joined to the next one."""
        return np.append(self.stroke[1:] == self.stroke[:-1], False)

    @property
    def ends(self) -> Flags:
        begins = np.append(True, self.stroke[1:] != self.stroke[:-1])
        return np.asarray(begins | ~self.steps)


def _strokes(lines: Shapes) -> _Strokes:
    parts, line = shapely.get_parts(lines, return_index=True)
    lonlat, stroke = shapely.get_coordinates(parts, return_index=True)
    east, north = np.round((lonlat + np.array([180, 90])) * CENTIMETRE).astype(np.int64).T
    vertex = np.unique(east << 32 | north, return_inverse=True)[1]
    moved = np.append(True, (vertex[1:] != vertex[:-1]) | (stroke[1:] != stroke[:-1]))
    return _Strokes(lonlat[moved], vertex[moved], stroke[moved], line[stroke][moved])


def _joined(strokes: _Strokes) -> _Strokes:
    """Loose ends become vertices of the lines that they lie on."""
    loose = np.flatnonzero(strokes.ends & (np.bincount(strokes.vertex)[strokes.vertex] == 1))
    plan = Plan(strokes.lonlat.mean(axis=0))
    xy = plan.xy(strokes.lonlat)
    several = np.bincount(strokes.stroke)[strokes.stroke] > 1
    drawn, number = np.unique(strokes.stroke[several], return_inverse=True)
    lines = np.asarray(shapely.linestrings(xy[several], indices=number))
    end, found = shapely.STRtree(lines).query(
        shapely.points(xy[loose]), predicate="dwithin", distance=LOOSE_M
    )
    end, onto = loose[end], drawn[found]
    other = strokes.stroke[end] != onto
    end, onto, line = end[other], onto[other], lines[found[other]]
    run = _running(xy, strokes.steps)
    begin = np.searchsorted(strokes.stroke, onto)
    place = run[begin] + shapely.line_locate_point(line, shapely.points(xy[end]))
    after = np.searchsorted(strokes.stroke, onto, side="right") - 1
    at = np.clip(np.searchsorted(run, place), begin + 1, after)
    order = np.lexsort((place, at))
    at, end = at[order], end[order]
    return _Strokes(
        np.insert(strokes.lonlat, at, strokes.lonlat[end], axis=0),
        np.insert(strokes.vertex, at, strokes.vertex[end]),
        np.insert(strokes.stroke, at, strokes.stroke[at - 1]),
        np.insert(strokes.owner, at, strokes.owner[at - 1]),
    )


def _running(xy: Floats, steps: Flags) -> Floats:
    """Length along all strokes up to each vertex."""
    apart = np.linalg.norm(np.diff(xy, axis=0), axis=1) * steps[:-1]
    return np.append(0.0, np.cumsum(apart))


# --- Between junctions ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pieces:
    """Stretches of strokes without a junction inside: vertices `begin` to `end`, both included."""

    begin: Ints
    end: Ints
    nodes: Ints
    forth: Flags
    back: Flags


def _pieces(strokes: _Strokes, forth: Flags, back: Flags) -> _Pieces:
    met = np.bincount(strokes.vertex)[strokes.vertex] > 1
    cut = np.flatnonzero(strokes.ends | met)
    together = strokes.stroke[cut[1:]] == strokes.stroke[cut[:-1]]
    begin, end = cut[:-1][together], cut[1:][together]
    nodes = np.column_stack([strokes.vertex[begin], strokes.vertex[end]])
    return _Pieces(begin, end, nodes, forth[begin], back[begin])


@dataclass(frozen=True)
class _Chains:
    """Pieces in the order in which they make up edges: `edge` numbers these, `turned` pieces are
    passed from their end."""

    pieces: _Pieces
    order: Ints
    edge: Ints
    turned: Flags

    @property
    def first(self) -> Ints:
        """Where each edge begins in that order."""
        return np.flatnonzero(np.append(True, self.edge[1:] != self.edge[:-1]))

    @property
    def last(self) -> Ints:
        return np.append(self.first[1:], len(self.order)) - 1


def _chains(pieces: _Pieces, apart: Ints) -> _Chains:
    """Two pieces become one edge where nothing else meets them and both may be driven alike, but
    not at the nodes that keep them `apart`."""
    one, two, node = _links(pieces, apart)
    count = len(pieces.begin)
    both = np.concatenate([one, two]), np.concatenate([two, one])
    graph = coo_array((np.ones(2 * len(one)), both), (count, count)).tocsr()
    number, chain = connected_components(graph, directed=False)
    heads = _heads(chain, np.diff(graph.indptr), number)
    hops = dijkstra(graph, indices=heads, unweighted=True, min_only=True)
    order = np.lexsort((hops, chain))
    exits = pieces.nodes[:, 1].copy()
    exits[one], exits[two] = node, node  # right for the heads, which have one link
    return _Chains(pieces, order, chain[order], _turned(pieces.nodes, exits, order, hops))


def _links(pieces: _Pieces, apart: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of pieces, and the node where only they meet and go on as they came."""
    node = pieces.nodes.T.ravel()
    piece = np.tile(np.arange(len(pieces.begin)), 2)
    towards = np.concatenate([pieces.back, pieces.forth])
    away = np.concatenate([pieces.forth, pieces.back])
    order = np.argsort(node, kind="stable")
    lone = np.setdiff1d(np.flatnonzero(np.bincount(node) == 2), apart)
    place = np.searchsorted(node, lone, sorter=order)
    one, two = order[place], order[place + 1]
    alike = (towards[one] == away[two]) & (away[one] == towards[two])
    fits = alike & (piece[one] != piece[two])
    one, two, lone = piece[one[fits]], piece[two[fits]], lone[fits]
    keep = ~_in_ring(one, two, len(pieces.begin))
    return one[keep], two[keep], lone[keep]


def _in_ring(one: Ints, two: Ints, count: int) -> Flags:
    """Links of rings that nothing else meets: their order would have no beginning."""
    chain = connected_components(coo_array((np.ones(len(one)), (one, two)), (count, count)))[1]
    links = np.bincount(chain[one], minlength=count)
    return np.asarray((links >= np.bincount(chain, minlength=count))[chain[one]])


def _heads(chain: Ints, links: Ints, number: int) -> Ints:
    """A piece at one end of each chain."""
    heads = np.empty(number, np.int64)
    ends = np.flatnonzero(links < 2)
    heads[chain[ends]] = ends
    return heads


def _turned(nodes: Ints, exits: Ints, order: Ints, hops: Floats) -> Flags:
    """Which pieces, in order, are passed from their end; `exits` are right for those at hop 0."""
    turned = exits[order] != nodes[order, 1]
    for n in np.flatnonzero(hops[order] > 0).tolist():
        start, end = nodes[order[n]]
        turned[n] = start != exits[order[n - 1]]
        exits[order[n]] = start if turned[n] else end
    return np.asarray(turned)


# --- Edges ---------------------------------------------------------------------------------------


def _edges(strokes: _Strokes, chains: _Chains, kmh: Floats) -> Network:
    pieces, order, turned = chains.pieces, chains.order, chains.turned
    first, last = chains.first, chains.last
    sides = np.where(turned[:, None], pieces.nodes[order][:, ::-1], pieces.nodes[order])
    junctions, ends = np.unique(
        np.concatenate([sides[first, 0], sides[last, 1]]), return_inverse=True
    )
    legs = _legs(pieces.begin[order], pieces.end[order], turned)
    edge = np.repeat(chains.edge, pieces.end[order] - pieces.begin[order])
    vertices, metres, seconds, starts = _measured(strokes, legs, edge, kmh)
    one, two = pieces.forth[order][first], pieces.back[order][first]
    return Network(
        lonlat=vertices, first=starts, tail=ends[: len(first)], head=ends[len(first) :],
        forth=np.where(turned[first], two, one), back=np.where(turned[first], one, two),
        seconds=seconds, metres=metres, junctions=len(junctions),
    )  # fmt: skip


def _reaching(chains: _Chains, vertices: int) -> Ints:
    """By vertex of the strokes: the arc that leads there and is over, NO_ARC at all others.

    Where one edge ends and the next begins there are two; no line ends at such a vertex.
    """
    pieces, order, turned = chains.pieces, chains.order, chains.turned
    tail = np.where(turned, pieces.end[order], pieces.begin[order])[chains.first]
    head = np.where(turned, pieces.begin[order], pieces.end[order])[chains.last]
    found = np.full(vertices + 1, NO_ARC)
    edge = np.arange(len(tail))
    found[tail], found[head] = ~edge, edge
    return found


def _legs(begin: Ints, end: Ints, turned: Flags) -> tuple[Ints, Ints]:
    """From which vertex of the strokes to which each leg of the edges goes, in order."""
    size = end - begin
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    back = np.repeat(turned, size)
    start = np.where(back, np.repeat(end, size) - within, np.repeat(begin, size) + within)
    return start, np.where(back, start - 1, start + 1)


def _measured(
    strokes: _Strokes, legs: tuple[Ints, Ints], edge: Ints, kmh: Floats
) -> tuple[Floats, Floats, Floats, Ints]:
    """The edges' vertices, running metres and seconds, and where each edge begins."""
    start, end = legs
    a, b = strokes.lonlat[start], strokes.lonlat[end]
    metres = GEOD.inv(*a.T, *b.T)[2]
    count = edge[-1] + 1
    ends_at = np.searchsorted(edge, np.arange(count), side="right")
    starts = np.append(0, ends_at + np.arange(1, count + 1))[:-1]
    place = np.arange(len(edge)) + edge
    vertices = np.empty((len(edge) + count, 2))
    vertices[place], vertices[ends_at + np.arange(count)] = a, b[ends_at - 1]
    return (
        vertices,
        _summed(metres, place, len(vertices)),
        _summed(metres * 3.6 / kmh[np.minimum(start, end)], place, len(vertices)),
        starts,
    )


def _summed(steps: Floats, place: Ints, size: int) -> Floats:
    """Running sum at each vertex; from one edge to the next nothing is added."""
    sums = np.zeros(size)
    sums[place + 1] = steps
    return np.cumsum(sums)
