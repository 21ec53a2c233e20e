"""Forbidden turns are never taken, and of the ways that are left the fastest is found."""

from itertools import pairwise, product

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse.csgraph import floyd_warshall

from geo.network import build
from geo.roads import Roads, Walking
from geo.turns import Turns

GEOD = Geod(ellps="WGS84")
AT_ONCE = Walking(kmh=np.inf, fragment_m=0)
MIDDLE, STEP = np.array([120.0, 30.0]), 0.01
KMH = 36.0


def at(x, y):
    """Lon/lat of a place on a lattice of about a kilometre."""
    return np.array([x, y]) * STEP + MIDDLE


def metres(*places):
    return GEOD.line_length(*np.array([at(*place) for place in places]).T)


def restricted(turns):
    """By (line, at its end, other line, only that one)."""
    one, at_end, two, only = np.array(turns, dtype=int).reshape(-1, 4).T
    return Turns(one, at_end == 1, two, only == 1)


def network(lines, kinds=None, turns=()):
    shapes = np.array([shapely.linestrings([at(*xy) for xy in line]) for line in lines])
    kind = np.array(kinds or ["both"] * len(lines))
    kmh = np.full(len(lines), KMH)
    return build(shapes, kind != "back", kind != "forth", kmh, restricted(turns))


# --- Against every way there is -------------------------------------------------------------------

HUB, WEST, NORTH, EAST, SOUTH = CORNERS = (0, 0), (-1, 0), (0, 1), (1, 0), (0, -1)
WHEEL = [
    (HUB, WEST), (NORTH, HUB), (HUB, EAST), (SOUTH, HUB),
    (WEST, NORTH), (EAST, NORTH), (EAST, SOUTH), (SOUTH, WEST),
    (HUB, (0.3, 0.7), NORTH), (HUB, (-0.5, 0.2), (-0.2, 0.5), HUB),
]  # fmt: skip
"""Four spokes, one of them twice, and the rim; a ring hangs at the hub."""
LINES = range(len(WHEEL))
kind = st.sampled_from(["both", "both", "forth", "back"])
line = st.sampled_from(LINES)
turned = st.lists(st.tuples(line, st.booleans(), line, st.booleans()), max_size=40)
spots = st.lists(st.tuples(line, st.sampled_from([0.0, 0.3, 0.6])), min_size=1, max_size=3)


@settings(max_examples=100, deadline=None)
@given(st.lists(kind, min_size=len(WHEEL), max_size=len(WHEEL)), turned, spots, spots)
def test_the_fastest_way_is_found_among_those_that_no_forbidden_turn_is_on(
    kinds, turns, origins, goals
):
    engine = Roads(network(WHEEL, kinds, turns), walking=AT_ONCE)
    starts, ends = (np.array([_place(*spot) for spot in each]) for each in (origins, goals))

    seconds, told = engine.table(starts, ends)

    expected = _every_way(kinds, turns, origins, goals)
    assert seconds == pytest.approx(expected, abs=0.02)
    one_by_one = np.column_stack([engine(starts, end)[0] for end in ends])
    assert one_by_one == pytest.approx(seconds)
    assert engine.soonest(starts, ends) == pytest.approx(expected.min(axis=0), abs=0.02)
    route = engine.route(starts[0], ends[0])
    assert (route is None) == np.isinf(seconds[0, 0])
    if route is not None:
        assert (route.seconds, route.metres) == (seconds[0, 0], told[0, 0])
        assert GEOD.line_length(*route.line.T) == pytest.approx(told[0, 0], abs=1)


def _place(number, share):
    one, two = (at(*xy) for xy in WHEEL[number][:2])
    return one + share * (two - one)


def _every_way(kinds, turns, origins, goals):
    """From one piece of a street to the next, in either direction, by all that may follow."""
    pieces = _pieces(kinds, [*origins, *goals])
    never = _never(pieces, turns)
    follows = np.full((len(pieces), len(pieces)), np.inf)
    for (n, one), (m, two) in product(enumerate(pieces), repeat=2):
        ahead = one[:2] == two[:2] if one[3] not in CORNERS else (one[:2], two[:2]) not in never
        if one[3] == two[2] and ahead:
            follows[n, m] = two[4] * 3.6 / KMH
    ways = floyd_warshall(follows)
    points = ([_point(*spot) for spot in each] for each in (origins, goals))
    return np.array([[_fastest(pieces, ways, *ends) for ends in row] for row in _pairs(*points)])


def _pairs(origins, goals):
    return [[(origin, goal) for goal in goals] for origin in origins]


def _pieces(kinds, places):
    """(line, forth, from point, to point, metres): lines are cut where places are."""
    found = []
    for number in LINES:
        shares = sorted({0.0, *(share for n, share in places if n == number)})
        points = [*(_point(number, share) for share in shares), WHEEL[number][-1]]
        first = metres(*WHEEL[number][:2])
        ends = [*(share * first for share in shares), metres(*WHEEL[number])]
        for (one, two), (low, high) in zip(pairwise(points), pairwise(ends), strict=True):
            if kinds[number] != "back":
                found.append((number, True, one, two, high - low))
            if kinds[number] != "forth":
                found.append((number, False, two, one, high - low))
    return found


