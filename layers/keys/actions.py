"""Noting with which keys this database is sealed."""

from datetime import datetime

from sqlalchemy import Connection, delete, text
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor
from layers.journal.actions import note
from layers.keys.queries import check, proofs
from layers.keys.tables import PersonalKey
from layers.sealing import Keyring


def is_first(connection: Connection) -> bool:
    """Whether nothing is sealed here yet. If so, nobody else begins until this transaction ends:
    two machines at one database must not both make a first key."""
    if proofs(connection):
        return False
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('keys', 0))"))
    return not proofs(connection)


def meet(connection: Connection, ring: Keyring, *, actor: Actor, at: datetime) -> None:
    """Raise unless the keyring fits this database; note its current key where it is new."""
    check(connection, ring)
    row = {"id": ring.current, "proof": ring.proof(ring.current), "met_at": at}
    met = connection.execute(upsert(PersonalKey).values(row).on_conflict_do_nothing())
    if met.rowcount:
        note(connection, "meet", "keys", ring.current, actor=actor, at=at)


def retire(connection: Connection, ring: Keyring, *, actor: Actor, at: datetime) -> None:
    """Nothing is sealed with the older keys any more: this database needs them no longer.

    They stay in the keyring, for backups of the database from before.
    """
    older = delete(PersonalKey).where(PersonalKey.id != ring.current).returning(PersonalKey.id)
    for key_id in connection.execute(older).scalars().all():
        note(connection, "retire", "keys", key_id, actor=actor, at=at)
