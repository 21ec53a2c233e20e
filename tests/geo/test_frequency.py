"""Expected incidents by hand and by property; visits against every possible plan."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from geo import frequency
from geo.frequency import Limits, Reason

DETECT = 0.3


def met(rates, visits, detect=DETECT):
    return float(np.sum(rates * (1 - (1 - detect) ** np.asarray(visits))))


def reasons(plan, grid):
    return Reason(int(plan.reasons[grid]))


# --- What is expected --------------------------------------------------------------------------


def test_the_weekly_rate_is_the_weighted_mean_and_skips_weeks_not_recorded():
    rate = frequency.weekly_rate([[4, 2, 99], [0, 3, 99]], [1.0, 0.5, 0.0])

    assert rate == pytest.approx([5 / 1.5, 1.5 / 1.5])


def test_no_recorded_week_is_refused():
    with pytest.raises(ValueError, match="weight"):
        frequency.weekly_rate([[1, 2]], [0.0, 0.0])


def test_equal_weights_count_every_week_and_decayed_ones_fewer():
    assert frequency.effective_weeks(np.ones(12)) == pytest.approx(12)
    assert frequency.effective_weeks([1.0, 0.5]) == pytest.approx(1.5**2 / 1.25)


def test_the_carried_rate_spreads_incidents_by_shared_area():
    """Two cells over two grids; the middle of the first is half in each."""
    crosswalk = csr_array(np.array([[50.0, 0.0], [50.0, 100.0]]))

    alone = frequency.carried(crosswalk, [8.0, 2.0], csr_array(np.eye(2)))
    smoothed = frequency.carried(crosswalk, [8.0, 2.0], csr_array(np.ones((2, 2))))

    assert alone == pytest.approx([4.0, 6.0])
    assert smoothed == pytest.approx([50 * 10 / 200, 150 * 10 / 200])


def test_a_cell_outside_every_grid_carries_nothing():
    crosswalk = csr_array(np.array([[50.0, 0.0]]))

    assert frequency.carried(crosswalk, [1.0, 9.0], csr_array(np.eye(2))) == pytest.approx([1.0])


def test_shrinkage_is_marshalls_on_a_table_worked_by_hand():
    """One township, areas 1, 1, 2; one week; no trust in neighbours.

    Density 3, so E = 3, 3, 6 and O / E = 3, 1/3, 1/3 on O = 9, 1, 2: b = 1,
    s2 = (3 * 4 + 9 * 4/9) / 12 = 4/3, A = 4/3 - 1/4 = 13/12, C = 13/17, 13/17, 13/15.
    """
    found = frequency.expected([[9], [1], [2]], [1.0], np.zeros(3), [0, 0, 0], [1, 1, 2], trust=0.0)

    by_hand = [9 * 13 / 17 + 3 * 4 / 17, 13 / 17 + 3 * 4 / 17, 2 * 13 / 15 + 6 * 2 / 15]
    assert found.rate == pytest.approx(by_hand)
    assert found.own[0] == pytest.approx((9 * 13 / 17) / by_hand[0])
    assert (found.neighbours == 0).all()


def test_grids_that_differ_no_more_than_by_chance_get_the_rate_of_the_township():
    found = frequency.expected([[2], [3]], [1.0], [0.0, 0.0], [0, 0], [1, 1], trust=0.0)

    assert found.rate == pytest.approx([2.5, 2.5])
    assert found.township.tolist() == [1.0, 1.0]


def test_many_weeks_of_difference_let_the_grids_speak_for_themselves():
    counts = np.array([[20] * 200, [1] * 200])

    found = frequency.expected(counts, np.ones(200), [10.0, 10.0], [0, 0], [1, 1])

    assert found.rate == pytest.approx([20, 1], rel=0.02)
    assert (found.own > 0.95).all()


def test_an_empty_grid_beside_a_busy_one_is_expected_to_have_some():
    counts = [[0], [0], [3]]

    found = frequency.expected(counts, [1.0], [2.0, 0.0, 3.0], [0, 0, 0], [1, 1, 1])

    assert found.rate[0] > found.rate[1] > 0
    assert found.neighbours[0] > found.neighbours[1] == 0


def test_a_township_without_incidents_expects_none():
    found = frequency.expected([[0], [5]], [1.0], [0.0, 5.0], [0, 1], [1, 1])

    assert found.rate == pytest.approx([0.0, 5.0])
    assert [found.own[0], found.neighbours[0], found.township[0]] == [0, 0, 0]


@pytest.mark.parametrize(("count", "area", "trust"), [(1, 0, 0.5), (-1, 1, 0.5), (1, 1, 1.5)])
def test_impossible_areas_counts_and_trust_are_refused(count, area, trust):
    with pytest.raises(ValueError, match="positive"):
        frequency.expected([[count]], [1.0], [0.0], [0], [area], trust=trust)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.floats(0.1, 9)), min_size=1))
def test_rates_lie_between_own_and_prior_and_the_shares_sum_to_one(grids):
    count, town, area = (np.array(each) for each in zip(*grids, strict=True))
    towns = np.unique(town, return_inverse=True)[1]

    found = frequency.expected(count[:, None], [1.0], np.zeros(len(count)), towns, area, trust=0.0)

    total = found.own + found.neighbours + found.township
    density = (np.bincount(towns, count) / np.bincount(towns, area))[towns]
    low, high = np.minimum(count, density * area), np.maximum(count, density * area)
    assert (found.rate >= low - 1e-9).all()
    assert (found.rate <= high + 1e-9).all()
    assert total == pytest.approx((found.rate > 0).astype(float))


def test_the_hottest_cell_of_a_grid_leaves_slivers_out():
    crosswalk = csr_array(np.array([[90.0, 5.0, 0.0], [0.0, 95.0, 40.0], [0.0, 0.0, 0.0]]))

    assert frequency.hottest(crosswalk, [-1, 3, 2]).tolist() == [-1, 3, 0]


# --- Who gets the visits -----------------------------------------------------------------------

town = st.lists(
    st.tuples(
        st.floats(0.0, 20.0),  # rate
        st.integers(0, 1),  # township
        st.integers(0, 1),  # floor
        st.integers(1, 3),  # ceiling
        st.integers(-1, 3),  # previous
    ),
    min_size=1,
    max_size=5,
)


def limits_of(grids, capacity, most_change):
    rate, group, floor, ceiling, previous = (np.array(each) for each in zip(*grids, strict=True))
    return rate, group, Limits(capacity, floor, ceiling, previous, most_change)


def bounds_of(limits):
    """What the change limit leaves, floor and ceiling before it."""
    previous = np.asarray(limits.previous)
    low = np.where(previous < 0, 0, previous - limits.most_change)
    high = np.where(previous < 0, 99, previous + limits.most_change)
    return np.clip((low, high), limits.floor, limits.ceiling)


@given(town, st.lists(st.integers(0, 9), min_size=2, max_size=2), st.integers(0, 3))
def test_no_other_plan_within_the_limits_meets_more(grids, spare, most_change):
    rate, group, limits = limits_of(grids, [0, 0], most_change)
    low, high = bounds_of(limits)
    owed = np.bincount(group, low, minlength=2).astype(int)
    capacity = owed + spare

    plan = frequency.allocate(
        rate, group, Limits(capacity, limits.floor, limits.ceiling, limits.previous, most_change)
    )

    choices = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
    allowed = (
        np.array(visits)
        for visits in product(*choices)
        if (np.bincount(group, visits, minlength=2) <= capacity).all()
    )
    assert met(rate, plan.visits) == pytest.approx(max(met(rate, visits) for visits in allowed))
    assert plan.met.sum() == pytest.approx(met(rate, plan.visits))


@given(town, st.lists(st.integers(0, 9), min_size=2, max_size=2), st.integers(0, 3))
def test_limits_hold_for_every_capacity_and_their_breach_is_told(grids, capacity, most_change):
    rate, group, limits = limits_of(grids, capacity, most_change)
    low, high = bounds_of(limits)

    plan = frequency.allocate(rate, group, limits)

    used = np.bincount(group, plan.visits, minlength=2)
    assert (used + plan.spare == capacity).all()
    assert (plan.spare >= 0).all()
    assert (plan.visits <= high).all()
    lost = plan.reasons & Reason.FLOOR_LOST > 0
    assert (lost == (plan.visits < limits.floor)).all()
    floors = np.bincount(group, limits.floor, minlength=2)
    assert not lost[(floors <= capacity)[group]].any()
    change = np.abs(plan.visits - limits.previous)
    broken = (limits.previous >= 0) & (change > most_change)
    assert ((plan.reasons & Reason.CHANGE_BROKEN > 0) == broken).all()
    enough = np.bincount(group, low, minlength=2) <= np.asarray(capacity)
    assert (plan.visits >= low)[enough[group]].all()


@given(town, st.integers(0, 12))
def test_visits_are_the_same_whatever_other_townships_do(grids, capacity):
    rate, group, limits = limits_of(grids, [capacity, 0], 1)
    own = group == 0

    together = frequency.allocate(rate, group, limits).visits[own]

    only = Limits([capacity], limits.floor[own], limits.ceiling[own], limits.previous[own], 1)
    assert (together == frequency.allocate(rate[own], group[own], only).visits).all()


def test_visits_go_where_the_next_one_adds_most():
    """Gains of 10: 3, 2.1, 1.47, 1.03; of 6: 1.8, 1.26; of 1: 0.3."""
    plan = frequency.allocate([10.0, 6.0, 1.0], [0, 0, 0], Limits([5], 0, 7))

    assert plan.visits.tolist() == [3, 2, 0]
    assert plan.last_gain == pytest.approx([1.47, 1.26, 0.0])
    assert plan.next_gain == pytest.approx([1.029, 0.882, 0.3])
    assert [reasons(plan, grid) for grid in range(3)] == [Reason.CAPACITY] * 3


def test_equal_grids_share_alike_and_the_first_gets_what_is_left():
    plan = frequency.allocate([4.0, 4.0, 4.0], [0, 0, 0], Limits([5], 0, 7))

    assert plan.visits.tolist() == [2, 2, 1]


def test_the_floor_the_ceiling_and_the_change_limit_name_themselves():
    rates = [0.001, 50.0, 50.0, 0.001, 5.0]
    previous = [-1, -1, 1, 6, 1]

    plan = frequency.allocate(rates, [0] * 5, Limits([14], 1, [9, 3, 9, 9, 9], previous, 2))

    assert plan.visits.tolist() == [1, 3, 3, 4, 3]
    assert reasons(plan, 0) == Reason.FLOOR | Reason.CAPACITY
    assert reasons(plan, 1) == Reason.CEILING
    assert reasons(plan, 2) == Reason.CHANGE_LIMITED_UP | Reason.RISING
    assert reasons(plan, 3) == Reason.CHANGE_LIMITED_DOWN | Reason.FALLING | Reason.CAPACITY
    assert reasons(plan, 4) == Reason.CHANGE_LIMITED_UP | Reason.RISING


def test_the_floor_and_the_ceiling_come_before_the_change_limit():
    plan = frequency.allocate([1.0, 1.0], [0, 0], Limits([20], [4, 0], [9, 5], [0, 9], 1))

    assert plan.visits.tolist() == [4, 5]
    assert all(reasons(plan, grid) & Reason.CHANGE_BROKEN for grid in range(2))


def test_floors_above_the_capacity_go_to_the_grids_that_expect_most():
    plan = frequency.allocate([1.0, 9.0, 5.0, 3.0], [0] * 4, Limits([5], 2, 7))

    assert plan.visits.tolist() == [0, 2, 2, 1]
    lost = [bool(reasons(plan, grid) & Reason.FLOOR_LOST) for grid in range(4)]
    assert lost == [True, False, False, True]


def test_a_township_without_capacity_has_no_visits_and_says_so():
    plan = frequency.allocate([3.0, 3.0], [0, 1], Limits([0, 2], 1, 7))

    assert plan.visits.tolist() == [0, 2]
    assert reasons(plan, 0) == Reason.FLOOR_LOST | Reason.CAPACITY


def test_visits_that_meet_nothing_are_left_over():
    plan = frequency.allocate([0.0, 2.0], [0, 0], Limits([9], [1, 0], 3))

    assert plan.visits.tolist() == [1, 3]
    assert plan.spare.tolist() == [5]


def test_one_visit_that_meets_everything_is_enough():
    plan = frequency.allocate([5.0, 2.0], [0, 0], Limits([9], 0, 3), detect=1.0)

    assert plan.visits.tolist() == [1, 1]
    assert plan.met.tolist() == [5.0, 2.0]


def test_a_plan_for_no_grids_is_empty():
    plan = frequency.allocate([], [], Limits([3], 0, 7))

    assert plan.visits.tolist() == []
    assert plan.spare.tolist() == [3]


@pytest.mark.parametrize(
    "limits",
    [Limits([1], 3, 2), Limits([-1], 0, 2), Limits([1], -1, 2), Limits([1], 0, 2, 1, -1)],
)
def test_contradicting_and_negative_limits_are_refused(limits):
    with pytest.raises(ValueError, match="limit"):
        frequency.allocate([1.0], [0], limits)


@pytest.mark.parametrize(("rate", "detect"), [(-1.0, 0.3), (np.nan, 0.3), (1.0, 0.0), (1.0, 1.1)])
def test_impossible_rates_and_chances_are_refused(rate, detect):
    with pytest.raises(ValueError, match="detect"):
        frequency.allocate([rate], [0], Limits([1], 0, 2), detect)