def _point(number, share):
    return (number, share) if share else WHEEL[number][0]


def _never(pieces, turns):
    """Directions of streets, as (line, forth), of which the second must not follow the first."""
    driven = {piece[:2] for piece in pieces}
    never, only = set(), {}
    for one, at_end, two, alone in turns:
        into = (one, bool(at_end))
        onto = {way for way in driven if way[0] == two and _begin(way) == _end(into)}
        if alone and onto:
            only[into] = only.get(into, set()) | onto
        elif not alone:
            never |= {(into, way) for way in onto}
    return never | {(into, way) for into in only for way in driven - only[into]}


def _begin(way):
    number, forth = way
    return WHEEL[number][0 if forth else -1]


def _end(way):
    return _begin((way[0], not way[1]))


def _fastest(pieces, ways, origin, goal):
    if origin == goal:
        return 0.0
    first = [n for n, piece in enumerate(pieces) if piece[2] == origin]
    last = [n for n, piece in enumerate(pieces) if piece[3] == goal]
    took = [pieces[n][4] * 3.6 / KMH + ways[n, m] for n in first for m in last]
    return min(took, default=np.inf)


# --- What a forbidden turn does -------------------------------------------------------------------

FAR = (0, -3)
CROSSING = [(WEST, HUB), (HUB, NORTH), (HUB, EAST), (FAR, HUB), (NORTH, (1, 1), EAST)]
FROM_WEST, TO_NORTH, TO_EAST, FROM_SOUTH, AROUND = range(5)
AT_END, ANY, ALONE = True, False, True


def test_where_no_left_turn_is_allowed_one_goes_round_and_others_turn_as_before():
    free = Roads(network(CROSSING))
    engine = Roads(network(CROSSING, turns=[(FROM_WEST, AT_END, TO_NORTH, ANY)]))
    west, south, goal = at(-0.5, 0), at(0, -0.5), at(0, 0.8)

    _, told = engine(np.array([west, south]), goal)
    route = engine.route(west, goal)

    around = metres((-0.5, 0), HUB, (1, 0), (1, 1), NORTH, (0, 0.8))
    assert told == pytest.approx([around, metres((0, -0.5), (0, 0.8))], abs=1)
    assert route.line == pytest.approx(
        np.array([at(*xy) for xy in [(-0.5, 0), HUB, (1, 0), (1, 1), NORTH, (0, 0.8)]]), abs=1e-7
    )
    assert free(np.array([west]), goal)[1] == pytest.approx(metres((-0.5, 0), HUB, (0, 0.8)), abs=1)


def test_only_straight_on_forbids_every_other_way_on():
    engine = Roads(network(CROSSING, turns=[(FROM_WEST, AT_END, TO_EAST, ALONE)]))
    west = np.array([at(-0.5, 0)])

    _, told = engine.table(west, np.array([at(0.5, 0), at(0, 0.1), at(0, -0.5)]))

    round_the_block = metres((-0.5, 0), HUB, EAST, (1, 1), NORTH)
    assert told[0] == pytest.approx(
        [
            metres((-0.5, 0), HUB, (0.5, 0)),
            round_the_block + metres(NORTH, (0, 0.1)),
            round_the_block + metres(NORTH, HUB, (0, -0.5)),
        ],
        abs=1,
    )


def test_who_stands_at_the_junction_or_goes_there_takes_no_turn():
    shut = [(FROM_WEST, AT_END, two, ANY) for two in range(4)]
    engine = Roads(network(CROSSING, turns=shut))

    seconds, _ = engine.table(np.array([at(-0.5, 0), at(*HUB)]), np.array([at(*HUB), at(0, 0.5)]))

    assert np.isfinite(seconds).tolist() == [[True, False], [True, True]]


def test_where_two_lines_only_go_on_a_forbidden_turn_is_kept():
    along = [(WEST, HUB), (HUB, EAST)]

    engine = Roads(network(along, turns=[(0, AT_END, 1, ANY)]))

    assert not np.isfinite(engine(np.array([at(-0.5, 0)]), at(0.5, 0))[0][0])
    assert np.isfinite(engine(np.array([at(0.5, 0)]), at(-0.5, 0))[0][0])


def test_a_turn_into_a_road_that_is_not_there_forbids_nothing():
    turns = [(FROM_WEST, AT_END, AROUND, ALONE), (FROM_WEST, not AT_END, TO_EAST, ANY)]

    made = network(CROSSING, turns=turns)
    against = network(CROSSING, ["both", "back", "both", "both", "both"],
                      [(FROM_WEST, AT_END, TO_NORTH, ALONE)])  # fmt: skip

    assert len(made.barred) == len(against.barred) == 0


def test_only_the_junctions_with_forbidden_turns_grow():
    """By one node for whoever may go anywhere, and one for each road from and to."""
    engine = Roads(network(CROSSING, turns=[(FROM_WEST, AT_END, TO_NORTH, ANY)]))

    assert engine._nodes.count == engine.network.junctions + 3
