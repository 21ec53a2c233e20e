"""Holidays and the days worked in their place: those we bring along, and a bureau's own over them.

Brought along are the arrangements that the State Council published, each row with the number of
its notice (国办发明电, read in the People's Daily of 2023-10-26 and by Xinhua of 2024-11-12 and
2025-11-04). Later years are not guessed: a bureau imports them once they are published.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from layers.clock.calendars import OFFICE_HOURS, Calendar, Shift


class DayKind(StrEnum):
    REST = auto()
    WORK = auto()


@dataclass(frozen=True)
class Day:
    """A day on which it counts what is written here, and not the weekday."""

    date: date
    kind: DayKind
    name_zh: str
    name_en: str
    notice: str | None = None


@cache
def shipped() -> tuple[Day, ...]:
    """The national days that come with the product, in order."""
    with Path(__file__).with_name("holidays.csv").open(encoding="utf-8", newline="") as opened:
        return tuple(
            Day(date.fromisoformat(row.pop("date")), DayKind(row.pop("kind")), **row)
            for row in csv.DictReader(opened)
        )


def published(days: Iterable[Day]) -> frozenset[int]:
    """The years of which 1 January is among the days.

    Every notice names it, and only the notice of its own year. A local day off publishes nothing.
    """
    return frozenset(day.date.year for day in days if (day.date.month, day.date.day) == (1, 1))


def calendar_of(
    days: Iterable[Day], zone: ZoneInfo, shifts: tuple[Shift, ...] = OFFICE_HOURS
) -> Calendar:
    """The calendar that days make; of two about one date the later one counts."""
    known = {day.date: day for day in days}
    by_kind = {
        kind: frozenset(day.date for day in known.values() if day.kind is kind) for kind in DayKind
    }
    return Calendar(
        zone, by_kind[DayKind.REST], by_kind[DayKind.WORK], published(known.values()), shifts
    )
