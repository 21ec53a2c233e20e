"""Where places join a road network, and the shape of ways along it."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.network import GEOD, Flags, Floats, Ints, Network, Plan

_METRES = 2.0**24


def cost(seconds: Floats, metres: Floats) -> Floats:
    """Both in one number: whole milliseconds above, decimetres below. Up to 2^53 such numbers add
    exactly, so that the shortest way by time brings its length along, for 6 days and 1,600 km."""
    return np.asarray(np.round(seconds * 1_000) * _METRES + np.round(metres * 10))


def told(costs: Floats) -> tuple[Floats, Floats]:
    """Seconds and metres of costs, inf where there is none."""
    known = np.isfinite(costs)
    whole, rest = np.divmod(np.where(known, costs, 0), _METRES)
    return np.where(known, whole / 1_000, np.inf), np.where(known, rest / 10, np.inf)


@dataclass(frozen=True)
class Spots:
    """Where places (n,) join the network, each at up to two points; all arrays are (n, 2).

    `edge` is -1 where there is none; `at` is the place along the run of all edges; `walked` are the
    metres to it and `leg` the cost of that, inf where there is none; `past` is the cost of the way
    there from the edge's tail.
    """

    edge: Ints
    at: Floats
    walked: Floats
    leg: Floats
    past: Floats


@dataclass(frozen=True)
class Parts:
    """By edge: whether it is cut off from most of the roads, and whether it is only a fragment on
    which nobody goes about; `main` are the edges of the largest part where one can."""

    island: Flags
    fragment: Flags
    main: Ints


def parts(network: Network, fragment_m: float) -> Parts:
    """What hangs together, whatever turns are forbidden; less than `fragment_m` of roads, there and
    back, is a fragment."""
    metres, arcs = network.whole(network.metres), network.arcs
    ends = arcs.begins[arcs.driven], arcs.ends[arcs.driven]
    shape = (network.junctions, network.junctions)
    graph = csr_array((np.ones(len(arcs.driven)), ends), shape)
    weak = connected_components(graph, connection="weak")[1][network.tail]
    strong = connected_components(graph, connection="strong")[1]
    inside = strong[network.tail] == strong[network.head]
    part = strong[network.tail]
    size = np.bincount(part, metres * inside, minlength=network.junctions)
    main = inside & (part == size.argmax())
    return Parts(
        island=weak != np.bincount(weak, metres).argmax(),
        fragment=~main & (np.where(inside, size[part], 0) < fragment_m),
        main=np.flatnonzero(main) if main.any() else np.arange(len(part)),
    )


class Snapping:
    """The nearest edges of a network, by a plan around its middle; distances are geodesic."""

    def __init__(self, network: Network, found: Parts) -> None:
        self.network = network
        self._plan = Plan(network.lonlat.mean(axis=0))
        xy = self._plan.xy(network.lonlat)
        steps = np.linalg.norm(np.diff(xy, axis=0), axis=1)
        steps[network.last[:-1]] = 1.0  # so that no two edges share a place
        self.run = np.append(0.0, np.cumsum(steps))
        # In one piece each: interpolation would copy them at every question.
        self._sums = network.seconds, network.metres, *np.ascontiguousarray(network.lonlat.T)
        edge = np.repeat(np.arange(len(network.tail)), network.last + 1 - network.first)
        self._lines: NDArray[np.object_] = np.asarray(shapely.linestrings(xy, indices=edge))
        self._parts = found
        self._every = shapely.STRtree(self._lines)
        self._main = shapely.STRtree(self._lines[found.main])
        self.spots(network.lonlat[:1], 1.0, 1.0)  # a tree is made whole by its first question

    def spots(self, places: Floats, walking_ms: float, farthest_m: float) -> Spots:
        """Where places (n, 2) in lon/lat join; those farther than `farthest_m` do not."""
        points = np.asarray(shapely.points(self._plan.xy(places)))
        edge = np.full((len(points), 2), -1)
        edge[:, 0] = _nearest(self._every, points, farthest_m)
        lost = np.flatnonzero((edge[:, 0] >= 0) & self._parts.fragment[edge[:, 0]])
        found = _nearest(self._main, points[lost], farthest_m)
        edge[lost, 1] = np.where(found >= 0, self._parts.main[found], -1)
        return self._reckoned(places, points, edge, walking_ms)

    def _reckoned(
        self, places: Floats, points: NDArray[np.object_], edge: Ints, walking_ms: float
    ) -> Spots:
        network, first = self.network, self.network.first[edge]
        located = shapely.line_locate_point(self._lines[edge], points[:, None])
        at = np.minimum(self.run[first] + located, self.run[network.last[edge]])
        seconds, metres, lon, lat = (np.interp(at, self.run, sums) for sums in self._sums)
        x, y = (np.broadcast_to(places[:, n, None], lon.shape) for n in (0, 1))
        there, walked = edge >= 0, GEOD.inv(x, y, lon, lat)[2]
        return Spots(
            edge, at, np.where(there, walked, np.inf),
            leg=np.where(there, cost(walked / walking_ms, walked), np.inf),
            past=cost(seconds - network.seconds[first], metres - network.metres[first]),
        )  # fmt: skip

    def judged(self, spots: Spots) -> Flags:
        """Which places lie beside roads that do not hang together with the others."""
        edge = spots.edge[:, 0]
        return np.asarray((edge >= 0) & self._parts.island[edge])

    def stretch(self, start: float, end: float) -> Floats:
        """Lon/lat of the way along one edge, between two places of the run."""
        low, high = sorted((start, end))
        inner = slice(*np.searchsorted(self.run, (low, high), side="right"))
        between = self.network.lonlat[inner][self.run[inner] < high]
        ends = [[np.interp(at, self.run, axis) for axis in self.network.lonlat.T]
                for at in (low, high)]  # fmt: skip
        line = np.vstack([ends[0], between, ends[1]])
        return line if start <= end else line[::-1]

    def sides(self, edge: int) -> tuple[float, float]:
        """The places of an edge's tail and head along the run."""
        return float(self.run[self.network.first[edge]]), float(self.run[self.network.last[edge]])


def _nearest(tree: shapely.STRtree, points: NDArray[np.object_], farthest_m: float) -> Ints:
    """The number of the nearest line of a tree, -1 where none is near enough."""
    nearest = np.full(len(points), -1)
    point, line = tree.query_nearest(points, max_distance=farthest_m, all_matches=False)
    nearest[point] = line
    return nearest
