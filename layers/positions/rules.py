"""What is thought of a position that a phone sends. Pure.

Kept with their verdict are the good, the poor, the mock and the impossible ones; only good ones
say where a squad is. Dropped are those that are no positions, those from the future, those too old
to belong to a shift of these days, and whatever was sent off duty.
"""

import math
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple


class Verdict(StrEnum):
    GOOD = auto()
    POOR = auto()
    """So inaccurate that it may be another grid."""
    MOCK = auto()
    """The phone says that an app made it up."""
    IMPOSSIBLE = auto()
    """Too fast, seen from the fixes next to it in time: geo.tracks."""
    INVALID = auto()
    ZERO = auto()
    """Null island: what trackers send before they know where they are."""
    FUTURE = auto()
    OLD = auto()
    OFF_DUTY = auto()
    MISNAMED = auto()
    """A device's token, sent under the name of another one: two phones were mixed up."""


class Refusal(StrEnum):
    """Why something that came with a device's token could not be judged at all."""

    DISABLED = auto()
    UNREADABLE = auto()


AHEAD = timedelta(minutes=5)
"""Clocks differ by so much."""
OLDEST = timedelta(days=3)
"""A phone that was without a signal for a weekend."""
POOREST_M = 200.0
AT_ONCE, ON_THE_WAY_M = timedelta(minutes=2), 500.0
"""A phone with a signal sends so soon; and whoever is so far from where it stood has moved, however
poor both fixes are."""
HOMEWARD = timedelta(minutes=15)
"""For so long after a shift its squad may still be on the way back; and so long before the word of
its end came the phone that said it had found no signal."""
ZERO_WITHIN = 0.001  # degrees


class Fix(NamedTuple):
    """A position as it was sent: degrees on WGS 84, metres, metres a second."""

    fix_time: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_ms: float | None = None
    mock: bool = False
    valid: bool = True

    def by(self, received_at: datetime) -> "Fix":
        """A clock that runs ahead says no more than that it was now: a position from the future
        would keep the true ones after it out."""
        return self._replace(fix_time=min(self.fix_time, received_at))


def judged(fix: Fix, received_at: datetime) -> Verdict:
    """What a fix is by itself."""
    if not fix.valid or not _is_place(fix.lon, fix.lat):
        return Verdict.INVALID
    if abs(fix.lon) < ZERO_WITHIN and abs(fix.lat) < ZERO_WITHIN:
        return Verdict.ZERO
    if fix.fix_time > received_at + AHEAD:
        return Verdict.FUTURE
    if fix.fix_time < received_at - OLDEST:
        return Verdict.OLD
    if fix.mock:
        return Verdict.MOCK
    accurate = fix.accuracy_m is None or fix.accuracy_m <= POOREST_M
    return Verdict.GOOD if accurate else Verdict.POOR


KEPT = frozenset({Verdict.GOOD, Verdict.POOR, Verdict.MOCK})
"""What a fix may be by itself to be kept."""


def _is_place(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
