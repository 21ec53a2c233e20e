"""Writing the journal, in the transaction of what it tells of; and sealing it afterwards."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes

from sqlalchemy import Connection, RowMapping, delete, func, insert, select
from sqlalchemy import text as sql

from layers.access import Actor, Verb, may
from layers.db import Page, once
from layers.errors import Invalid
from layers.journal import rules
from layers.journal.queries import Wanted, counted, listed
from layers.journal.tables import CONTENT, Entry, FreeText, Seal

BATCH = 10_000
CHANNEL = "layers"
"""Where every server hears that a layer of the map has changed, when that is committed."""
SEALING = int.from_bytes(b"journal", "big")
"""The advisory lock of whoever seals."""


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
    """Append one row: `verb` was done by `actor` to `subject`, a thing of this `kind`.

    The row is kept for good. The detail `text` is for what a person typed: it is kept beside the
    row, where it can be deleted, and the row holds its digest.
    """
    details |= by_token(actor)
    text, salt = details.get("text"), token_bytes(16)
    if text is not None:
        details["text"] = rules.text_digest(salt, str(text)).hex()
    entry = insert(Entry).values(
        at=at, actor=actor.name, verb=verb, kind=kind, subject=subject, details=details
    )
    if kind in rules.LAYERS:
        connection.execute(select(func.pg_notify(CHANNEL, kind)))
    if text is None:  # who writes a row need not be allowed to read it back
        connection.execute(entry.inline())
    else:
        entry_id = connection.execute(entry.returning(Entry.id)).scalar_one()
        connection.execute(insert(FreeText).values(entry_id=entry_id, salt=salt, text=str(text)))


def by_token(actor: Actor) -> dict[str, object]:
    """What a row says of the token by which its actor came: a program's deed can be told from its
    person's, and whose word the program came in by."""
    if actor.token is None:
        return {}
    return {"by_token": str(actor.token.token), "token_issuer": actor.token.issuer}


def forget_texts(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Delete what people typed beside rows of before a time: the ids of the rows, which stay."""
    may(actor, Verb.MANAGE)
    due = select(FreeText.entry_id).join(Entry, Entry.id == FreeText.entry_id)
    due = due.where(Entry.at < before).order_by(FreeText.entry_id).limit(limit)
    gone = delete(FreeText).where(FreeText.entry_id.in_(once(due))).returning(FreeText.entry_id)
    return [str(entry) for entry in connection.execute(gone).scalars()]


def export(
    connection: Connection, wanted: Wanted, *, most: int, actor: Actor, at: datetime
) -> Sequence[RowMapping]:
    """All rows that an auditor asks for, to be carried away; that is written down too."""
    if counted(connection, actor, wanted, most=most + 1) > most:
        raise Invalid("too_many_rows", most=most)
    found = listed(connection, actor, Page(limit=most), wanted)
    note(connection, rules.READ, "journal", "", actor=actor, at=at, rows=len(found))
    return found


def seal(connection: Connection, *, at: datetime, most: int = BATCH) -> int:
    """Put the oldest committed rows that wait under seal; how many they were.

    Committed is what this transaction sees. A row that commits later waits for the next sealing.
    Needs READ COMMITTED: the last seal must be read after the lock is held.
    """
    if not connection.execute(select(func.pg_try_advisory_xact_lock(SEALING))).scalar_one():
        return 0  # somebody else is at it
    waiting = connection.execute(TAKE, {"most": most}).all()
    if waiting:
        _chain(connection, [(entry, bytes(content)) for entry, content in waiting], at)
    return len(waiting)


TAKE = sql(f"""
    WITH taken AS (
        DELETE FROM journal_unsealed WHERE entry_id IN (
            SELECT entry_id FROM journal_unsealed JOIN journal ON id = entry_id
            ORDER BY entry_id LIMIT :most)
        RETURNING entry_id)
    SELECT id, {CONTENT.format(id="id")} FROM taken JOIN journal ON id = entry_id ORDER BY id
""")


def _chain(connection: Connection, waiting: list[tuple[int, bytes]], at: datetime) -> None:
    last = select(Seal.number, Seal.digest).order_by(Seal.number.desc()).limit(1)
    found = connection.execute(last).one_or_none()
    before, digest = (found.number, found.digest) if found else (0, rules.ORIGIN)
    rows = []
    for number, (entry, content) in enumerate(waiting, start=before + 1):
        digest = rules.link(digest, content, at)
        rows.append((number, entry, content, digest))
    numbers, entries, contents, digests = (list(column) for column in zip(*rows, strict=True))
    connection.execute(
        PUT, {"numbers": numbers, "entries": entries, "at": at,
              "contents": contents, "digests": digests},
    )  # fmt: skip


PUT = sql("""
    INSERT INTO journal_seals (number, entry_id, sealed_at, content, digest)
    SELECT number, entry, :at, content, digest
    FROM unnest(CAST(:numbers AS bigint[]), CAST(:entries AS bigint[]),
                CAST(:contents AS bytea[]), CAST(:digests AS bytea[]))
         AS row (number, entry, content, digest)
""")
