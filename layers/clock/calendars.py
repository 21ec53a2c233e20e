"""When work is done: a zone, shifts, weekly rest, holidays and days worked in their place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import Invalid

Shift: TypeAlias = tuple[int, int]
"""From and to, in minutes after midnight on the wall clock."""
Ints: TypeAlias = NDArray[np.int64]
Days: TypeAlias = NDArray[np.datetime64]

OFFICE_HOURS: tuple[Shift, ...] = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))
SATURDAY, SUNDAY = 5, 6
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
"""The days that are drawn out; a clock that is asked beyond them refuses."""
SPILL = np.timedelta64(4, "D")
"""New Year may move the last days of December, as on 29 to 31 December 2007: until the coming year
is published they are not certain either."""


@dataclass(frozen=True)
class Calendar:
    """`rest` and `worked` are the days that are not what their weekday is (0 is Monday).

    In years that are not `published` only the weekly rest is known.
    """

    zone: ZoneInfo
    rest: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    published: frozenset[int] = frozenset()
    shifts: tuple[Shift, ...] = OFFICE_HOURS
    weekly_rest: frozenset[int] = frozenset({SATURDAY, SUNDAY})

    def __post_init__(self) -> None:
        if not _in_order(self.shifts):
            raise ValueError(f"no shifts one after the other: {self.shifts}")


def _in_order(shifts: tuple[Shift, ...]) -> bool:
    ends = [minute for shift in shifts for minute in shift]
    return bool(ends) and ends[0] >= 0 and ends[-1] <= 24 * 60 and sorted(set(ends)) == ends


SHIFT = re.compile(r"\s*([01][0-9]|2[0-3]):([0-5][0-9])\s*-\s*([01][0-9]|2[0-4]):([0-5][0-9])\s*")


def shifts_of(text: str) -> tuple[Shift, ...]:
    """Read 08:00-12:00,14:00-18:00. A night shift is two: 22:00-24:00 and 00:00-06:00."""
    found = [SHIFT.fullmatch(part) for part in text.split(",")]
    numbers = [[int(n) for n in one.groups()] for one in found if one is not None]
    shifts = tuple((a * 60 + b, c * 60 + d) for a, b, c, d in numbers)
    if len(shifts) != len(found) or not _in_order(shifts):
        raise Invalid("bad_shifts", shifts=text)
    return shifts


@dataclass(frozen=True, eq=False)
class Almanac:
    """A calendar drawn out, day by day from FIRST to LAST."""

    days: Days
    midnights: Ints
    """When each day begins, and after the last when that one ends: microseconds since 1970, UTC."""
    worked: NDArray[np.bool_]
    unpublished: Ints
    """How many days before each day are not certain."""

    def day_of(self, at: Ints) -> Ints:
        """The number of the day in which the instants lie."""
        return np.searchsorted(self.midnights, at, "right") - 1

    def day_ending(self, at: Ints) -> Ints:
        """The same, but midnight belongs to the day that it ends."""
        return np.searchsorted(self.midnights, at, "left") - 1

    def uncertain(self, first: Ints, last: Ints) -> NDArray[np.bool_]:
        """Whether any of the days from first to last is not published."""
        return np.asarray(self.unpublished[last + 1] > self.unpublished[first])


@lru_cache(maxsize=8)
def almanac(calendar: Calendar) -> Almanac:
    days = np.arange(np.datetime64(FIRST), np.datetime64(LAST))
    midnights = np.append(days, np.datetime64(LAST))
    certain = _published(days, calendar) & _published(days + SPILL, calendar)
    return Almanac(
        days,
        utc_micros(midnights, 0, calendar.zone),
        _worked(days, calendar),
        np.concatenate([[0], np.cumsum(~certain)]),
    )


def _worked(days: Days, calendar: Calendar) -> NDArray[np.bool_]:
    weekdays = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    resting = np.isin(weekdays, sorted(calendar.weekly_rest))
    resting |= np.isin(days, _dates(calendar.rest))
    return np.asarray(~resting | np.isin(days, _dates(calendar.worked)))


def _dates(days: frozenset[date]) -> Days:
    return np.array(sorted(days), dtype="M8[D]")


def _published(days: Days, calendar: Calendar) -> NDArray[np.bool_]:
    years = days.astype("M8[Y]").astype(np.int64) + 1970
    return np.isin(years, sorted(calendar.published))


def utc_micros(days: Days, minutes: int, zone: ZoneInfo) -> Ints:
    """When the wall clock shows so many minutes after midnight.

    A time that it shows twice is its first showing; one that it skips is the moment it jumps to.
    """
    wall = pd.DatetimeIndex(days.astype("M8[us]") + np.timedelta64(minutes, "m"))
    first = np.ones(len(wall), dtype=bool)
    local = wall.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return np.asarray(local.tz_convert("UTC").tz_localize(None), dtype="M8[us]").astype(np.int64)


def opening(calendar: Calendar, side: int) -> Ints:
    """When the shifts of all worked days begin (side 0) or end (side 1), in order."""
    known = almanac(calendar)
    days = known.days[known.worked]
    columns: Sequence[Ints] = [
        utc_micros(days, shift[side], calendar.zone) for shift in calendar.shifts
    ]
    return np.column_stack(columns).ravel()
