"""Counting the deadlines of open cases anew, after the calendar has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from layers import clock
from layers.access import Actor, Verb, may
from layers.clock import Calendar
from layers.incidents import rules
from layers.incidents.actions.saying import Case, story
from layers.incidents.queries import STANDS, histories
from layers.incidents.tables import Incident
from layers.journal.actions import note

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
    dues = ((case, _due(case, told.get(case["id"], []), calendar)) for case in cases)
    moved = [
        {"case": case["id"], "at": due.at, "provisional": due.provisional}
        for case, due in dues
        if due is not None
        and (due.at, due.provisional) != (case["due_at"], case["due_provisional"])
    ]
    if moved:
        connection.execute(SET, moved)
    return Recounted(len(moved), cases[-1]["id"] if len(cases) == limit else None)


SET = (
    update(Incident)
    .where(Incident.id == bindparam("case"))
    .values(due_at=bindparam("at"), due_provisional=bindparam("provisional"))
)


def note_recounted(connection: Connection, changed: int, *, actor: Actor, at: datetime) -> None:
    """One row for all batches."""
    note(connection, "recount", "incidents", "", actor=actor, at=at, changed=changed)


def _held(connection: Connection, after: UUID, limit: int) -> Sequence[Case]:
    kept = (Incident.due_limit, Incident.due_at, Incident.due_provisional)
    asked = select(Incident.id, Incident.state, *kept).where(
        Incident.due_at.is_not(None), Incident.id > after, STANDS
    )
    held = asked.order_by(Incident.id).limit(limit).with_for_update()
    return connection.execute(held).mappings().all()


def _due(case: Case, history: Sequence[Case], calendar: Calendar) -> clock.Due | None:
    """By the limit that the case was given; None where its history does not say since when."""
    done = story(history)
    since = rules.begun(case["state"], done)
    if since is None:
        return None
    return clock.due(clock.limit_of(case["due_limit"]), since, calendar, list(rules.pauses(done)))
