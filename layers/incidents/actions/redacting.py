"""Taking out of a case's own words what says too much about a person."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, update

from layers.access import Actor, Verb, may
from layers.errors import Invalid
from layers.incidents import queries
from layers.incidents.tables import Incident
from layers.journal.actions import note

WORDS = frozenset({"address", "description"})


def redact(
    connection: Connection,
    incident_id: UUID,
    changes: Mapping[str, str | None],
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Put other words, or none, in place of a case's address or description.

    No later file brings the old ones back. The journal tells which were changed and keeps nothing
    of them, not even a digest: where the rest of a text stays, a number could be guessed from it.
    """
    may(actor, Verb.CONTACT, [queries.township_of(connection, actor, incident_id)])
    if not changes or not set(changes) <= WORDS:
        raise Invalid("nothing_to_redact", known=sorted(WORDS))
    changed = update(Incident).where(Incident.id == incident_id)
    connection.execute(changed.values(**changes, redacted=True))
    fields = sorted(changes)
    note(connection, "redact", "incidents", str(incident_id),
         actor=actor, at=at, fields=fields, text=reason)  # fmt: skip
