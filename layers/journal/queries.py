"""Reading the journal, and proving it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    RowMapping,
    Text,
    bindparam,
    exists,
    func,
    select,
    text,
)

from layers.access import Actor, Verb, may
from layers.db import Page
from layers.errors import Invalid
from layers.journal import rules
from layers.journal.rules import Fault, Head, Kind, Verdict
from layers.journal.tables import CONTENT, Entry, FreeText, Seal

ENTRY_ROW = (
    Entry.id, Entry.at, Entry.actor, Entry.verb, Entry.kind, Entry.subject, Entry.details,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which rows an auditor asks for; empty means any. From `since` on, and before `until`."""

    verb: str = ""
    kind: str = ""
    subject: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None


def version(connection: Connection, *kinds: str) -> int:
    """A number that grows with each change of these slow layers, and tells nothing else of it.

    All rows of a kind are looked at: it is meant for kinds that have hundreds of them.
    """
    found: int | None = connection.execute(VERSION, {"kinds": kinds}).scalar_one()
    return found or 0


VERSION = select(func.layer_version(bindparam("kinds", type_=ARRAY(Text))))


def head(connection: Connection, actor: Actor) -> Head:
    """The newest seal."""
    may(actor, Verb.AUDIT)
    return _head(connection)


def sealed(connection: Connection, actor: Actor, *, since: int, limit: int) -> Sequence[RowMapping]:
    """What was sealed from a number on, in the order in which it was committed: number, digest,
    verb, kind, subject and details. Nothing appears in front of what is there: so one can go on
    behind the last row that one knows, if its digest is still the same."""
    may(actor, Verb.AUDIT)
    asked = select(Seal.number, Seal.digest, Entry.verb, Entry.kind, Entry.subject, Entry.details)
    asked = asked.join(Entry, Entry.id == Seal.entry_id).where(Seal.number >= since)
    return connection.execute(asked.order_by(Seal.number).limit(limit)).mappings().all()


def last(connection: Connection, actor: Actor, verb: str, kind: str) -> RowMapping | None:
    """The newest row about this verb and kind of thing, if there is any."""
    may(actor, Verb.AUDIT)
    asked = select(*ENTRY_ROW).where(Entry.verb == verb, Entry.kind == kind)
    return connection.execute(asked.order_by(Entry.id.desc()).limit(1)).mappings().one_or_none()


def did(
    connection: Connection, actor: Actor, verb: str, kind: str, subject: str, **details: object
) -> bool:
    """Whether the actor has done this already: everybody may know that of themselves."""
    own = (Entry.verb == verb, Entry.kind == kind, Entry.subject == subject,
           Entry.actor == actor.name, Entry.details.contains(details))  # fmt: skip
    return connection.execute(select(exists().where(*own))).scalar_one()


def listed(
    connection: Connection, actor: Actor, page: Page, wanted: Wanted
) -> Sequence[RowMapping]:
    """A page of rows, the newest first, with what was typed and the number of the seal."""
    may(actor, Verb.AUDIT)
    asked = select(*ENTRY_ROW, FreeText.text, Seal.number.label("seal"))
    asked = asked.outerjoin(FreeText, FreeText.entry_id == Entry.id)
    asked = asked.outerjoin(Seal, Seal.entry_id == Entry.id)
    asked = asked.where(*_conditions(wanted))
    if page.after:
        asked = asked.where(Entry.id < _key(page.after))
    return connection.execute(asked.order_by(Entry.id.desc()).limit(page.limit)).mappings().all()


