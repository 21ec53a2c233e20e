"""The keys of the personal fields: key."""

import getpass
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from api import keybackup, keys, private
from api.circumstances import Circumstances
from api.cli import console, speech
from api.cli.console import app
from api.deps import OPERATOR
from layers.access import transaction
from layers.errors import Conflict, Invalid, Unready
from layers.journal import queries as journal
from layers.journal.actions import note
from layers.keys import queries as personal_keys
from layers.queue.actions import put
from layers.reporters.queries import counted
from layers.sealing import Keyring
from maps import theme

key = typer.Typer(no_args_is_help=True, help="The keys of the personal fields: back them up.")
app.add_typer(key, name="key")


@key.command()
def status(as_json: console.Json = False) -> None:
    """Which keys there are, whether they fit the database, and whether they are backed up.

    Example: gridpatrol key status
    """
    file = console.settings().key_file
    ring = keys.held(file)
    with console.transaction() as connection:
        value = {
            "file": str(file),
            "current": ring.current if ring else None,
            "keys": sorted(ring.secrets) if ring else [],
            "rows": counted(connection),
            "problem": _problem(connection, ring or keys.NONE),
            **_backed_up(connection, ring),
        }
    console.answer(value, as_json=as_json, lines=_status(value))
    if value["problem"] is not None:
        raise typer.Exit(console.FAILED)


def _problem(connection: Connection, ring: Keyring) -> str | None:
    try:
        personal_keys.check(connection, ring)
    except Unready as refusal:
        return speech.word(f"problem.{refusal.code}", **refusal.values)
    return None


def _backed_up(connection: Connection, ring: Keyring | None) -> dict[str, object]:
    """Whether the last backup has the current key, when it was made, and its newest key."""
    made = journal.last(connection, OPERATOR, "backup", "keys")
    if made is None:
        return {"backed_up": False, "backed_up_at": None, "backup_key": None}
    has_it = ring is not None and made["subject"] == ring.current
    return {"backed_up": has_it, "backed_up_at": made["at"], "backup_key": made["subject"]}


def _status(value: Mapping[str, object]) -> Iterator[str]:
    yield speech.word("cli.told.file", file=value["file"])
    if value["current"] is None and value["problem"] is None:
        yield speech.word("cli.told.no_key")
    rows = value["rows"] if isinstance(value["rows"], dict) else {}
    for key_id in sorted({*(value["keys"] if isinstance(value["keys"], list) else []), *rows}):
        told = "key_current" if key_id == value["current"] else "key"
        yield speech.word(f"cli.told.{told}", id=key_id, n=f"{rows.get(key_id, 0):,}")
    if value["problem"] is not None:
        yield speech.word("cli.told.problem", said=value["problem"])
    yield _last_backup(value)
    if value["current"] is not None and not value["backed_up"]:
        yield speech.word("key.no_backup")


def _last_backup(value: Mapping[str, object]) -> str:
    at = value["backed_up_at"]
    if not isinstance(at, datetime):
        return speech.word("key.never_backed_up")
    when = f"{at.astimezone(console.settings().zone):%Y-%m-%d %H:%M}"
    return speech.word("key.backed_up_at", time=when, id=value["backup_key"])


@key.command()
def backup(
    file: Path,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: console.Json = False,
) -> None:
    """Write the keys into a text file, behind a passphrase; print it too, and keep both apart.

    The passphrase is asked for, or read as a line from stdin.
    Example: gridpatrol key backup personal-keys.txt
    """
    if file.exists() and not force:
        raise Conflict("backup_exists", file=file.name)
    passphrase = _passphrase(twice=True)
    keybackup.check_passphrase(passphrase)
    with console.transaction() as connection:
        around = console.around(connection)
        ring = keys.ring(connection, around.settings, actor=around.actor, at=around.at)
        told = [*_paper(ring, around), *keybackup.lines(ring, passphrase)]
        with private.files():
            console.write(file, "".join(f"{line}\n" for line in told).encode())
        note(connection, "backup", "keys", ring.current, actor=around.actor, at=around.at)
    value = {"written": str(file), "keys": sorted(ring.secrets)}
    console.answer(value, as_json=as_json, lines=[speech.word("cli.told.written", file=file)])


def _paper(ring: Keyring, around: Circumstances) -> Iterator[str]:
    values = {"keys": ", ".join(sorted(ring.secrets)), "day": around.today.isoformat()}
    for name in ("what", "keep", "restore", "of"):
        for language in theme.LANGUAGES:
            yield f"# {theme.word(f'key.paper_{name}', language, **values)}"


@key.command()
def restore(file: Path, as_json: console.Json = False) -> None:
    """Bring keys back from a backup, beside those that are here.

    Example: gridpatrol key restore personal-keys.txt
    """
    typed = file.read_text("utf-8-sig").splitlines()
    restored = keybackup.opened(typed, _passphrase(twice=False))
    held = keys.add(console.settings().key_file, restored)
    with console.transaction() as connection:
        personal_keys.check(connection, held)
        note(connection, "restore", "keys", held.current, actor=OPERATOR, at=console.now())
    value = {"keys": sorted(restored.secrets), "current": held.current}
    told = speech.word("cli.told.restored", keys=", ".join(sorted(restored.secrets)))
    console.answer(value, as_json=as_json, lines=[told])


@key.command()
def rotate(as_json: console.Json = False) -> None:
    """Make a new key and seal every row with it; one that was interrupted goes on.

    The old keys stay in the file: backups of the database from before need them.
    Example: gridpatrol key rotate
    """
    with console.database() as engine:
        with transaction(engine, OPERATOR) as connection:
            around = console.around(connection)
            ring = keys.ring(connection, around.settings, actor=around.actor, at=around.at)
            if set(counted(connection)) <= {ring.current}:
                keys.rotate(around.settings.key_file)
                ring = keys.ring(connection, around.settings, actor=around.actor, at=around.at)
            arguments: dict[str, object] = {"put_at": around.at}
            put(connection, "keys.rotated", arguments, actor=around.actor, at=around.at)
        console.work_through(engine, around.at)
        with transaction(engine, OPERATOR) as connection:
            rows = counted(connection)
    done = rows.get(ring.current, 0)
    if done < sum(rows.values()):
        raise Conflict("rotation_waits", done=done, total=sum(rows.values()))
    told = speech.word("cli.told.key", id=ring.current, n=f"{done:,}")
    lines = [told, speech.word("key.no_backup")]
    console.answer({"current": ring.current, "rows": done}, as_json=as_json, lines=lines)


def _passphrase(*, twice: bool) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    passphrase = getpass.getpass(speech.word("cli.told.passphrase"))
    if twice and getpass.getpass(speech.word("cli.told.passphrase_again")) != passphrase:
        raise Invalid("passphrases_differ")
    return passphrase
