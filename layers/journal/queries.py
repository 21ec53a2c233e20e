"""Reading the journal."""

from sqlalchemy import Connection, RowMapping, select

from layers.journal.tables import Entry


def last(connection: Connection, verb: str, kind: str) -> RowMapping | None:
    """The newest row about this verb and kind of thing, if there is any."""
    asked = select(Entry.id, Entry.at, Entry.actor, Entry.subject, Entry.details)
    asked = asked.where(Entry.verb == verb, Entry.kind == kind).order_by(Entry.id.desc())
    return connection.execute(asked.limit(1)).mappings().one_or_none()
