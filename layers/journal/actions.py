"""Writing the journal, in the transaction of what it tells of."""

from datetime import datetime

from sqlalchemy import Connection, insert

from layers.access import Actor
from layers.journal.tables import Entry


def note(
    connection: Connection,
    verb: str,
    kind: str,
    subject: str,
    *,
    actor: Actor,
    at: datetime,
    **details: object,
) -> None:
    """Append one row: `verb` was done by `actor` to `subject`, a thing of this `kind`."""
    connection.execute(
        insert(Entry).values(
            at=at, actor=actor.name, verb=verb, kind=kind, subject=subject, details=details
        )
    )
