"""Who goes where when several cases wait: the best for all together, not one by one.

Always sending the nearest squad is not best for all: with every squad in use it costs up to 42 %
more travel than the joint optimum (Carter, Chaiken and Ignall 1971 gave the reason; performance.md
the figures). What is least here is the weighted lateness of all cases, and among plans that are
equally late the travel time, with what speaks against a squad as the ranking of one case counts it.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pairs: TypeAlias = list[tuple[int, int]]


@dataclass(frozen=True)
class Waiting:
    """Cases and squads that could go to them.

    `seconds` (squads, cases): from now until the squad can be there, inf where it cannot be sent or
    there is no way. `due` (cases,): in how many seconds somebody should be there, negative when
    that time is past. `weight` (cases,): whole numbers, at least 1. `slots` (squads,): how many of
    the cases a squad can take. `penalty` (squads,): seconds that speak against sending it beside
    its way, such as a rest. Raises ValueError where these do not fit together.
    """

    seconds: Floats
    due: Floats
    weight: Ints
    slots: Ints
    penalty: Floats

    def __post_init__(self) -> None:
        squads, cases = self.seconds.shape
        if (self.due.shape, self.weight.shape) != ((cases,), (cases,)):
            raise ValueError("seconds (squads, cases), due and weight (cases,)")
        if (self.slots.shape, self.penalty.shape) != ((squads,), (squads,)):
            raise ValueError("seconds (squads, cases), slots and penalty (squads,)")
        if np.isnan(self.seconds).any() or (self.seconds < 0).any():
            raise ValueError("seconds are not negative and never nan")
        if (self.weight < 1).any() or (self.slots < 0).any():
            raise ValueError("a weight is at least 1, slots are not negative")
        if not (np.isfinite(self.penalty) & (self.penalty >= 0)).all():
            raise ValueError("penalty seconds are finite and not negative")

    @property
    def effort(self) -> Floats:
        """(squads, cases) whole seconds of the way and of what speaks against it."""
        return np.asarray(np.round(self.seconds + self.penalty[:, None]))

    @property
    def lateness(self) -> Floats:
        """(squads + 1, cases) weighted whole seconds late, inf where a squad cannot go. The last
        row is of cases left waiting: they count as if somebody came half an hour after the longest
        of all ways, when a squad has done its work. Nothing is ever gained by leaving one."""
        reachable = np.isfinite(self.seconds)
        longest = self.seconds[reachable].max(initial=0.0)
        arrival = np.vstack([self.seconds, np.full(len(self.due), longest + HALF_HOUR)])
        late = np.maximum(np.round(arrival) - np.round(self.due), 0) * self.weight
        return np.asarray(late)


def waiting(
    seconds: ArrayLike, due: ArrayLike, weight: ArrayLike, slots: ArrayLike,
    penalty: ArrayLike | None = None,
) -> Waiting:  # fmt: skip
    """The same from anything that is like arrays."""
    cases, squads = np.asarray(due, np.float64), np.asarray(slots, np.int64)
    times = np.asarray(seconds, np.float64).reshape(len(squads), len(cases))
    against = np.zeros(len(squads)) if penalty is None else np.asarray(penalty, np.float64)
    return Waiting(times, cases, np.asarray(weight, np.int64), squads, against)


def urgency(priority: ArrayLike, due: ArrayLike) -> Ints:
    """Weights (cases,) by priority (0, 1 or 2: each weighs three times the one below) and by how
    long somebody should have been there: once more for each half hour, up to four, so that a
    distant case is not passed by for ever."""
    late = np.clip(-np.asarray(due, np.float64) // HALF_HOUR, 0, 4).astype(np.int64)
    return np.asarray(3 ** np.asarray(priority, np.int64) * (1 + late))


HALF_HOUR = 1800


def jointly(asked: Waiting) -> Pairs:
    """(squad, case) by case: of all plans those with the least weighted lateness, of these those
    that send the most, and of these the one with the least effort, in whole seconds.

    Exact (the algorithm of Jonker and Volgenant as modified by Crouse 2016, in scipy), while the
    three in one sum stay whole numbers that a float can hold (2^53): with 1,000 cases and squads up
    to two hours apart.
    """
    rows = np.repeat(np.arange(len(asked.slots)), np.minimum(asked.slots, len(asked.due)))
    effort = asked.effort[rows]
    if not effort.size:
        return []
    squads, cases = linear_sum_assignment(_cost(asked.lateness, rows, effort))
    sent = np.isfinite(effort[squads, cases])
    pairs = zip(rows[squads[sent]].tolist(), cases[sent].tolist(), strict=True)
    return sorted(pairs, key=lambda pair: pair[1])


def _cost(late: Floats, rows: Ints, effort: Floats) -> Floats:
    """What each pair costs beside leaving the case: lateness first, then that somebody goes, then
    the effort."""
    reachable = np.isfinite(effort)
    most = min(effort.shape)
    nobody = most * effort[reachable].max(initial=0.0) + 1
    saved = np.where(reachable, late[rows] - late[-1], 0.0)
    return np.asarray(saved * (most * nobody + 1) + np.where(reachable, effort, nobody))


def one_by_one(asked: Waiting) -> Pairs:
    """The same as whoever sends the nearest does it: the weightiest case first, then the one that
    is due first, each to the squad that is recommended first."""
    left, effort, chosen = asked.slots.copy(), asked.effort, list[tuple[int, int]]()
    for case in np.lexsort((asked.due, -asked.weight)).tolist():
        times = np.where(left > 0, effort[:, case], np.inf)
        squad = int(np.argmin(times)) if len(times) else -1
        if squad >= 0 and np.isfinite(times[squad]):
            left[squad] -= 1
            chosen.append((squad, case))
    return sorted(chosen, key=lambda pair: pair[1])


def total(asked: Waiting, pairs: Pairs) -> tuple[float, float]:
    """Of a plan: weighted seconds late of all cases, those left waiting too, and seconds of
    travel, whatever speaks against whom."""
    squads = np.full(len(asked.due), len(asked.slots))
    for squad, case in pairs:
        squads[case] = squad
    late = asked.lateness[squads, np.arange(len(asked.due))]
    return float(late.sum()), float(sum(np.round(asked.seconds[pair]) for pair in pairs))
