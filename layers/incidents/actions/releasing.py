"""Letting everybody read a case's own words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, update

from layers.access import Actor, Verb, may
from layers.incidents import queries
from layers.incidents.tables import Incident
from layers.journal.actions import note


def release(
    connection: Connection, incident_id: UUID, *, texts: bool, actor: Actor, at: datetime
) -> None:
    """Let everybody read the address and the description of a case, or no longer. What is so
    already is no change.

    For whoever files cases, after reading them: people write their own names into such texts.
    """
    may(actor, Verb.FILE, [queries.township_of(connection, actor, incident_id)])
    other = update(Incident).where(Incident.id == incident_id, Incident.released != texts)
    if connection.execute(other.values(released=texts, updated_at=at)).rowcount:
        note(connection, "release", "incidents", str(incident_id), actor=actor, at=at, texts=texts)
