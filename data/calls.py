"""What comes in while somebody sits at the practice town's desk: few cases, but such that it
matters whom one sends where."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from geo.assignment import Waiting, jointly, one_by_one, total, urgency, waiting

Floats = NDArray[np.float64]

MATTERS = ("S01", "S02", "S04", "S08", "S14")
"""What the teams of the townships deal with."""
FEWEST = 4
"""Of fewer places there is nothing to choose."""
PROMISED_S, FAR_S = 1_800, 1e6
URGENT = 2


@dataclass(frozen=True)
class Call:
    """At which of the places, since how many minutes, and how much it presses."""

    place: int
    minutes: int
    priority: int = 0


AGES, PRESSING, NEW = (24, 18, 12, 6), 6, 3
"""Minutes since they came: of two, each as late as can be; of one that presses; of the newest."""
SIGNING_IN_S = 180
"""Until somebody looks."""


def calls(seconds: Floats, own: Floats) -> list[Call]:
    """Cases at some of these places, which are FEWEST at least.

    `seconds` (squads, places): until each squad that is free can be there. `own` (places,): the
    same of a squad that has cases in hand, which should give way to the urgent one. The two that
    are due first gain most when squads are sent to all together, and then all come in time if that
    can be; one more has just come where there is a squad for it.
    """
    urgent = int(np.argmax(seconds.min(axis=0, initial=FAR_S) - own))
    others = [place for place in range(len(own)) if place != urgent]
    pair, ages = max(
        product(combinations(others, 2), product(AGES, AGES)),
        key=lambda tried: _worth(seconds, urgent, *tried),
    )
    rest = next(place for place in others if place not in pair)
    soon = [Call(place, age) for place, age in zip(pair, ages, strict=True)]
    told = [*soon, Call(urgent, PRESSING, URGENT), Call(rest, NEW)]
    in_time = int((seconds < PROMISED_S).any(axis=1).sum())
    return told[: max(in_time, len(told) - 1)]


def _worth(
    seconds: Floats, urgent: int, pair: tuple[int, ...], ages: tuple[int, ...]
) -> tuple[bool, float, int]:
    """Whether all come in time together, and how many weighted seconds later they come if each is
    given the nearest."""
    problem = _problem(seconds, urgent, pair, ages)
    late, alone = (total(problem, plan(problem))[0] for plan in (jointly, one_by_one))
    return late == 0 and alone > 0, alone - late, sum(ages)


def _problem(seconds: Floats, urgent: int, pair: tuple[int, ...], ages: tuple[int, ...]) -> Waiting:
    due = [PROMISED_S - SIGNING_IN_S - 60.0 * minutes for minutes in (PRESSING, *ages)]
    weight = urgency([URGENT, 0, 0], due)
    return waiting(seconds[:, [urgent, *pair]], due, weight, np.ones(len(seconds), np.int64))
