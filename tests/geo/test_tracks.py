"""Which fixes of a track cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.tracks import impossible

DEGREE_M = 111_195.0


def judged(*fixes: tuple[float, float], spread: float = 0.0, first=None) -> list[bool]:
    """Of (seconds, metres to the north) of a track."""
    seconds, metres = np.array(fixes, dtype=np.float64).reshape(-1, 2).T
    lonlat = np.column_stack([np.full_like(metres, 119.9), 29.7 + metres / DEGREE_M])
    return impossible(seconds, lonlat, np.full_like(metres, spread), first=first).tolist()


@pytest.mark.parametrize(
    ("track", "wrong"),
    [
        ([], []),
        ([(0, 0)], [False]),
        ([(0, 0), (10, 500)], [False, False]),
        ([(0, 0), (10, 9_000)], [False, True]),
        ([(0, 0), (10, 9_000), (20, 100)], [False, True, False]),
        ([(0, 0), (10, 9_000), (20, 19_000)], [False, True, True]),
        ([(0, 0), (10, 9_000), (20, 9_100)], [False, False, False]),
        ([(0, 0), (600, 20_000), (610, 20_100)], [False, False, False]),
        ([(0, 9_000), (10, 0), (20, 100)], [False, False, False]),
        ([(0, 0), (1, 140)], [False, False]),
    ],
    ids=["none", "one", "moving", "a jump at the end", "a jump", "two jumps",
         "a move that is borne out",
         "a drive without a signal", "a wrong beginning is none of the others' fault", "noise"],
)  # fmt: skip
def test_a_jump_is_told_by_the_fixes_next_to_it_in_time(track, wrong):
    assert judged(*track) == wrong


def test_an_inaccurate_fix_may_lie_further_away():
    assert judged((0, 0), (10, 900)) == [False, True]
    assert judged((0, 0), (10, 900), spread=160) == [False, False]


def test_tracks_beside_each_other_know_nothing_of_each_other():
    both = judged((0, 0), (10, 100), (0, 90_000), (10, 90_100), first=[True, False, True, False])

    assert both == [False] * 4


@given(st.lists(st.tuples(st.integers(1, 600), st.integers(0, 9_000)), min_size=5, max_size=12))
def test_a_verdict_hangs_on_the_two_neighbours_alone(steps):
    """So that a late fix changes those right before and after it, and no others."""
    track = [(float(sum(s for s, _ in steps[: n + 1])), float(m)) for n, (_, m) in enumerate(steps)]
    whole = judged(*track)

    apart = [judged(*track[n - 2 : n + 3])[2] for n in range(2, len(track) - 2)]

    assert apart == whole[2:-2]


def test_times_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match="rise"):
        judged((10, 0), (10, 5))
