"""Ways by road are the fastest there are, and what cannot be reached is said."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import floyd_warshall

from geo.nearest import Moving, straight_line
from geo.network import build
from geo.roads import Roads, Walking

GEOD = Geod(ellps="WGS84")
AT_ONCE = Walking(kmh=np.inf, fragment_m=0)
"""Who walks at once: the times are those of the roads alone."""
CORNER, STEP = np.array([120.0, 30.0]), 0.01


def at(x, y):
    """Lon/lat of a place on a lattice of about a kilometre."""
    return np.array([x, y]) * STEP + CORNER


def network(*lines, oneway=(), kmh=36.0):
    shapes = np.array([shapely.linestrings([at(*xy) for xy in line]) for line in lines])
    forward = np.ones(len(lines), bool)
    return build(shapes, forward, ~np.isin(np.arange(len(lines)), oneway), kmh * forward)


def metres(*places):
    return GEOD.line_length(*np.array([at(*place) for place in places]).T)


# --- Against every way there is -------------------------------------------------------------------

SIDE = 3
SEGMENTS = [((x, y), (x + 1, y)) for y in range(SIDE) for x in range(SIDE - 1)] + [
    ((x, y), (x, y + 1)) for x in range(SIDE) for y in range(SIDE - 1)
]
kinds = st.sampled_from(["none", "both", "both", "forth", "back"])
drawn = st.lists(st.tuples(kinds, st.sampled_from([20.0, 50.0])), min_size=12, max_size=12)
spots = st.tuples(st.integers(0, 11), st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0]))


@settings(max_examples=120, deadline=None)
@given(drawn, st.lists(spots, min_size=1, max_size=5), st.lists(spots, min_size=1, max_size=5))
def test_every_way_takes_as_long_as_the_fastest_of_all(roads, origins, destinations):
    there = [n for n, (kind, _) in enumerate(roads) if kind != "none"]
    origins, destinations = ([s for s in each if s[0] in there] for each in (origins, destinations))
    if not origins or not destinations:
        return
    engine = Roads(_built(roads, there), walking=AT_ONCE)
    starts, ends = (np.array([_place(*s) for s in each]) for each in (origins, destinations))

    seconds, told = engine.table(starts, ends)

    expected = _every_way(roads, there, origins, destinations)
    assert seconds == pytest.approx(expected, abs=0.02)
    assert np.array_equal(np.isfinite(told), np.isfinite(expected))
    assert engine(starts, ends[0])[0] == pytest.approx(expected[:, 0], abs=0.02)
    assert engine.soonest(starts, ends) == pytest.approx(expected.min(axis=0), abs=0.02)
    _check_route(engine.route(starts[0], ends[0]), seconds[0, 0], told[0, 0])


def _built(roads, there):
    shapes = np.array([shapely.linestrings([at(*xy) for xy in SEGMENTS[n]]) for n in there])
    kind = np.array([roads[n][0] for n in there])
    kmh = np.array([roads[n][1] for n in there])
    return build(shapes, kind != "back", kind != "forth", kmh)


def _place(segment, share):
    one, two = np.array([at(*xy) for xy in SEGMENTS[segment]])
    return one + share * (two - one)


def _every_way(roads, there, origins, destinations):
    """Each place cuts its segment in two; then all ways between all corners and places."""
    nodes, arcs = {}, []
    places = [*origins, *destinations]
    for n in there:
        kind, kmh = roads[n]
        inner = sorted({share for segment, share in places if segment == n} | {0.0, 1.0})
        for low, high in pairwise(inner):
            one, two = _node(nodes, n, low), _node(nodes, n, high)
            length = GEOD.line_length(*np.array([_place(n, low), _place(n, high)]).T)
            arcs += [(one, two, length * 3.6 / kmh)] * (kind != "back")
            arcs += [(two, one, length * 3.6 / kmh)] * (kind != "forth")
    one, two, cost = np.array(arcs).T
    count = len(nodes)
    ways = floyd_warshall(
        coo_array((cost, (one.astype(int), two.astype(int))), (count, count)).tocsr()
    )
    rows, columns = ([_node(nodes, *s) for s in each] for each in (origins, destinations))
    return ways[np.ix_(rows, columns)]


def _node(nodes, segment, share):
    key = SEGMENTS[segment][int(share)] if share in (0, 1) else (segment, share)
    return nodes.setdefault(key, len(nodes))


def _check_route(route, seconds, told):
    if not np.isfinite(seconds):
        assert route is None
        return
    assert (route.seconds, route.metres) == (seconds, told)
    assert GEOD.line_length(*route.line.T) == pytest.approx(told, abs=1)


# --- What a road network is -----------------------------------------------------------------------


def test_a_river_with_one_bridge_sends_the_squad_of_the_own_bank():
    south, north = [(0, 0), (1, 0), (9, 0)], [(0, 1), (1, 1), (9, 1)]
    engine = Roads(network(south, north, [(9, 0), (9, 1)]))
    across, along = at(1, 0), at(5, 1)
    case = at(1, 1)

    seconds, way = engine(np.array([across, along]), case)

    assert straight_line()(np.array([across, along]), case)[0].argmin() == 0
    assert seconds.argmin() == 1
    assert way == pytest.approx(
        [metres((1, 0), (9, 0), (9, 1), (1, 1)), metres((5, 1), (1, 1))], 1e-4
    )
    moving = Moving()
    moving.add("across", *across)
    moving.add("along", *along)
    assert [found.code for found in moving.candidates(tuple(case), engine, 1)] == ["along"]


def test_a_one_way_road_is_driven_round_and_walked_back():
    block = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    early, late = np.array([at(0.2, 0)]), at(0.8, 0)
    driven = Roads(network(block, oneway=[0]))
    walked = Roads(network(block))

    there, back = driven(early, late), driven(late[None], early[0])

    assert there[1][0] == pytest.approx(metres((0.2, 0), (0.8, 0)), rel=1e-4)
    around = metres((0.8, 0), (1, 0), (1, 1), (0, 1), (0, 0), (0.2, 0))
    assert back[1][0] == pytest.approx(around, rel=1e-4)
    assert walked(late[None], early[0])[1][0] == there[1][0]


def test_a_place_beside_the_road_walks_there():
    engine = Roads(network([(0, 0), (5, 0)]), walking=Walking(kmh=5, far_m=300))
    start, beside = np.array([at(1, 0)]), at(2, 0.2)

    seconds, way = engine(start, beside)

    leg, road = metres((2, 0), (2, 0.2)), metres((1, 0), (2, 0))
    assert way[0] == pytest.approx(leg + road, abs=0.2)
    assert seconds[0] == pytest.approx(leg * 3.6 / 5 + road / 10, abs=0.1)


def test_a_place_far_from_any_road_is_judged_and_one_out_of_reach_has_no_way():
    engine = Roads(network([(0, 0), (9, 0)]), walking=Walking(far_m=300, farthest_m=2_000))
    places = np.array([at(1, 0.2), at(1, 0.5), at(1, 3)])

    assert engine.judged(places) == [(), ("far_from_road",), ("far_from_road",)]
    seconds, way = engine(places, at(2, 0))
    assert np.isfinite(seconds).tolist() == [True, True, False]
    assert np.isfinite(way).tolist() == [True, True, False]
    assert engine.route(places[2], at(2, 0)) is None


def test_an_island_is_judged_and_reached_from_the_island_alone():
    engine = Roads(network([(0, 0), (9, 0)], [(0, 5), (3, 5)]))
    main, island = at(1, 0), at(1, 5)

    seconds, _ = engine.table(np.array([main, island]), np.array([main, island]))

    assert engine.judged(np.array([main, island])) == [(), ("unreachable_island",)]
    assert np.isfinite(seconds).tolist() == [[True, False], [False, True]]


def test_a_fragment_of_the_map_is_left_on_foot():
    engine = Roads(network([(0, 0), (9, 0)], [(1, 0.1), (1.2, 0.1)]))

    _, way = engine(np.array([at(1.1, 0.1)]), at(3, 0))

    assert engine.judged(np.array([at(1.1, 0.1)])) == [("unreachable_island",)]
    assert way[0] == pytest.approx(metres((1.1, 0.1), (1.1, 0), (3, 0)), rel=1e-3)


def test_loose_ends_within_a_metre_are_joined_and_crossings_are_not():
    half_a_metre = 0.5 / 1113
    engine = Roads(
        network([(0, 0), (4, 0)], [(1, half_a_metre), (1, 2)], [(3, -1), (3, 1)], [(5, 0), (6, 0)])
    )
    start = np.array([at(0, 0)])

    assert engine(start, at(1, 2))[1][0] == pytest.approx(metres((0, 0), (1, 0), (1, 2)), abs=1)
    assert not np.isfinite(engine(start, at(3, 1))[0][0])


def test_lines_that_only_go_on_become_one_edge():
    chain = [[(n, 0), (n + 0.5, 0.2), (n + 1, 0)] for n in range(6)]
    turned = [line[::-1] if n % 2 else line for n, line in enumerate(chain)]

    plain = network(*turned, [(3, 0), (3, 2)])
    with_one_way = network(*chain, oneway=[1])

    assert (len(plain.tail), plain.junctions) == (3, 4)
    assert (len(with_one_way.tail), with_one_way.junctions) == (3, 4)
    assert plain.metres[-1] == pytest.approx(
        sum(metres(*line) for line in chain) + metres((3, 0), (3, 2)), abs=0.01
    )


def test_the_way_on_a_ring_is_the_shorter_half():
    ring = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    engine = Roads(network(ring, [(0, 0), (-1, 0)]))

    found = engine.route(at(1, 0.9), at(0.9, 1))
    over_the_junction = engine.route(at(0.9, 0), at(0, 0.9))

    assert found.metres == pytest.approx(metres((1, 0.9), (1, 1), (0.9, 1)), abs=0.2)
    expected = metres((0.9, 0), (0, 0), (0, 0.9))
    assert over_the_junction.metres == pytest.approx(expected, abs=0.3)
    assert over_the_junction.line == pytest.approx(
        np.array([at(0.9, 0), at(0, 0), at(0, 0.9)]), abs=1e-7
    )


def test_roads_without_a_way_or_a_speed_are_refused():
    line = np.array([shapely.linestrings([at(0, 0), at(1, 0)])])
    yes, no = np.array([True]), np.array([False])

    with pytest.raises(ValueError, match="driven"):
        build(line, no, no, np.array([50.0]))
    with pytest.raises(ValueError, match="speed"):
        build(line, yes, no, np.array([0.0]))
