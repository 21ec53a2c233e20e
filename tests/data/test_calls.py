"""What comes in at the practice town's desk."""

import numpy as np

from data.calls import calls

MINUTE = 60.0


def test_a_busy_squad_is_nearest_to_what_presses_and_sending_together_is_worth_it() -> None:
    """Only the second squad comes to the third place in time; nearest first it is sent to the
    second, where the first squad would be a minute later. The third squad goes to what presses."""
    free = np.array([[1, 4, 29, 9, 1], [1, 3, 5, 9, 1], [60, 60, 60, 2, 60]]) * MINUTE
    own = np.array([9, 9, 9, 1, 9]) * MINUTE

    found = calls(free, own)

    assert [(call.place, call.priority) for call in found if call.priority] == [(3, 2)]
    assert [(call.place, call.minutes) for call in found if not call.priority] == [(1, 18), (2, 18)]


def test_there_are_cases_whether_there_are_many_to_send_or_nobody() -> None:
    nobody = calls(np.empty((0, 4)), np.full(4, np.inf))
    many = calls(np.full((9, 4), MINUTE), np.full(4, np.inf))

    assert len({call.place for call in nobody}) == 3
    assert {call.place for call in many} == {0, 1, 2, 3}
