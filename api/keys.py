"""The keys of the personal fields: the only place that reads and writes their file.

They live outside the database, so that neither a dump nor a copy of its disk gives them away. The
database holds a proof of each: a keyring that does not fit is refused, never replaced.
"""

import base64
import binascii
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
from fastapi import Depends
from sqlalchemy import Connection

from api.deps import CurrentActor, CurrentSettings, Now, Transaction
from api.settings import Settings
from layers.access import Actor, Verb, may
from layers.errors import Conflict, Unready
from layers.keys import actions
from layers.sealing import SECRET_BYTES, Keyring, new_keyring

NONE = Keyring("", {})


def ring(connection: Connection, settings: Settings, *, actor: Actor, at: datetime) -> Keyring:
    """The keyring of this database. A first key is made where nothing is sealed yet.

    For who may see what it opens; others need not hear whether it is there.
    """
    if Verb.CONTACT not in actor.verbs:
        may(actor, Verb.CONTACT)
    if actions.is_first(connection):
        with _alone(settings.key_file):
            found = held(settings.key_file) or _written(settings.key_file, new_keyring())
    else:
        found = held(settings.key_file) or NONE
    actions.meet(connection, found, actor=actor, at=at)
    return found


def of_request(
    connection: Transaction, settings: CurrentSettings, actor: CurrentActor, now: Now
) -> Keyring:
    return ring(connection, settings, actor=actor, at=now)


CurrentRing = Annotated[Keyring, Depends(of_request)]


def rotate(file: Path) -> Keyring:
    """Add a new current key to the file; those there are stay, for what they have sealed."""
    with _alone(file):
        return _written(file, (held(file) or NONE).rotated())


def add(file: Path, restored: Keyring) -> Keyring:
    """Add the keys of a backup to the file. A current key that is there stays the current one."""
    with _alone(file):
        own = held(file) or Keyring(restored.current, {})
        for key_id in own.secrets.keys() & restored.secrets.keys():
            if own.secrets[key_id] != restored.secrets[key_id]:
                raise Conflict("key_differs", id=key_id)
        return _written(file, Keyring(own.current, {**restored.secrets, **own.secrets}))


def held(file: Path) -> Keyring | None:
    """The keyring in the file; None where there is no file."""
    try:
        content = orjson.loads(file.read_bytes())
        secrets = {key_id: base64.b64decode(key) for key_id, key in content["keys"].items()}
        current = content["current"]
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError, binascii.Error, KeyError, TypeError) as wrong:
        raise Unready("personal_key_unreadable") from wrong
    if current not in secrets or any(len(secret) != SECRET_BYTES for secret in secrets.values()):
        raise Unready("personal_key_unreadable")
    return Keyring(current, secrets)


def _written(file: Path, made: Keyring) -> Keyring:
    """Kept whole or not at all, for the owner's eyes, and there after a power cut."""
    secrets = {key_id: base64.b64encode(key).decode() for key_id, key in made.secrets.items()}
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(orjson.dumps({"current": made.current, "keys": secrets}))
        opened.flush()
        os.fsync(opened.fileno())
    partial.replace(file)
    return made


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Two commands that write at once must not lose each other's key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        os.fsync(folder)
    finally:
        os.close(folder)
