"""Joint assignment: exact against all plans there are, and never worse than one by one."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assignment import jointly, one_by_one, total, urgency, waiting


@st.composite
def problems(draw, most=12):
    squads, cases = draw(st.integers(0, most)), draw(st.integers(0, most))
    minutes = st.one_of(st.just(float("inf")), st.integers(0, 6000).map(float))
    row = st.lists(minutes, min_size=cases, max_size=cases)
    due = draw(st.lists(st.integers(-7200, 5400), min_size=cases, max_size=cases))
    priority = draw(st.lists(st.integers(0, 2), min_size=cases, max_size=cases))
    slots = draw(st.lists(st.integers(0, 2), min_size=squads, max_size=squads))
    seconds = draw(st.lists(row, min_size=squads, max_size=squads))
    penalty = draw(st.lists(st.integers(0, 1200), min_size=squads, max_size=squads))
    return waiting(seconds, due, urgency(priority, due), slots, penalty)


def every_plan(asked):
    """All ways to send squads to cases."""
    rows = np.repeat(np.arange(len(asked.slots)), asked.slots).tolist()
    cases = range(len(asked.due))
    for size in range(min(len(rows), len(cases)) + 1):
        for chosen in combinations(cases, size):
            for order in permutations(rows, size):
                pairs = list(zip(order, chosen, strict=True))
                if all(np.isfinite(asked.seconds[pair]) for pair in pairs):
                    yield pairs


@settings(max_examples=60, deadline=None)
@given(problems(most=4))
def test_no_plan_is_less_late_or_sends_more_or_takes_less_effort(asked):
    def worth(plan):
        return total(asked, plan)[0], -len(plan), sum(asked.effort[pair] for pair in plan)

    assert worth(jointly(asked)) == min(map(worth, every_plan(asked)))


def test_who_rests_is_sent_where_nobody_else_is_in_time_and_otherwise_not():
    resting = waiting([[60], [300]], due=[600], weight=[1], slots=[1, 1], penalty=[900, 0])
    pressing = waiting([[60], [300]], due=[200], weight=[1], slots=[1, 1], penalty=[900, 0])

    assert jointly(resting) == one_by_one(resting) == [(1, 0)]
    assert jointly(pressing) == [(0, 0)]
    assert total(pressing, [(0, 0)]) == (0, 60)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_it_is_never_worse_than_sending_the_nearest_one_by_one(asked):
    together, alone = jointly(asked), one_by_one(asked)

    for plan in (together, alone):
        used = np.bincount([squad for squad, _ in plan], minlength=len(asked.slots))
        assert (used <= asked.slots).all()
        assert len({case for _, case in plan}) == len(plan)
    assert total(asked, together)[0] <= total(asked, alone)[0]


def test_the_nearest_squad_is_left_to_the_case_that_has_no_other():
    """Both are nearest to the first squad; the second case is far from the other one."""
    asked = waiting([[60, 120], [180, 3600]], due=[600, 600], weight=[1, 1], slots=[1, 1])

    assert one_by_one(asked) == [(0, 0), (1, 1)]
    assert jointly(asked) == [(1, 0), (0, 1)]


def test_the_only_squad_goes_where_it_presses():
    asked = waiting([[300, 900]], due=[-60, -60], weight=urgency([0, 2], [-60, -60]), slots=[1])

    assert jointly(asked) == [(0, 1)]
    assert urgency([0, 1, 2, 0], [0, 0, 0, -4000]).tolist() == [1, 3, 9, 3]


def test_a_second_less_late_is_worth_any_way_and_who_is_far_is_not_left_for_that():
    near = waiting([[601, 6000], [600, 100]], due=[600, 6000], weight=[1, 1], slots=[1, 1])
    far = waiting([[7200, 100]], due=[0, 0], weight=[9, 1], slots=[1])

    assert jointly(near) == [(1, 0), (0, 1)]
    assert jointly(far) == [(0, 0)]


def test_one_by_one_the_weightiest_case_comes_first():
    assert one_by_one(waiting([[300, 300]], due=[0, 60], weight=[1, 3], slots=[1])) == [(0, 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": [[np.nan]]}, {"seconds": [[-1]]}, {"weight": [0]}, {"slots": [-1]},
        {"weight": [1, 1]}, {"penalty": [-1]}, {"penalty": [np.inf]}, {"penalty": [1, 1]},
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(wrong):
    with pytest.raises(ValueError, match=r"seconds|weight"):
        waiting(**{"seconds": [[1]], "due": [1], "weight": [1], "slots": [1]} | wrong)
