"""What somebody says with a step of a case, and the turn in which it is said."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping

from layers.access import Actor
from layers.clock import Calendar
from layers.incidents import rules
from layers.incidents.rules import Done

Case = RowMapping
Changes = dict[str, object]
LonLat = tuple[float, float]


@dataclass(frozen=True)
class Correction:
    """All that its reporter now says of a case. `place` is on WGS 84; `x`, `y`, `datum` are the
    place as it came."""

    matter: str
    place: LonLat
    x: float
    y: float
    datum: str
    accuracy_m: float | None = None
    sensed: LonLat | None = None
    address: str | None = None
    description: str | None = None
    answers: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True)
class Said:
    """What somebody says with a step. `seen_version` is the case that was on the screen; `photos`
    are the names of the needs that the photographs `photo_ids` of the case meet, once for each."""

    verb: str
    event_id: UUID
    happened_at: datetime
    seen_version: int | None = None
    reason: str | None = None
    text: str | None = None
    result: bool | None = None
    standard: bool | None = None
    squad: str | None = None
    into: UUID | None = None
    until: date | None = None
    photos: Collection[str] = ()
    photo_ids: Sequence[UUID] = ()
    report: Correction | None = None
    override: bool | None = None
    """Send the squad although something speaks against it."""
    preempt: bool | None = None
    """Let cases of the squad wait that press less."""
    priority: int | None = None
    noted: Callable[[], Mapping[str, object]] = dict
    """What is kept with the step beside what was said: asked for once nothing is against it."""

    @property
    def given(self) -> frozenset[str]:
        """The names of what it brings along."""
        beside = {name for name in (rules.REASON, rules.REPORT) if getattr(self, name)}
        return frozenset({*self.details, *self.photos, *beside})

    @property
    def details(self) -> Changes:
        return {name: getattr(self, name) for name in DETAILS if getattr(self, name) is not None}


DETAILS = (rules.TEXT, rules.RESULT, rules.STANDARD, rules.SQUAD, rules.INTO, rules.UNTIL,
           rules.PRIORITY)  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """A case that is held for whoever takes a step with it, with all that came before."""

    connection: Connection
    case: Case
    history: Sequence[Case]
    said: Said
    actor: Actor
    at: datetime
    calendar: Calendar

    @property
    def story(self) -> list[Done]:
        return story(self.history)

    @property
    def happened_at(self) -> datetime:
        """When it was done: not before the step before it, and not after it was received. A phone's
        clock may be wrong; what it said is kept beside."""
        history, at = self.history, self.at
        previous: datetime = (
            history[-1]["happened_at"] if history else min(self.case["occurred_at"], at)
        )
        return max(previous, min(self.said.happened_at, at))


def story(history: Iterable[Case]) -> list[Done]:
    """A history as the clocks see it."""
    return [Done(done["verb"], done["happened_at"], done["from_state"]) for done in history]
