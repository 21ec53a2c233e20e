"""Travel time by road: the exact fastest ways between any places, on a network of lines.

A place is taken to the nearest point of the nearest edge and walks from there; one beside a
fragment that leads nowhere may walk to the main roads as well. All searches are Dijkstra's, from
the side on which there are fewer places. Forbidden turns are obeyed; where none is, one may turn
round at any junction.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.network import Flags, Floats, Ints, Network
from geo.snapping import Snapping, Spots, cost, parts, told
from geo.turns import NO_ARC, Nodes, split

AT_ONCE = 4_000_000
"""How many junctions times places are searched in one go: 32 MB."""
REMEMBERED = 16
BOTH = tuple(product((0, 1), (0, 1)))
_End = tuple[Flags, Ints, Ints]
"""At one end of the places' edges: may one pass between it and the place, at which node is one who
does, and at which is one who stands there."""


class Judgement(StrEnum):
    FAR_FROM_ROAD = "far_from_road"
    UNREACHABLE_ISLAND = "unreachable_island"


@dataclass(frozen=True)
class Walking:
    """Between place and road: at what speed, from where on it is told, and how far it is done.

    Connected roads of less than `fragment_m` are taken for a fault of the map.
    """

    kmh: float = 5.0
    far_m: float = 300.0
    farthest_m: float = 5_000.0
    fragment_m: float = 1_000.0


@dataclass(frozen=True)
class Route:
    """The fastest way; `line` (k, 2) in lon/lat is its part by road."""

    seconds: float
    metres: float
    line: Floats


@dataclass(frozen=True)
class _Ends:
    """The nodes to which places join, (n, 4), and what it costs to get from one to the other:
    tail and head of the first edge, tail and head of the second."""

    nodes: Ints
    costs: Floats


class Roads:
    """An engine of travel times (geo.nearest.TravelTime); threads may share it."""

    def __init__(
        self, network: Network, method: str = "road", walking: Walking | None = None
    ) -> None:
        self.method = method
        self.network = network
        self._walking = walking or Walking()
        self._whole = cost(network.whole(network.seconds), network.whole(network.metres))
        self._nodes = split(network.arcs, network.barred, network.junctions)
        self._forward, self._passed = _graph(network, self._whole, self._nodes)
        self._backward = self._forward.T.tocsr()
        self._snapping = Snapping(network, parts(network, self._walking.fragment_m))
        # The same squads stand at the same places for one question after the other.
        self._known = lru_cache(REMEMBERED)(self._found)

    def __call__(self, origins: Floats, destination: Floats) -> tuple[Floats, Floats]:
        """Origins (n, 2) and destination (2,) in lon/lat -> seconds (n,) and metres (n,)."""
        seconds, metres = self.table(origins, destination[None])
        return seconds[:, 0], metres[:, 0]

    def table(self, origins: Floats, destinations: Floats) -> tuple[Floats, Floats]:
        """Origins (n, 2), destinations (m, 2) in lon/lat -> seconds and metres, both (n, m)."""
        start, goal = self._spots(origins), self._spots(destinations)
        leaving, arriving = self._leaving(start), self._arriving(goal)
        if len(origins) < len(destinations):
            costs = _met(self._forward, leaving, arriving)
        else:
            costs = _met(self._backward, arriving, leaving).T
        return told(np.minimum(costs, self._beside(start, goal)))

    def soonest(self, origins: Floats, destinations: Floats) -> Floats:
        """Seconds (m,) to destinations (m, 2) from whichever origin (n, 2) is there first."""
        start, goal = self._spots(origins), self._spots(destinations)
        leaving = self._leaving(start)
        together = _Ends(leaving.nodes.reshape(1, -1), leaving.costs.reshape(1, -1))
        costs = _met(self._forward, together, self._arriving(goal))[0]
        beside = self._beside(start, goal).min(axis=0, initial=np.inf)
        return told(np.minimum(costs, beside))[0]

    def judged(self, places: Floats) -> list[tuple[str, ...]]:
        """What stands against each place (n, 2), as codes."""
        spots = self._spots(places)
        far = ~(spots.walked[:, 0] <= self._walking.far_m)
        kinds = (
            (Judgement.FAR_FROM_ROAD, far),
            (Judgement.UNREACHABLE_ISLAND, self._snapping.judged(spots)),
        )
        return [tuple(code for code, hit in kinds if hit[n]) for n in range(len(places))]

    def route(self, origin: Floats, destination: Floats) -> Route | None:
        """The fastest way from one place (2,) to another; None where there is none."""
        start, goal = self._spots(origin[None]), self._spots(destination[None])
        leaving, arriving = self._leaving(start), self._arriving(goal)
        reached, before = _searched(self._forward, leaving, predecessors=True)
        last = int((reached[0, arriving.nodes[0]] + arriving.costs[0]).argmin())
        through = float(reached[0, arriving.nodes[0, last]] + arriving.costs[0, last])
        beside = {pair: float(self._ahead(start, goal, pair)[0, 0]) for pair in BOTH}
        one, two = min(BOTH, key=beside.__getitem__)
        if beside[one, two] <= through:
            stretches = [(start.at[0, one], goal.at[0, two])]
        else:
            stretches = self._stretches(_walked_back(before[0], arriving.nodes[0, last]),
                                        start, goal, last)  # fmt: skip
        best = min(through, beside[one, two])
        if not np.isfinite(best):
            return None
        line = np.vstack([self._snapping.stretch(*each) for each in stretches])
        moves = np.concatenate([[True], (line[1:-1] != line[:-2]).any(axis=1), [True]])
        seconds, metres = told(np.array(best))
        return Route(float(seconds), float(metres), line[moves])

    def _spots(self, places: Floats) -> Spots:
        return self._known(np.asarray(places, np.float64).tobytes())

    def _found(self, places: bytes) -> Spots:
        lonlat = np.frombuffer(places).reshape(-1, 2)
        speed = self._walking.kmh / 3.6
        return self._snapping.spots(lonlat, speed, self._walking.farthest_m)

    def _leaving(self, spots: Spots) -> _Ends:
        """Who stands at a junction is on no one-way road yet, and has come there by none."""
        network, ends, start = self.network, self._nodes.ends, self._nodes.start
        edge, tail, head = spots.edge, network.tail[spots.edge], network.head[spots.edge]
        at_tail = network.back[edge], ends[~edge], start[tail]
        return self._ends(spots, at_tail, (network.forth[edge], ends[edge], start[head]))

    def _arriving(self, spots: Spots) -> _Ends:
        network, begins, edge = self.network, self._nodes.begins, spots.edge
        at_tail = network.forth[edge], begins[edge], network.tail[edge]
        return self._ends(spots, at_tail, (network.back[edge], begins[~edge], network.head[edge]))

    def _ends(self, spots: Spots, tail: _End, head: _End) -> _Ends:
        past = np.stack([spots.past, self._whole[spots.edge] - spots.past], axis=2)
        passable, along, there = (np.stack(each, axis=2) for each in zip(tail, head, strict=True))
        costs = np.where(passable | (past <= 0), past, np.inf) + spots.leg[:, :, None]
        nodes = np.where(past <= 0, there, along)
        return _Ends(nodes.reshape(-1, 4), costs.reshape(-1, 4))

    # --- On one edge -----------------------------------------------------------------------------

    def _beside(self, start: Spots, goal: Spots) -> Floats:
        """Costs (n, m) between places on the same edge, inf for all others."""
        least = np.full((len(start.edge), len(goal.edge)), np.inf)
        for pair in BOTH:
            np.minimum(least, self._ahead(start, goal, pair), out=least)
        return least

    def _ahead(self, start: Spots, goal: Spots, pair: tuple[int, int]) -> Floats:
        one, two = pair
        costs = np.full((len(start.edge), len(goal.edge)), np.inf)
        same = (start.edge[:, one, None] == goal.edge[:, two]) & (start.edge[:, one, None] >= 0)
        n, m = np.nonzero(same)
        edge, ahead = start.edge[n, one], goal.past[m, two] - start.past[n, one]
        forth, back = self.network.forth[edge], self.network.back[edge]
        allowed = (ahead == 0) | np.where(ahead > 0, forth, back)
        legs = start.leg[n, one] + goal.leg[m, two]
        costs[n, m] = np.where(allowed, np.abs(ahead) + legs, np.inf)
        return costs

    # --- The shape of a way ----------------------------------------------------------------------

    def _stretches(
        self, path: list[int], start: Spots, goal: Spots, last: int
    ) -> list[tuple[float, float]]:
        """Along which stretches of the run the way through these junctions leads."""
        leaving = self._leaving(start)
        fits = np.where(leaving.nodes[0] == path[0], leaving.costs[0], np.inf)
        first = int(fits.argmin())
        return [
            (start.at[0, first // 2], self._side(start, first)),
            *(self._edge(arc) for arc in map(self._arc, path, path[1:]) if arc != NO_ARC),
            (self._side(goal, last), goal.at[0, last // 2]),
        ]

    def _side(self, spots: Spots, end: int) -> float:
        return self._snapping.sides(int(spots.edge[0, end // 2]))[end % 2]

    def _arc(self, one: int, two: int) -> int:
        low, high = self._forward.indptr[one : one + 2]
        return int(self._passed[low + np.searchsorted(self._forward.indices[low:high], two)])

    def _edge(self, arc: int) -> tuple[float, float]:
        tail, head = self._snapping.sides(arc if arc >= 0 else ~arc)
        return (tail, head) if arc >= 0 else (head, tail)


# --- Searching -----------------------------------------------------------------------------------


def _graph(network: Network, whole: Floats, nodes: Nodes) -> tuple[csr_array, Ints]:
    """Costs from node to node by the quickest edge between them, and the arc of each, NO_ARC for
    those that link the nodes of a junction."""
    links, driven = nodes.links, network.arcs.driven
    arc = np.append(driven, np.full(len(links), NO_ARC))
    one = np.append(nodes.begins[driven], links[:, 0])
    two = np.append(nodes.ends[driven], links[:, 1])
    costs = np.append(whole[np.where(driven >= 0, driven, ~driven)], np.zeros(len(links)))
    order = np.lexsort((costs, two, one))
    arc, one, two, costs = arc[order], one[order], two[order], costs[order]
    pair = one * nodes.count + two
    keep = (one != two) & np.append(True, pair[1:] != pair[:-1])
    starts = np.searchsorted(one[keep], np.arange(nodes.count + 1))
    return csr_array((costs[keep], two[keep], starts), (nodes.count, nodes.count)), arc[keep]


def _met(graph: csr_array, here: _Ends, there: _Ends) -> Floats:
    """The least costs (n, m) from each of `here` to each of `there`."""
    rows = max(1, AT_ONCE // graph.shape[0])
    least = np.full((len(here.nodes), len(there.nodes)), np.inf)
    for begin in range(0, len(here.nodes), rows):
        some = slice(begin, begin + rows)
        reached = _searched(graph, _Ends(here.nodes[some], here.costs[some]))[0]
        for nodes, costs in zip(there.nodes.T, there.costs.T, strict=True):
            np.minimum(least[some], reached[:, nodes] + costs, out=least[some])
    return least


def _searched(
    graph: csr_array, ends: _Ends, *, predecessors: bool = False
) -> tuple[Floats, NDArray[np.int32]]:
    """Costs (n, junctions) from each place, which is joined to the graph as one more node."""
    size, count = graph.shape[0], len(ends.nodes)
    known = np.isfinite(ends.costs)
    joined = csr_array(
        (
            np.append(graph.data, ends.costs[known]),
            np.append(graph.indices, ends.nodes[known].astype(np.int32)),
            np.append(graph.indptr, graph.indptr[-1] + np.cumsum(known.sum(axis=1))),
        ),
        (size + count, size + count),
    )
    places = np.arange(size, size + count)
    if predecessors:
        costs, before = dijkstra(joined, indices=places, return_predecessors=True)
        return costs[:, :size], before
    return dijkstra(joined, indices=places)[:, :size], np.empty(0, np.int32)


def _walked_back(before: NDArray[np.int32], last: int) -> list[int]:
    """The junctions on the way to the last one, which is reached from the place itself."""
    path = [int(last)]
    while before[before[path[-1]]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]
