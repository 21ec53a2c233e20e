"""Who is soonest, and that the index finds exactly those whom a full search finds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo import nearest
from geo.nearest import Candidate, Moving, Shortfall, Unfit

SQUARE = (120.0, 30.0)
KM_NORTH = 1 / 111.195  # degrees of latitude on the mean sphere
TOP_KMH = 90.0
spots = st.tuples(st.floats(119.5, 120.5), st.floats(29.5, 30.5))


def squad(code, km, **about):
    return Candidate(code, SQUARE[0], SQUARE[1] + km * KM_NORTH, **about)


@dataclass(frozen=True)
class Crooked:
    """Roads as bad as one likes, but never faster than the top speed; now and then none at all."""

    seed: int
    method: str = "crooked"

    def __call__(self, origins, destination):
        far = np.broadcast_to(destination, origins.shape)
        _, _, metres = Geod(ellps="WGS84").inv(*origins.T, *far.T)
        # The delay hangs on the place, so that a squad has one time in whatever batch it is asked.
        mixed = np.sin(origins @ [12.9898, 78.233] + self.seed) * 43758.5453
        delay = 1 + 6 * (mixed % 1.0) ** 3
        seconds = metres * 3.6 / TOP_KMH * delay
        return np.where(mixed % 1.0 > 0.97, np.inf, seconds), metres * delay


def searched(places, destination, engine, limit):
    """The answer of asking the engine for everyone."""
    seconds, _ = engine(np.array(list(places.values())).reshape(-1, 2), np.array(destination))
    every = sorted(zip(seconds.tolist(), places, strict=True))
    return [(code, time) for time, code in every if time < np.inf][:limit]


# --- Ranking -----------------------------------------------------------------------------------


def test_the_straight_line_engine_knows_detour_and_speed():
    seconds, metres = nearest.straight_line(detour=1.3, kmh=30)(
        np.array([[120.0, 31.0], [120.0, 30.0]]), np.array(SQUARE)
    )

    assert metres == pytest.approx([1.3 * 111_195.08, 0.0], rel=1e-6)
    assert seconds == pytest.approx(metres * 3.6 / 30)


@given(spots, spots)
def test_the_straight_line_is_within_half_a_percent_of_the_geodesic(start, end):
    _, metres = nearest.straight_line(detour=1.0)(np.array([start]), np.array(end))

    geodesic = Geod(ellps="WGS84").inv(*start, *end)[2]
    assert metres[0] == pytest.approx(geodesic, rel=0.006, abs=0.01)


def test_a_table_of_straight_lines_holds_each_column_as_asked_for_alone():
    engine = nearest.straight_line()
    origins = np.array([[120.0, 30.0], [120.1, 30.2], [119.9, 30.1]])
    destinations = np.array([[120.05, 30.0], [121.0, 31.0]])

    seconds, metres = engine.table(origins, destinations)

    for column, destination in enumerate(destinations):
        alone = engine(origins, destination)
        assert np.array_equal(seconds[:, column], alone[0])
        assert np.array_equal(metres[:, column], alone[1])


@pytest.mark.parametrize(("detour", "kmh"), [(0.9, 30), (1.3, 0)])
def test_a_line_shorter_than_straight_or_a_standstill_is_refused(detour, kmh):
    with pytest.raises(ValueError, match="detour"):
        nearest.straight_line(detour, kmh)


def test_metres_and_not_degrees_decide():
    """At 30 degrees north a degree of longitude is shorter, so the squad in the east is nearer."""
    east = Candidate("east", 120.105, 30.0)
    north = Candidate("north", 120.0, 30.1)

    found = nearest.rank([north, east], SQUARE, nearest.straight_line())

    assert [each.code for each in found.squads] == ["east", "north"]
    assert found.method == "great_circle"


def test_squads_stand_by_time_and_then_by_code_up_to_the_limit():
    every = [squad("c", 2), squad("b", 1), squad("a", 2), squad("d", 3)]

    found = nearest.rank(every, SQUARE, nearest.straight_line(), limit=3)

    assert [each.code for each in found.squads] == ["b", "a", "c"]
    assert found.squads[0].seconds == pytest.approx(1000 * 1.3 * 3.6 / 30, rel=1e-4)
    assert found.shortfall == ()


def test_each_squad_says_where_its_place_comes_from():
    every = [
        squad("fresh", 1, position_age_s=1800),
        squad("stale", 2, position_age_s=1801),
        squad("home", 3),
    ]

    found = nearest.rank(every, SQUARE, nearest.straight_line(), stale_after_s=1800)

    assert [each.reasons for each in found.squads] == [
        ("fresh_position",), ("stale_position",), ("home_station",),
    ]  # fmt: skip
    assert [each.position_age_s for each in found.squads] == [1800, 1801, None]


def test_a_penalty_pushes_down_and_is_named_but_is_no_travel_time():
    every = [squad("tired", 1, penalties=(("rest_period", 600.0),)), squad("rested", 2)]

    found = nearest.rank(every, SQUARE, nearest.straight_line(), within_s=400.0)

    assert [each.code for each in found.squads] == ["rested", "tired"]
    assert found.squads[1].reasons == ("home_station", "rest_period")
    assert found.squads[1].penalty_s == 600
    assert found.squads[1].seconds < found.squads[0].seconds


def test_nobody_and_nobody_on_duty_are_told_apart():
    engine = nearest.straight_line()

    nobody = nearest.rank([], SQUARE, engine)
    asleep = nearest.rank([squad("a", 1, unfit=(Unfit.OFF_DUTY,))], SQUARE, engine)

    assert nobody.shortfall == (Shortfall.NO_CANDIDATES,)
    assert asleep.shortfall == (Shortfall.NONE_ON_DUTY,)
    assert (nobody.squads, asleep.squads) == ((), ())


@pytest.mark.parametrize(
    ("unfit", "short"),
    [
        ([("not_competent",), ("not_competent", "busy")], Shortfall.NONE_COMPETENT),
        ([("not_competent",), ("off_duty",), ("out_of_service", "busy")], Shortfall.NONE_ON_DUTY),
        ([("not_competent",), ("off_duty",), ("busy",)], Shortfall.NONE_FREE),
    ],
)
def test_why_nobody_can_be_sent_is_the_first_step_at_which_nobody_is_left(unfit, short):
    every = [squad(str(n), n, unfit=tuple(map(Unfit, codes))) for n, codes in enumerate(unfit)]

    found = nearest.rank(every, SQUARE, nearest.straight_line(), limit=2)

    assert (found.squads, found.beyond, found.shortfall) == ((), (), (short,))
    assert [one.why for one in found.passed_over] == unfit[:2]


def test_who_is_nearer_and_was_passed_over_is_told_with_why():
    every = [
        squad("busy", 1, unfit=(Unfit.BUSY,)), squad("tired", 2, penalties=(("resting", 900.0),)),
        squad("sent", 3, remarks=("own_area",)), squad("off", 4, unfit=(Unfit.OFF_DUTY,)),
    ]  # fmt: skip

    found = nearest.rank(every, SQUARE, nearest.straight_line())

    assert [one.code for one in found.squads] == ["sent", "tired"]
    assert found.squads[0].reasons == ("home_station", "own_area")
    assert [(one.code, one.why) for one in found.passed_over] == [
        ("busy", ("busy",)), ("tired", ("resting",)),
    ]  # fmt: skip


def test_when_nobody_is_in_time_the_soonest_stand_beyond():
    found = nearest.rank([squad("b", 30), squad("a", 20)], SQUARE, nearest.straight_line(), limit=1)

    assert found.squads == ()
    assert [each.code for each in found.beyond] == ["a"]
    assert found.shortfall == (Shortfall.OUTSIDE_LIMIT,)


def test_squads_without_a_way_are_unreachable():
    def ferry_only(origins, destination):
        return np.full(len(origins), np.inf), np.full(len(origins), np.inf)

    ferry_only.method = "ferry"

    found = nearest.rank([squad("island", 1)], SQUARE, ferry_only)

    assert found.shortfall == (Shortfall.UNREACHABLE,)
    assert found.beyond == ()


def test_an_engine_that_answers_nan_is_refused():
    def broken(origins, destination):
        return np.full(len(origins), np.nan), np.zeros(len(origins))

    broken.method = "broken"

    with pytest.raises(ValueError, match="nan"):
        nearest.rank([squad("a", 1)], SQUARE, broken)


def test_the_straight_line_picks_as_in_the_portland_table(shared):
    folder = shared / "ref_nearest_squad"
    squads = pd.read_csv(folder / "portland_squads.csv")
    expected = pd.read_csv(folder / "portland_expected.csv")
    every = [Candidate(str(row[0]), row.lon, row.lat) for row in squads.itertuples(index=False)]
    engine = nearest.straight_line()

    picked = [
        nearest.rank(every, (row.lon, row.lat), engine, limit=1, within_s=np.inf).squads[0].code
        for row in expected.itertuples()
    ]

    agree = np.array(picked) == expected["nearest_straight"].astype(str)
    assert agree.mean() > 0.99


# --- Many moving squads ------------------------------------------------------------------------


@given(st.lists(spots, max_size=120, unique=True), spots, st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_index_finds_exactly_the_soonest(places, destination, limit, seed):
    index, engine = Moving(TOP_KMH), Crooked(seed)
    placed = {f"{i:03}": place for i, place in enumerate(places)}
    for code, place in placed.items():
        index.add(code, *place)

    found = index.candidates(destination, engine, limit)

    assert_the_same(found, searched(placed, destination, engine, limit))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.one_of(st.none(), spots)), max_size=120),
    spots,
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_the_index_keeps_up_with_squads_that_come_move_and_leave(steps, destination, seed):
    index, engine, placed = Moving(TOP_KMH), Crooked(seed), {}
    for number, place in steps:
        code = f"{number:03}"
        if place and code in placed:
            index.move(code, *place)
        elif place:
            index.add(code, *place)
        elif code in placed:
            index.remove(code)
        placed = {**placed, code: place}
        placed = {key: value for key, value in placed.items() if value}

    found = index.candidates(destination, engine, 4)

    assert len(index) == len(placed)
    assert_the_same(found, searched(placed, destination, engine, 4))


def assert_the_same(found, expected):
    """Numpy's sums differ in the last digits with the length of the array they run over."""
    assert [way.code for way in found] == [code for code, _ in expected]
    assert [way.seconds for way in found] == pytest.approx([s for _, s in expected], rel=1e-9)


