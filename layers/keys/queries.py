"""Telling whether a keyring is the one that this database needs."""

from collections.abc import Mapping
from hmac import compare_digest

from sqlalchemy import Connection, select

from layers.errors import Unready
from layers.keys.tables import PersonalKey
from layers.sealing import Keyring


def proofs(connection: Connection) -> Mapping[str, bytes]:
    """The keys that this database was sealed with, by id."""
    rows = connection.execute(select(PersonalKey.id, PersonalKey.proof)).all()
    return {row.id: row.proof for row in rows}


def check(connection: Connection, ring: Keyring) -> None:
    """Raise unless every key that this database was sealed with is here, and is the same one."""
    for key_id, proof in proofs(connection).items():
        if key_id not in ring.secrets:
            raise Unready("personal_key_missing", id=key_id)
        if not compare_digest(ring.proof(key_id), proof):
            raise Unready("personal_key_wrong", id=key_id)
