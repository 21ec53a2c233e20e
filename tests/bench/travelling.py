"""Travel time by road: from many squads to one case, and from many to many."""

from collections.abc import Iterator

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo.network import Flags, Floats, Ints, Network, build
from geo.roads import Roads
from geo.turns import Turns
from tests.bench.bench import Bench
from tests.bench.measure import Goal, Line, Side, same

ROW = "roads"
SQUADS, MANY = 100, 200
KMH = np.array([20.0, 30.0, 45.0, 70.0])
FORBIDDEN = 0.04
"""So many streets end where one of the next must not be taken: eight in a hundred junctions, as in
the centre of Portland."""
ROUNDED_S = 0.5
"""Each edge is rounded to a millisecond, and a way has hundreds."""


def rows(bench: Bench) -> Iterator[Line]:
    network = _city(bench)
    roads, graph = Roads(network), _graph(network)
    random = np.random.default_rng(1)
    many = min(MANY, network.junctions // 4)
    nodes = random.choice(network.junctions, 2 * many, replace=False)
    places = _places(network)
    starts, goals = nodes[:many], nodes[many:]
    squads, case = starts[:SQUADS], goals[0]
    back = graph.T.tocsr()
    sides = {
        "ours": Side("ours", lambda: roads(places[squads], places[case])[0]),
        "limit": Side("one search", lambda: dijkstra(back, indices=case)[squads]),
        "naive": Side("one a squad", lambda: dijkstra(graph, indices=squads)[:, case]),
    }
    taken, answers = bench.in_turn("road times, many to one", sides)
    _check(answers)
    what = f"road times, {len(squads)} to 1, {network.junctions:,} junctions"
    yield Line(ROW, what, taken, (Goal(0.020),))
    sides = {
        "ours": Side("ours", lambda: roads.table(places[starts], places[goals])[0]),
        "limit": Side("the searches", lambda: dijkstra(back, indices=goals)[:, starts].T),
    }
    taken, answers = bench.in_turn("road times, many to many", sides)
    _check(answers)
    yield Line(ROW, f"road times, {many} x {many}", taken, (Goal(3),))
    yield _obeying(bench, roads, places[squads], places[case])


def _obeying(bench: Bench, free: Roads, squads: Floats, case: Floats) -> Line:
    """The same town with forbidden turns, beside itself without and a search by street."""
    network = _city(bench, FORBIDDEN)
    roads, back = Roads(network), _streets(network).T.tocsr()
    at = cKDTree(_places(network))
    starts, goal = at.query(squads)[1], at.query(case)[1]
    last = back.shape[0] - network.junctions
    sides = {
        "ours": Side("ours", lambda: roads(squads, case)[0]),
        "limit": Side("without", lambda: free(squads, case)[0]),
        "naive": Side("by street", lambda: dijkstra(back, indices=last + goal)[starts]),
    }
    what = f"road times, {len(squads)} to 1, {len(network.barred):,} forbidden turns"
    taken, answers = bench.in_turn(what, sides)
    _check({name: answers[name] for name in ("ours", "naive")})
    return Line(ROW, what, taken, (Goal(0.020),))


def _check(answers: dict[str, Floats]) -> None:
    for name, seconds in answers.items():
        agree = np.allclose(answers["ours"], seconds, rtol=0, atol=ROUNDED_S)
        same(agree, f"road times of {name}")


def _city(bench: Bench, forbidden: float = 0) -> Network:
    """Blocks all over the town, some streets one-way, some slow; junctions a little off line."""
    side = round(np.sqrt(bench.amounts.junctions))
    random = np.random.default_rng(1)
    west, south, east, north = bench.town.townships.total_bounds
    x, y = np.meshgrid(np.linspace(west, east, side), np.linspace(south, north, side))
    apart = (east - west) / side
    xy = np.column_stack([x.ravel(), y.ravel()]) + random.normal(0, apart / 10, (side * side, 2))
    node = np.arange(side * side).reshape(side, side)
    ends = np.vstack(
        [
            np.column_stack([node[:, :-1].ravel(), node[:, 1:].ravel()]),
            np.column_stack([node[:-1].ravel(), node[1:].ravel()]),
        ]
    )
    both = random.random(len(ends)) < 0.85
    lines, kmh = np.asarray(shapely.linestrings(xy[ends])), random.choice(KMH, len(ends))
    turns = _turns(ends, random.random(len(ends)) < forbidden)
    return build(lines, np.ones(len(ends), bool), both, kmh, turns)


def _turns(ends: Ints, chosen: Flags) -> Turns:
    """From the end of each chosen street into one that begins there."""
    begun, first = np.unique(ends[:, 0], return_index=True)
    one = np.flatnonzero(chosen & np.isin(ends[:, 1], begun))
    two = first[np.searchsorted(begun, ends[one, 1])]
    return Turns(one, np.ones(len(one), bool), two, np.zeros(len(one), bool))


def _places(network: Network) -> Floats:
    """Lon/lat of the junctions."""
    places = np.empty((network.junctions, 2))
    places[network.tail] = network.lonlat[network.first]
    places[network.head] = network.lonlat[network.last]
    return places


def _streets(network: Network) -> csr_array:
    """Seconds from each junction, and each direction of a street, into the next one that is
    allowed; the last nodes are the junctions as goals."""
    driven, begins, ends = network.arcs.driven, network.arcs.begins, network.arcs.ends
    arcs, junctions = np.arange(len(driven)), network.junctions
    number = dict(zip(driven.tolist(), arcs.tolist(), strict=True))
    barred = {(number[one], number[two]) for one, two in network.barred.tolist()}
    ones = np.ones(len(driven))
    into = csr_array((ones, (arcs, ends[driven])), (len(driven), junctions))
    onto = csr_array((ones, (begins[driven], arcs)), (junctions, len(driven)))
    one, two = (into @ onto).nonzero()
    allowed = [pair not in barred for pair in zip(one.tolist(), two.tolist(), strict=True)]
    one, two = one[allowed], two[allowed]
    seconds = network.whole(network.seconds)[np.where(driven >= 0, driven, ~driven)]
    tails = np.concatenate([begins[driven], junctions + one, junctions + arcs])
    heads = np.concatenate(
        [junctions + arcs, junctions + two, junctions + len(arcs) + ends[driven]]
    )
    costs = np.concatenate([seconds, seconds[two], np.zeros(len(arcs))])
    return csr_array((costs, (tails, heads)), (2 * junctions + len(arcs),) * 2)


def _graph(network: Network) -> csr_array:
    seconds = network.whole(network.seconds)
    forth, back = network.forth, network.back
    ends = (
        np.concatenate([network.tail[forth], network.head[back]]),
        np.concatenate([network.head[forth], network.tail[back]]),
    )
    costs = np.concatenate([seconds[forth], seconds[back]])
    return csr_array((costs, ends), (network.junctions, network.junctions))
