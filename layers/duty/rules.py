"""What a shift may be, and why a squad cannot be sent although it is on duty. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import NamedTuple
from uuid import UUID

from layers.errors import Invalid

LONGEST = timedelta(hours=24)
"""A shift is no longer."""
USUAL = timedelta(hours=12)
"""How long one lasts that was begun without a roster, unless somebody ends it."""
EARLY = timedelta(hours=6)
"""Whoever begins so long before a planned shift begins that one."""


LATE = timedelta(days=3)
"""What was said on a phone without a signal counts for so long: a weekend. Later it is for whoever
keeps the roster."""


class Said(NamedTuple):
    """What a phone says of a squad's duty: by an id of its own, and when it was so."""

    event_id: UUID
    happened_at: datetime

    def moment(self, received_at: datetime) -> datetime:
        """When it is taken to have been: a clock that runs ahead says no more than now."""
        if self.happened_at < received_at - LATE:
            raise Invalid("duty_too_late", days=LATE.days)
        return min(self.happened_at, received_at)


class OutOfService(StrEnum):
    """Codes and no words: a reason must not tell of a person."""

    BREAK = auto()
    VEHICLE = auto()
    TRAINING = auto()
    OFFICE = auto()
    OTHER = auto()


NO_VEHICLE = frozenset({"none", "no", "on foot", "-", "0", "无", "无车", "没有", "步行"})
"""How rosters say that a shift has nothing to drive. An empty cell says nothing."""


def skills_of(text: str) -> list[str]:
    """What a roster's cell lists, each once, in its order."""
    parts = (part.strip() for part in re.split(r"[,;/|，；、]", text))
    return list(dict.fromkeys(part for part in parts if part))


class Span(NamedTuple):
    """A shift of a squad, by its planned beginning."""

    squad: str
    begins: datetime
    ends: datetime

    def meets(self, other: "Span") -> bool:
        return self.begins < other.ends and other.begins < self.ends


Key = tuple[str, datetime]


def clashing(given: Mapping[Key, Span], held: Mapping[Key, Span]) -> set[Key]:
    """Which of the given shifts would overlap another of their squad. One takes the place of the
    held shift with its key; of two that are given the one that begins first stays."""
    refused: set[Key] = set()
    while True:
        kept = {key: span for key, span in held.items() if key not in given or key in refused}
        found = refused | _in_the_way(given, refused, kept.values())
        if found == refused:
            return refused
        refused = found


def _in_the_way(given: Mapping[Key, Span], refused: set[Key], kept: Collection[Span]) -> set[Key]:
    taken: dict[str, list[Span]] = {}
    for span in kept:
        taken.setdefault(span.squad, []).append(span)
    found = set()
    for key, span in sorted(given.items(), key=lambda one: one[1].begins):
        own = taken.setdefault(span.squad, [])
        if key in refused:
            continue
        if any(map(span.meets, own)):
            found.add(key)
        else:
            own.append(span)
    return found