def test_a_distant_squad_on_a_fast_road_beats_nine_at_the_wrong_bank():
    """The nine are nearer on the map; the bridge is far."""
    index = Moving(TOP_KMH)
    for i in range(9):
        index.add(f"bank{i}", SQUARE[0], SQUARE[1] + (1 + i / 100) * KM_NORTH)
    index.add("road", SQUARE[0], SQUARE[1] - 8 * KM_NORTH)

    def river(origins, destination):
        seconds = np.where(origins[:, 1] > SQUARE[1], 1200.0, 400.0)
        return seconds, seconds * 10

    river.method = "river"

    assert index.candidates(SQUARE, river, 1)[0].code == "road"


def test_far_squads_are_not_asked_for():
    """The bound stops the search: of 2,000 squads the engine hears of a few dozen."""
    index, asked = Moving(TOP_KMH), []
    for i, place in enumerate(np.random.default_rng(1).uniform((119, 29), (121, 31), (2000, 2))):
        index.add(str(i), *place)

    def counting(origins, destination):
        asked.append(len(origins))
        return nearest.straight_line(kmh=60)(origins, destination)

    counting.method = "counting"
    index.candidates(SQUARE, counting, 3)

    assert 3 <= sum(asked) <= 100


def test_squads_on_one_spot_stand_by_code():
    index = Moving()
    for code in ("d", "b", "a", "c"):
        index.add(code, *SQUARE)

    found = index.candidates(SQUARE, nearest.straight_line(), 2)

    assert [way.code for way in found] == ["a", "b"]


def test_an_empty_index_has_no_candidates():
    assert Moving().candidates(SQUARE, nearest.straight_line()) == ()


def test_a_squad_is_added_once_and_only_known_ones_move_or_leave():
    index = Moving()
    index.add("a", *SQUARE)

    with pytest.raises(ValueError, match="already"):
        index.add("a", *SQUARE)
    with pytest.raises(KeyError):
        index.move("b", *SQUARE)
    with pytest.raises(KeyError):
        index.remove("b")


def test_standstill_and_no_limit_are_refused():
    with pytest.raises(ValueError, match="speed"):
        Moving(0)
    with pytest.raises(ValueError, match="limit"):
        Moving().candidates(SQUARE, nearest.straight_line(), 0)
