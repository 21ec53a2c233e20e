"""A deadline that comes near, and one that is past: each is told once, as an event."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from layers.access import Actor
from layers.clock import limit_of
from layers.incidents.queries import STANDS
from layers.incidents.rules import LONGEST_NOTICE, OPEN, notice
from layers.incidents.tables import Incident
from layers.queue.actions import put

NEAR, PAST = "due_soon", "overdue"
TOLD = {NEAR: Incident.near_told, PAST: Incident.past_told}
"""Of which deadline it was told: another one, after a step or with more time, is told anew."""


def tell_due(connection: Connection, *, actor: Actor, at: datetime) -> int:
    """Write down for the message gateway which deadlines are past or near; how many they are."""
    soon = _untold(connection, NEAR, Incident.due_at.between(at, at + LONGEST_NOTICE))
    due = {
        PAST: _untold(connection, PAST, Incident.due_at < at),
        NEAR: [case for case in soon if _is_near(case, at)],
    }
    for event, cases in due.items():
        for case in cases:
            _tell(connection, event, case, actor=actor, at=at)
    return sum(map(len, due.values()))


def _is_near(case: RowMapping, at: datetime) -> bool:
    near: bool = case["due_at"] - notice(limit_of(case["due_limit"])) <= at
    return near


def _untold(connection: Connection, event: str, when: ColumnElement[bool]) -> Sequence[RowMapping]:
    """A case that somebody is at work with is left for the next time."""
    asked = select(Incident.id, Incident.squad_code, Incident.due_at, Incident.due_limit).where(
        when, TOLD[event].is_distinct_from(Incident.due_at), Incident.state.in_(OPEN),
        Incident.suspended_until.is_(None), STANDS,
    )  # fmt: skip
    return connection.execute(asked.with_for_update(skip_locked=True)).mappings().all()


def _tell(
    connection: Connection, event: str, case: RowMapping, *, actor: Actor, at: datetime
) -> None:
    due_at = case["due_at"].isoformat()
    told: dict[str, object] = {
        "event": event, "event_id": str(uuid5(case["id"], f"{event} {due_at}")),
        "incident": str(case["id"]), "squad": case["squad_code"], "due_at": due_at,
    }  # fmt: skip
    put(connection, "message", told, actor=actor, at=at)
    mark = update(Incident).where(Incident.id == case["id"])
    connection.execute(mark.values({TOLD[event]: Incident.due_at}))
