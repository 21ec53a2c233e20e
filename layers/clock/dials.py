"""What a clock shows at an instant, and when it shows so much. Exact, in whole microseconds.

A reading never falls. Deadlines are the earliest instant of a reading: what ends with the morning
shift ends at noon and not at two.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from layers.clock.calendars import Almanac, Calendar, Ints, almanac, opening
from layers.clock.limits import Kind
from layers.errors import Invalid

DAY = 86_400_000_000
"""Microseconds that a whole day counts, however long it was."""


class Dial(Protocol):
    def begin(self, at: Ints) -> Ints:
        """From when on time counts that starts with an event at these instants."""

    def read(self, at: Ints) -> Ints:
        """What is shown at these instants."""

    def when(self, shown: Ints) -> Ints:
        """The first instants at which so much is shown."""


class Continuous:
    """Shows the instant itself."""

    def begin(self, at: Ints) -> Ints:
        return at

    def read(self, at: Ints) -> Ints:
        return at

    def when(self, shown: Ints) -> Ints:
        return shown


@dataclass(frozen=True, eq=False)
class Shifts:
    """Runs from `opens` to `closes`; `before` is what it shows at each opening."""

    known: Almanac
    opens: Ints
    closes: Ints
    before: Ints

    def begin(self, at: Ints) -> Ints:
        return at

    def read(self, at: Ints) -> Ints:
        _check(at, self.known)
        shift = np.searchsorted(self.opens, at, "right") - 1
        worked = np.minimum(at, self.closes[shift]) - self.opens[shift]
        return np.where(shift < 0, 0, self.before[shift] + worked)

    def when(self, shown: Ints) -> Ints:
        shift = np.searchsorted(self.before, shown, "left") - 1
        at = self.opens[shift] + shown - self.before[shift]
        if np.any((shift < 0) | (at > self.closes[shift])):
            raise Invalid("beyond_calendar")
        return np.asarray(at)


@dataclass(frozen=True, eq=False)
class WholeDays:
    """Moves by one at the end of each day that counts, and that day counts only if it runs then.

    The day of the event does not count (民法典 §201, 民事诉讼法 §85); the last one ends at 24:00
    (民法典 §203). Limits of up to ten days in 行政强制法 are working days (its §69).
    """

    known: Almanac
    ends: Ints

    def begin(self, at: Ints) -> Ints:
        _check(at, self.known)
        following = np.minimum(self.known.day_of(at) + 1, len(self.known.days))
        return np.asarray(self.known.midnights[following])

    def read(self, at: Ints) -> Ints:
        _check(at, self.known)
        return np.searchsorted(self.ends, at, "right") * DAY

    def when(self, shown: Ints) -> Ints:
        day = shown // DAY - 1
        if np.any((day < 0) | (day >= len(self.ends))):
            raise Invalid("beyond_calendar")
        return np.asarray(self.ends[day])


@lru_cache(maxsize=32)
def dial(kind: Kind, calendar: Calendar) -> Dial:
    """The clock of this kind in a calendar."""
    known = almanac(calendar)
    match kind:
        case Kind.CONTINUOUS:
            return Continuous()
        case Kind.WORKING_HOURS:
            opens, closes = opening(calendar, 0), opening(calendar, 1)
            before = np.cumsum(closes - opens) - (closes - opens)
            return Shifts(known, opens, closes, before)
        case Kind.WORKING_DAYS:
            return WholeDays(known, known.midnights[1:][known.worked])
        case Kind.CALENDAR_DAYS:
            return WholeDays(known, known.midnights[1:])


def _check(at: Ints, known: Almanac) -> None:
    if np.any((at < known.midnights[0]) | (at > known.midnights[-1])):
        raise Invalid("beyond_calendar")
