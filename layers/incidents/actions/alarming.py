"""A deadline that comes near, one that is past, and an order that nobody has accepted in time: each
is told once, as an event. What waits for a squad has no deadline but what was promised; whoever was
sent is told of the own time alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid5

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, update

from layers.access import Actor
from layers.incidents.queries import STANDS
from layers.incidents.queries.nearing import is_in, is_near, is_overdue, nearing
from layers.incidents.rules import FILED, OPEN, PREEMPTIBLE
from layers.incidents.tables import Incident
from layers.queue.actions import put

NEAR, PAST, UNSEEN = "due_soon", "overdue", "unacknowledged"
DUE, WAITING = func.coalesce(Incident.due_at, Incident.promised_by), (FILED,)
TOLD = {
    NEAR: (Incident.near_told, DUE), PAST: (Incident.past_told, DUE),
    UNSEEN: (Incident.order_told, Incident.sent_at),
}  # fmt: skip
"""Of which deadline or order it was told: another one, after a step or with more time, is told
anew."""


def tell_due(
    connection: Connection, *, acknowledge_in: timedelta, actor: Actor, at: datetime
) -> int:
    """Write down for the message gateway which deadlines are past or near, and which orders their
    squads should have accepted by now; how many they are."""
    near = nearing(connection, at)
    due = {
        PAST: _untold(connection, PAST, is_overdue(at, WAITING)),
        NEAR: _untold(connection, NEAR, is_near(at, near, WAITING)),
        UNSEEN: _untold(
            connection, UNSEEN, is_in(PREEMPTIBLE) & (Incident.sent_at < at - acknowledge_in)
        ),
    }
    for event, cases in due.items():
        for case in cases:
            by = case["sent_at"] + acknowledge_in if event is UNSEEN else case["due"]
            _tell(connection, event, case, by, actor=actor, at=at)
    return sum(map(len, due.values()))


def _untold(connection: Connection, event: str, when: ColumnElement[bool]) -> Sequence[RowMapping]:
    """A case that somebody is at work with is left for the next time."""
    told, of = TOLD[event]
    asked = select(Incident.id, Incident.squad_code, DUE.label("due"), Incident.sent_at).where(
        when, told.is_distinct_from(of), Incident.state.in_(OPEN),
        Incident.suspended_until.is_(None), STANDS,
    )  # fmt: skip
    return connection.execute(asked.with_for_update(skip_locked=True)).mappings().all()


def _tell(
    connection: Connection, event: str, case: RowMapping, by: datetime, *,
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    mark, of = TOLD[event]
    due_at = by.isoformat()
    told: dict[str, object] = {
        "event": event, "event_id": str(uuid5(case["id"], f"{event} {due_at}")),
        "incident": str(case["id"]), "squad": case["squad_code"], "due_at": due_at,
    }  # fmt: skip
    put(connection, "message", told, actor=actor, at=at)
    marked = update(Incident).where(Incident.id == case["id"])
    connection.execute(marked.values({mark: of}))