def counted(connection: Connection, actor: Actor, wanted: Wanted, *, most: int) -> int:
    """How many rows are asked for, counted no further than this."""
    may(actor, Verb.AUDIT)
    some = select(Entry.id).where(*_conditions(wanted)).limit(most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    exact = (
        (Entry.verb, wanted.verb), (Entry.kind, wanted.kind),
        (Entry.subject, wanted.subject), (Entry.actor, wanted.actor),
    )  # fmt: skip
    yield from (column == value for column, value in exact if value)
    if wanted.since is not None:
        yield Entry.at >= wanted.since
    if wanted.until is not None:
        yield Entry.at < wanted.until


def _key(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid("bad_page_key", after=after)
    return int(after)


def verify(
    connection: Connection, actor: Actor, *, at: datetime, noted: Head | None = None
) -> Verdict:
    """Recompute the whole chain; name the first fault, and count the rows that wait too long.

    `noted` is a head that was written down outside the database: without one, nobody can tell
    that the newest rows were cut off together with their seals.
    """
    may(actor, Verb.AUDIT)
    head = _head(connection)  # before the walk, which then covers it
    overdue = connection.execute(UNSEALED, {"before": at - rules.OVERDUE}).one()
    fault = _in_chain(connection) or _before_sealing(connection) or _in_texts(connection)
    if fault is None and noted is not None:
        fault = _against(connection, noted, head)
    return Verdict(head, fault, overdue.many, overdue.oldest)


UNSEALED = text("""
    SELECT count(*) AS many, min(id) AS oldest FROM journal
    WHERE at < :before AND NOT EXISTS (SELECT FROM journal_seals WHERE entry_id = journal.id)
""")


def _in_chain(connection: Connection) -> Fault | None:
    found = connection.execute(BROKEN, {"origin": rules.ORIGIN}).one_or_none()
    if found is None:
        return None
    if found.number != found.expected:
        return Fault(Kind.REMOVED, found.expected, None)
    kind = Kind(found.kind)
    moved = ELSEWHERE_SEAL if kind is Kind.SEAL else ELSEWHERE_ROW
    if connection.execute(moved, dict(found._mapping)).first() is not None:
        kind = Kind.REORDERED
    return Fault(kind, found.number, found.entry_id)


# PostgreSQL walks the chain: only the first fault leaves the server, and nothing is kept of the
# rows that are right. Each link is computed from the link that is stored before it; so if none
# is wrong, the last one follows from the first.
LINK = """sha256({previous} || content ||
    int8send((extract(epoch FROM sealed_at) * 1000000)::bigint))"""
BROKEN = text(f"""
    SELECT * FROM (
        SELECT number, entry_id, content, previous, expected, CASE
            WHEN number <> expected OR journal.id IS NULL THEN 'removed'
            WHEN content IS DISTINCT FROM {CONTENT.format(id="journal.id")} THEN 'changed'
            WHEN digest IS DISTINCT FROM {LINK.format(previous="previous")} THEN 'seal' END AS kind
        FROM (
            SELECT *, lag(number, 1, 0::bigint) OVER chain + 1 AS expected,
                lag(digest, 1, CAST(:origin AS bytea)) OVER chain AS previous
            FROM journal_seals WINDOW chain AS (ORDER BY number)
        ) AS seals LEFT JOIN journal ON journal.id = entry_id
    ) AS looked_at WHERE kind IS NOT NULL ORDER BY number LIMIT 1
""")
# Looked for only when a fault was found: what belongs here, standing somewhere else.
ELSEWHERE_ROW = text(f"""
    SELECT FROM journal WHERE :content IN (
        {CONTENT.format(id="journal.id")}, {CONTENT.format(id="CAST(:entry_id AS bigint)")}) LIMIT 1
""")
ELSEWHERE_SEAL = text(f"""
    SELECT FROM journal_seals WHERE number <> :number
        AND digest = {LINK.format(previous="CAST(:previous AS bytea)")} LIMIT 1
""")


def _before_sealing(connection: Connection) -> Fault | None:
    """A row that was appended and is gone before a seal covered it."""
    return _fault(connection, Kind.REMOVED, GONE)


GONE = """SELECT min(entry_id) FROM journal_unsealed
    WHERE NOT EXISTS (SELECT FROM journal WHERE id = entry_id)"""


def _in_texts(connection: Connection) -> Fault | None:
    return _fault(connection, Kind.TEXT, OTHER_TEXT)


OTHER_TEXT = """SELECT min(entry_id) FROM journal_texts JOIN journal ON id = entry_id
    WHERE encode(sha256(salt || convert_to(text, 'UTF8')), 'hex')
        IS DISTINCT FROM details ->> 'text'"""


def _fault(connection: Connection, kind: Kind, asked: str) -> Fault | None:
    entry = connection.execute(text(asked)).scalar_one()
    return None if entry is None else Fault(kind, None, entry)


def _head(connection: Connection) -> Head:
    asked = select(Seal.number, Seal.digest).order_by(Seal.number.desc()).limit(1)
    found = connection.execute(asked).one_or_none()
    return Head(found.number, found.digest.hex()) if found else Head(0, rules.ORIGIN.hex())


def _against(connection: Connection, noted: Head, head: Head) -> Fault | None:
    if noted.number > head.number:
        return Fault(Kind.REMOVED, head.number + 1, None)
    asked = select(Seal.entry_id, Seal.digest).where(Seal.number == noted.number)
    found = connection.execute(asked).one_or_none()
    if found is None or found.digest.hex() == noted.digest:
        return None
    return Fault(Kind.SEAL, noted.number, found.entry_id)
