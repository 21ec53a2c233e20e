"""The figures: what is counted among what, each with the version of its formula. Pure.

A condition is a code here and one piece of SQL in queries.CONDITIONS, which the number and the list
of its cases share. All of them look at a case as it stood when the period ended, so that the
figure of a period that is over stays what it was. Cases are roots: what was merged into another
counts nowhere. Indicators end at squad and grid; there is none of a person.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum, auto
from zoneinfo import ZoneInfo

from layers.errors import Invalid, NotFound

DENOMINATOR, NUMERATOR = "denominator", "numerator"
NO_DEADLINE, SUSPENDED, IMPORTED = "no_deadline", "suspended", "imported"
CLOCKLESS = (NO_DEADLINE, SUSPENDED, IMPORTED)
"""Of these nobody can say that they were due: counted apart, and never as being on time."""


@dataclass(frozen=True)
class Figure:
    """`among` are the conditions of the cases that it looks at, `counted` those of which it tells
    the share; or `minutes` what it measures of each. `apart`: what is counted beside it."""

    code: str
    version: int
    among: tuple[str, ...]
    counted: tuple[str, ...] = ()
    minutes: str | None = None
    apart: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What it is: how many, a share, or minutes."""
        return "minutes" if self.minutes else "share" if self.counted else "count"

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """The conditions of each list of cases that the figure opens."""
        counted = {NUMERATOR: self.among + self.counted} if self.counted else {}
        return {DENOMINATOR: self.among, **counted, **{name: (name,) for name in self.apart}}


CATALOGUE: Mapping[str, Figure] = {
    figure.code: figure
    for figure in (
        Figure("reported", 1, ("reported",), apart=(IMPORTED,)),
        Figure("closure", 2, ("due",), ("closed",), apart=CLOCKLESS),
        Figure("on_time", 2, ("due",), ("closed", "in_time"), apart=CLOCKLESS),
        Figure("rework", 2, ("ended",), ("reworked",)),
        Figure("return", 2, ("filed",), ("returned",)),
        Figure("extension", 2, ("due",), ("extended",)),
        Figure("valid", 1, ("decided", "by_grid_worker"), ("taken_up",)),
        Figure("satisfaction", 1, ("rated",), ("satisfied",)),
        Figure("arrive_order", 1, ("arrived",), minutes="from_order"),
        Figure("arrive_report", 1, ("arrived",), minutes="from_report"),
    )
}  # fmt: skip
"""The table. The formulas in words are in the catalogue, `figure.<code>.formula`. What was promised
to whoever reported is no deadline of the handling: `arrive_report` measures it, and what waits for
a squad counts among those without a deadline."""
SATISFIED_FROM = 4
PROMISED_MINUTES = 30.0
VALID_SOURCE = "grid_worker"
FILES = ("file", "reopen")
"""What was rejected and is taken up after all is filed by that."""
RETURNS = ("send_back", "decline")
"""A squad or a dispatcher gives it back; a dispatcher's own recall is none."""


def figure(code: str) -> Figure:
    if code not in CATALOGUE:
        raise NotFound("no_figure", code=code, known=list(CATALOGUE))
    return CATALOGUE[code]


def part(figure: Figure, name: str) -> tuple[str, ...]:
    """The conditions of one of its lists."""
    if name not in figure.parts:
        raise Invalid("no_part", part=name, known=list(figure.parts))
    return figure.parts[name]


# --- Groups and numbers -------------------------------------------------------------------------


class By(StrEnum):
    """What a table has a row for."""

    TOWNSHIP = auto()
    GRID = auto()
    SQUAD = auto()
    CLASS = auto()
    """The large class of the matter; its key is such as event-01."""


@dataclass(frozen=True)
class Cell:
    """One figure of one group: how many cases there are in each part, and what they measure."""

    figure: Figure
    parts: Mapping[str, int]
    median: float | None = None
    p90: float | None = None

    @property
    def value(self) -> float | None:
        """The share, or the median of the minutes; None where there is no case."""
        among = self.parts[DENOMINATOR]
        if self.figure.kind == "share":
            return self.parts[NUMERATOR] / among if among else None
        return self.median if self.figure.minutes else float(among)


@dataclass(frozen=True)
class Group:
    """A row of a table; `key` None: what lies in no such group."""

    key: str | None
    name_zh: str | None
    name_en: str | None
    cells: Mapping[str, Cell]


