"""Saying what the bureau is called, where it lies and how it reckons."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, may
from layers.bureau import rules
from layers.bureau.queries import said
from layers.bureau.tables import Bureau
from layers.journal.actions import note

CODES = ("division", "timezone", "hours", "acknowledge", "language")
"""What the journal is told in full; of names and texts only that they changed."""


def say(connection: Connection, given: Mapping[str, str], *, actor: Actor, at: datetime) -> None:
    """Change what is said of the bureau; an empty value takes back what was said."""
    may(actor, Verb.MANAGE)
    stripped = {name: value.strip() for name, value in given.items()}
    rules.check(stripped)
    before = said(connection)
    changed = {name: value for name, value in stripped.items() if value != before.get(name, "")}
    if not changed:
        return
    row = {name: value or None for name, value in changed.items()}
    first = upsert(Bureau).values(id=1, **row)
    connection.execute(first.on_conflict_do_update(index_elements=[Bureau.id], set_=row))
    told = {name: value for name, value in changed.items() if name in CODES}
    note(connection, "change", "bureau", "1", actor=actor, at=at, fields=sorted(changed), **told)
