"""Counting the deadlines of open cases anew, after the calendar has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select, update

from layers import clock
from layers.access import Actor, Verb, may
from layers.clock import Calendar
from layers.incidents import rules
from layers.incidents.actions.saying import Case, Changes, story
from layers.incidents.actions.timing import promise
from layers.incidents.queries import STANDS, histories
from layers.incidents.queries.loop import LIMITS
from layers.incidents.rules import Done
from layers.incidents.tables import Incident
from layers.journal.actions import note
from layers.matters.tables import Matter

FIRST = UUID(int=0)


@dataclass(frozen=True)
class Recounted:
    """How many deadlines of a batch moved or are certain now, and behind which case the next batch
    begins; None after the last one."""

    changed: int
    after: UUID | None


def recount(
    connection: Connection, *, after: UUID = FIRST, limit: int, actor: Actor, calendar: Calendar
) -> Recounted:
    """Set the deadlines of a batch of cases by this calendar. A clock that stands has none: it gets
    one when it goes on."""
    may(actor, Verb.IMPORT)
    cases = _held(connection, after, limit)
    told = histories(connection, [case["id"] for case in cases])
    dues = ((case, _counted(case, story(told.get(case["id"], [])), calendar)) for case in cases)
    moved = [now | {"case": case["id"]} for case, now in dues
             if now != {f"new_{name}": case[name] for name in KEPT}]  # fmt: skip
    if moved:
        connection.execute(SET, moved)
    return Recounted(len(moved), cases[-1]["id"] if len(cases) == limit else None)


KEPT = ("due_at", "due_provisional", "promised_by")
SET = (
    update(Incident)
    .where(Incident.id == bindparam("case"))
    .values({name: bindparam(f"new_{name}") for name in KEPT})
)


def note_recounted(connection: Connection, changed: int, *, actor: Actor, at: datetime) -> None:
    """One row for all batches."""
    note(connection, "recount", "incidents", "", actor=actor, at=at, changed=changed)


def _held(connection: Connection, after: UUID, limit: int) -> Sequence[Case]:
    """The next so many, held; then read with their matters as they are by now."""
    counted = or_(Incident.due_at.is_not(None), Incident.promised_by.is_not(None))
    due = select(Incident.id).where(counted, Incident.id > after, STANDS).order_by(Incident.id)
    held = connection.execute(due.limit(limit).with_for_update()).scalars().all()
    kept = (Incident.due_limit, *(getattr(Incident, name) for name in KEPT))
    asked = select(Incident.id, Incident.state, Incident.received_at, *kept, *LIMITS).join(Matter)
    found = asked.where(Incident.id.in_(held)).order_by(Incident.id)
    return connection.execute(found).mappings().all()


def _counted(case: Case, done: Sequence[Done], calendar: Calendar) -> Changes:
    """By the limit that the case was given; as it is where its history does not say since when."""
    due = _due(case, done, calendar)
    promised = promise(case, case["state"], done, calendar) if case["promised_by"] else None
    return {"new_due_at": due.at, "new_due_provisional": due.provisional,
            "new_promised_by": promised}  # fmt: skip


def _due(case: Case, done: Sequence[Done], calendar: Calendar) -> clock.Due:
    run = rules.running(case["state"], done)
    if run is None or case["due_at"] is None:
        return clock.Due(case["due_at"], case["due_provisional"])
    limit = clock.limit_of(case["due_limit"])
    return clock.due(limit, run.since, calendar, list(rules.pauses(done)))