# --- Periods ------------------------------------------------------------------------------------

LONGEST = timedelta(days=366)
MONTH = re.compile(r"(2[01]\d\d)-(\d{2})", flags=re.ASCII)


@dataclass(frozen=True)
class Period:
    """Days, the last one not in it, in the bureau's zone."""

    first: date
    after: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.first >= self.after:
            raise Invalid("since_after_until", since=self.first, until=self.after)
        if self.after - self.first > LONGEST:
            raise Invalid("period_too_long", days=LONGEST.days)

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.after, time(), self.zone)

    def runs(self, today: date) -> bool:
        return self.first <= today < self.after


def week_from(monday: date, zone: ZoneInfo) -> Period:
    return Period(monday, monday + timedelta(days=7), zone)


def month(text: str, zone: ZoneInfo) -> Period:
    """A month such as 2026-11."""
    matched = MONTH.fullmatch(text)
    try:
        return _month(date(int(matched[1]), int(matched[2]), 1), zone) if matched else _bad(text)
    except ValueError:
        return _bad(text)


def _month(first: date, zone: ZoneInfo) -> Period:
    return Period(first, (first + timedelta(days=31)).replace(day=1), zone)


def _bad(text: str) -> Period:
    raise Invalid("bad_month", month=text)


def before(period: Period) -> Period:
    """The period to compare with: the month before a month, else as many days."""
    last = period.first - timedelta(days=1)
    if period == _month(period.first.replace(day=1), period.zone):
        return _month(last.replace(day=1), period.zone)
    return Period(period.first - (period.after - period.first), period.first, period.zone)


def compared(period: Period, today: date) -> tuple[Period, Period]:
    """A period and the one before. Of one that runs the days until today, beside as many of those
    before: what is not due yet would look like work left undone."""
    earlier = before(period)
    if not period.runs(today):
        return period, earlier
    days = today + timedelta(days=1) - period.first
    after = min(earlier.first + days, earlier.after)
    return replace(period, after=period.first + days), replace(earlier, after=after)


# --- What they say ------------------------------------------------------------------------------

FEW = 10
"""Of fewer cases nothing is said: no township is the best or the last, no squads are slow."""


@dataclass(frozen=True)
class Finding:
    """A sentence of the catalogue, `leader.told.<code>`, and what stands in it."""

    code: str
    values: Mapping[str, object]


def findings(now: Group, then: Group, townships: Sequence[Group]) -> list[Finding]:
    """What a leader should know of a period, in three sentences at most."""
    told = (_trend(now, then), _last(townships), _arrival(now))
    return [finding for finding in told if finding is not None]


def _trend(now: Group, then: Group) -> Finding:
    cell, earlier = now.cells["on_time"], then.cells["on_time"].value
    if cell.value is None:
        return Finding("nothing_due", {"reported": now.cells["reported"].parts[DENOMINATOR]})
    values: dict[str, object] = {"share": percent(cell.value), "due": cell.parts[DENOMINATOR]}
    if earlier is None:
        return Finding("on_time", values)
    points = round(100 * (cell.value - earlier), 1)
    word = "up" if points > 0 else "down" if points < 0 else "same"
    return Finding(f"on_time_{word}", {**values, "points": abs(points)})


def _last(townships: Sequence[Group]) -> Finding | None:
    """Where least is done in time, if there is anything to compare."""
    known = [
        (cell.value, group) for group in townships
        if (cell := group.cells["on_time"]).value is not None
        and group.key is not None and cell.parts[DENOMINATOR] >= FEW
    ]  # fmt: skip
    if len(known) < 2:
        return None
    low, last = min(known, key=lambda each: each[0])
    high, first = max(known, key=lambda each: each[0])
    if low == high:
        return None
    named = {"least": FEW, "last": last.name_zh, "first": first.name_zh}
    return Finding("last", {**named, "low": percent(low), "high": percent(high)})


def _arrival(now: Group) -> Finding | None:
    cell = now.cells["arrive_order"]
    if cell.median is None or cell.p90 is None or cell.parts[DENOMINATOR] < FEW:
        return None
    word = "within" if cell.p90 <= PROMISED_MINUTES else "beyond"
    values = {"median": round(cell.median), "p90": round(cell.p90)}
    return Finding(f"arrive_{word}", {**values, "cases": cell.parts[DENOMINATOR]})


def percent(share: float) -> float:
    return round(100 * share, 1)
