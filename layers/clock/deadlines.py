"""From a limit and a start to a deadline, and back.

A deadline has come exactly when the time elapsed has reached the limit: at an instant t,
`due(limit, start) <= t` is the same as `elapsed(kind, start, t) >= limit.amount`, with pauses and
without.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto

import numpy as np
from numpy.typing import NDArray

from layers.clock.calendars import Calendar, Ints, almanac
from layers.clock.dials import DAY, Dial, dial
from layers.clock.limits import Kind, Limit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEVER = np.iinfo(np.int64).min
"""What numpy keeps NaT as."""


@dataclass(frozen=True)
class Pause:
    """The clock stands from `begin` until `end`; None is open, it still stands."""

    begin: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.begin:
            raise ValueError(f"a pause ends before it begins: {self}")


@dataclass(frozen=True)
class Due:
    """The last instant in time; None while the clock stands and nobody knows for how long.

    `provisional` says that holidays may still change it, because a year it was counted through is
    not published.
    """

    at: datetime | None
    provisional: bool = False


@dataclass(frozen=True, eq=False)
class Dues:
    """Many of them: UTC, NaT for None."""

    at: NDArray[np.datetime64]
    provisional: NDArray[np.bool_]


class State(StrEnum):
    ON_TIME = auto()
    DUE_SOON = auto()
    OVERDUE = auto()
    SUSPENDED = auto()


def due(limit: Limit, start: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()) -> Due:
    """When the limit has run out."""
    starts = np.array([_micros(start)]).astype("M8[us]")
    found = due_many([limit], starts, calendar, [pauses])
    at = int(found.at.astype(np.int64)[0])
    return Due(None if at == NEVER else _moment(at), bool(found.provisional[0]))


def due_many(
    limits: Sequence[Limit],
    starts: NDArray[np.datetime64],
    calendar: Calendar,
    pauses: Sequence[Sequence[Pause]] | None = None,
) -> Dues:
    """When each limit has run out that began at the start (UTC) beside it."""
    at, provisional = np.full(len(limits), NEVER), np.zeros(len(limits), dtype=bool)
    begun = starts.astype("M8[us]").astype(np.int64)
    amounts = np.array([limit.amount // MICROSECOND for limit in limits], dtype=np.int64)
    for kind in {limit.kind for limit in limits}:
        rows = [row for row, limit in enumerate(limits) if limit.kind is kind]
        clock = dial(kind, calendar)
        first = clock.begin(begun[rows])
        shown = clock.read(first) + amounts[rows]
        if pauses is not None:
            known = zip(first.tolist(), shown.tolist(), rows, strict=True)
            shown[:] = [_pushed(clock, start, end, pauses[row]) for start, end, row in known]
        at[rows], provisional[rows] = _ends(kind, calendar, first, shown)
    return Dues(at.astype("M8[us]"), provisional)


def _ends(
    kind: Kind, calendar: Calendar, first: Ints, shown: Ints
) -> tuple[Ints, NDArray[np.bool_]]:
    """When the clocks show so much, and whether holidays may still change that."""
    at, provisional = shown.copy(), np.zeros(len(shown), dtype=bool)
    known = shown != NEVER
    at[known] = dial(kind, calendar).when(shown[known])
    if kind.by_calendar:
        days = almanac(calendar)
        provisional[known] = days.uncertain(days.day_of(first[known]), days.day_ending(at[known]))
    return at, provisional


def _pushed(clock: Dial, begun: int, shown: int, pauses: Iterable[Pause]) -> int:
    """What the clock will show at the deadline, with the time it stood; NEVER while it stands."""
    for begin, end in _apart(pauses, begun):
        if _shown(clock, begin) >= shown:
            break
        if end is None:
            return NEVER
        shown += _shown(clock, end) - _shown(clock, begin)
    return shown


def _shown(clock: Dial, at: int) -> int:
    return int(clock.read(np.array(at)))


def _apart(pauses: Iterable[Pause], begun: int) -> list[tuple[int, int | None]]:
    """From and to of each pause after the start, in order, those that meet as one."""
    apart: list[tuple[int, int | None]] = []
    for pause in sorted(pauses, key=lambda one: one.begin):
        begin = max(_micros(pause.begin), begun)
        end = None if pause.end is None else max(_micros(pause.end), begun)
        if apart and (apart[-1][1] is None or begin <= apart[-1][1]):
            begin, before = apart.pop()
            end = None if before is None or end is None else max(before, end)
        apart.append((begin, end))
    return apart


def elapsed(
    kind: Kind,
    start: datetime,
    end: datetime,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
) -> timedelta:
    """How much time of this kind has passed, without pauses; nothing before the start."""
    clock = dial(kind, calendar)
    begun = int(clock.begin(np.array(_micros(start))))
    until = max(_micros(end), begun)
    passed = _shown(clock, until) - _shown(clock, begun)
    for begin, back in _apart(pauses, begun):
        stood = min(begin, until), until if back is None else min(back, until)
        passed -= _shown(clock, stood[1]) - _shown(clock, stood[0])
    return passed * MICROSECOND


def remaining(
    limit: Limit,
    start: datetime,
    now: datetime,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
) -> timedelta:
    """What is left of the limit on its own clock; less than nothing once it is overdue."""
    return limit.amount - elapsed(limit.kind, start, now, calendar, pauses)


def state(due: Due, now: datetime, soon: timedelta) -> State:
    """How a deadline stands; within `soon` of it, by the wall clock, it is due soon.

    The last instant is still in time.
    """
    if due.at is None:
        return State.SUSPENDED
    if now > due.at:
        return State.OVERDUE
    return State.DUE_SOON if due.at - now <= soon else State.ON_TIME


def moved_on(due: Due, calendar: Calendar) -> Due:
    """The end of the next day that is worked, where the last day of a period is a day of rest.

    For periods of procedure, whose days between are all counted (民法典 §203, 民事诉讼法 §85);
    weekends are days of rest and days worked in their place are not. Which periods it holds for is
    for their own law to say.
    """
    if due.at is None:
        return due
    days, clock = almanac(calendar), dial(Kind.WORKING_DAYS, calendar)
    last = days.day_ending(np.array(_micros(due.at)))
    moved = clock.when(clock.read(days.midnights[last]) + DAY)
    uncertain = days.uncertain(last, days.day_ending(moved))
    return Due(_moment(int(moved)), due.provisional or bool(uncertain))


def _micros(at: datetime) -> int:
    """Microseconds since 1970. A time without a zone is nobody's time."""
    return (at - EPOCH) // MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + micros * MICROSECOND
