"""Setting how long something is kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, in_person, may
from layers.journal.actions import note
from layers.retention.rules import UNKNOWN, Kind, check_days
from layers.retention.tables import Retention


def keep_for(connection: Connection, kind: Kind, days: int, *, actor: Actor, at: datetime) -> None:
    """Keep a kind for so many days from now on."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    check_days(kind, days)
    own = upsert(Retention).values(kind=kind, days=days)
    connection.execute(
        own.on_conflict_do_update(index_elements=[Retention.kind], set_={"days": days})
    )
    note(connection, "keep_for", "retention", kind, actor=actor, at=at, days=days)


def note_forgotten(
    connection: Connection, kind: Kind, ids: Sequence[str], *, actor: Actor, at: datetime
) -> None:
    """One row for what was forgotten: how many, and which where the journal knows them."""
    told = {} if kind in UNKNOWN else {"ids": list(ids)}
    note(connection, "forget", "retention", kind, actor=actor, at=at, count=len(ids), **told)
