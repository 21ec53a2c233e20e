"""How much time there is, and on which clock."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto

from layers.errors import Invalid


class Kind(StrEnum):
    """What makes a clock run."""

    CONTINUOUS = auto()
    """Always; 紧急工作时."""
    WORKING_HOURS = auto()
    """In the shifts of days that are worked; 工作时."""
    WORKING_DAYS = auto()
    """Whole days that are worked; 工作日."""
    CALENDAR_DAYS = auto()
    """Whole days; 自然日."""

    @property
    def whole_days(self) -> bool:
        return self in {Kind.WORKING_DAYS, Kind.CALENDAR_DAYS}

    @property
    def by_calendar(self) -> bool:
        """Whether holidays change it."""
        return self in {Kind.WORKING_HOURS, Kind.WORKING_DAYS}


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """An amount of time on a clock, above nothing; whole days where the clock counts days."""

    kind: Kind
    amount: timedelta

    def __post_init__(self) -> None:
        if self.amount <= timedelta(0) or (self.kind.whole_days and self.amount % DAY):
            raise ValueError(f"no limit: {self.amount} of {self.kind}")

    def extended(self, by: "Limit") -> "Limit":
        """Both one after the other. An extension is given on the clock of its limit."""
        if by.kind is not self.kind:
            raise ValueError(f"{by.kind} cannot extend {self.kind}")
        return Limit(self.kind, self.amount + by.amount)

    def __str__(self) -> str:
        """As limit_of reads it: 30m, 4wh, 7wd, 15d."""
        for name, (kind, unit) in UNITS.items():
            if kind is self.kind and not self.amount % unit:
                return f"{self.amount // unit}{name}"
        raise ValueError(f"not in whole minutes: {self.amount}")


# The longest first for each clock, so that a limit is told in the fewest.
UNITS = {
    "h": (Kind.CONTINUOUS, HOUR),
    "m": (Kind.CONTINUOUS, MINUTE),
    "wh": (Kind.WORKING_HOURS, HOUR),
    "wm": (Kind.WORKING_HOURS, MINUTE),
    "wd": (Kind.WORKING_DAYS, DAY),
    "d": (Kind.CALENDAR_DAYS, DAY),
}
NAMES = {name: name for name in UNITS} | {
    "小时": "h", "紧急工作时": "h", "hour": "h",
    "分钟": "m", "分": "m", "min": "m", "minute": "m",
    "工作时": "wh", "工作小时": "wh", "working hour": "wh",
    "工作分钟": "wm", "working minute": "wm",
    "工作日": "wd", "个工作日": "wd", "working day": "wd",
    "天": "d", "日": "d", "自然日": "d", "日历日": "d", "calendar day": "d", "day": "d",
}  # fmt: skip
WRITTEN = re.compile(r"\s*([1-9][0-9]{0,4})\s*(\D+?)s?\s*", re.ASCII)


def limit_of(text: str) -> Limit:
    """Read 30m, 2h, 4wh, 7wd or 15d, and their like in words: 4 工作时, 7 working days.

    Raises Invalid `bad_limit` for anything else.
    """
    written = WRITTEN.fullmatch(text.lower())
    unit = NAMES.get(written[2]) if written else None
    if written is None or unit is None:
        raise Invalid("bad_limit", limit=text)
    kind, size = UNITS[unit]
    return Limit(kind, int(written[1]) * size)
