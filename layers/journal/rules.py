"""The chain: what a seal is made of, and what can be found wrong with it."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto

from layers.errors import Invalid

ORIGIN = bytes(32)
"""What stands before the first seal."""
OVERDUE = timedelta(minutes=1)
"""A row is sealed within a second or two; one that waits longer is told."""
READ = "read"
"""The verb of a row that tells that personal data was looked at: what, by whom, when, and in the
detail `rows` of how many people."""
LAYERS = frozenset({
    "townships", "grids", "rivers", "roads", "places", "plans", "hotspots",
})  # fmt: skip
"""Kinds of things that maps are made of, and that change rarely: each change is made known."""
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What is wrong with a row or its seal."""

    CHANGED = auto()
    REMOVED = auto()
    REORDERED = auto()
    SEAL = auto()
    """The row is as it was sealed, but its seal does not follow from the one before."""
    TEXT = auto()
    """The row is as it was sealed, but the free text kept beside it is another."""


@dataclass(frozen=True)
class Head:
    """A seal's number and digest: noted outside the database, it proves all up to there."""

    number: int
    digest: str

    @classmethod
    def read(cls, text: str) -> "Head":
        """As somebody noted it: number, colon, 64 hexadecimal digits."""
        number, _, digest = text.strip().partition(":")
        if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text.strip(), flags=re.ASCII):
            raise Invalid("bad_head")
        return cls(int(number), digest)


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong; None where the number or the row is not known."""

    kind: Kind
    number: int | None
    entry: int | None


@dataclass(frozen=True)
class Verdict:
    """What a recomputation of the whole chain found."""

    head: Head
    fault: Fault | None
    overdue: int
    first_overdue: int | None

    @property
    def sound(self) -> bool:
        return self.fault is None and not self.overdue


def link(previous: bytes, content: bytes, at: datetime) -> bytes:
    """A seal's digest: over the seal before it, the row's digest and the time of sealing."""
    moment = (at - EPOCH) // MICROSECOND
    return hashlib.sha256(previous + content + moment.to_bytes(8, "big", signed=True)).digest()


def text_digest(salt: bytes, text: str) -> bytes:
    """Salted: when text and salt are deleted, a short text cannot be guessed from what stays."""
    return hashlib.sha256(salt + text.encode()).digest()
