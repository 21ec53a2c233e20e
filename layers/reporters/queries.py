"""Finding the rows of reporters, never beyond the actor's power. What is in them stays sealed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from layers.access import Actor, Verb, may
from layers.errors import NotFound
from layers.incidents.queries import township_of
from layers.incidents.tables import Incident
from layers.matters.tables import Matter
from layers.reporters.tables import Reporter

SEALED = (
    Reporter.incident_id, Reporter.sealed, Reporter.callback, Reporter.kept_until,
    Reporter.kept_at,
)  # fmt: skip
CASE = (
    Incident.source, Incident.external_id, Incident.case_no, Incident.matter_code.label("matter"),
    Matter.name_zh.label("matter_zh"), Matter.name_en.label("matter_en"), Incident.state,
    Incident.occurred_at, Incident.closed_at, Incident.address.label("place"),
    Incident.description, Incident.answers,
)  # fmt: skip


def one(
    connection: Connection, actor: Actor, incident_id: UUID, *, locked: bool = False
) -> RowMapping:
    """The sealed row of an incident's reporter."""
    may(actor, Verb.CONTACT, [township_of(connection, actor, incident_id)])
    asked = select(*SEALED).where(Reporter.incident_id == incident_id, standing())
    if locked:
        asked = asked.with_for_update()
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_reporter", id=incident_id)
    return found


def marked(
    connection: Connection, actor: Actor, marks: Sequence[bytes], *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """The sealed rows that have one of these marks, with their incidents, by id.

    What one person reported may be in any township: it takes a power over the whole bureau.
    """
    may(actor, Verb.CONTACT)
    asked = select(*SEALED, *CASE).join(Incident, Incident.id == Reporter.incident_id)
    asked = asked.join(Matter, Matter.code == Incident.matter_code)
    asked = asked.where(Reporter.marks.overlap(marks))
    if after is not None:
        asked = asked.where(Reporter.incident_id > after)
    return connection.execute(asked.order_by(Reporter.incident_id).limit(limit)).mappings().all()


def of_incidents(
    connection: Connection, actor: Actor, incidents: Sequence[UUID]
) -> Sequence[RowMapping]:
    """The sealed rows of these incidents, where there are any."""
    may(actor, Verb.CONTACT)
    asked = select(*SEALED).where(Reporter.incident_id == func.any(list(incidents)), standing())
    return connection.execute(asked).mappings().all()


def counted(connection: Connection) -> dict[str, int]:
    """How many rows are sealed with which key."""
    asked = select(Reporter.key_id, func.count().label("many")).where(standing())
    rows = connection.execute(asked.group_by(Reporter.key_id)).all()
    return {row.key_id: row.many for row in rows}


def standing() -> ColumnElement[bool]:
    """The condition that leaves out who was removed."""
    return Reporter.sealed.is_not(None)
