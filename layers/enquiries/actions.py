"""Taking an enquiry, answering it, calling back, taking out its words, which no journal repeats."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from layers.access import Actor, Verb, may
from layers.db import once
from layers.enquiries import queries, rules
from layers.enquiries.rules import Channel
from layers.enquiries.tables import Enquiry
from layers.errors import Conflict, NotFound
from layers.incidents.queries import ENDED, MAIN, township_of
from layers.incidents.tables import Incident
from layers.journal.actions import note

WORDLESS = dict.fromkeys(column.key for column in queries.WORDS)


@dataclass(frozen=True)
class Asked:
    """What somebody outside asks. `incident` is the report that it is about; `content` a digest of
    all that was sent, by which the same enquiry sent again is known."""

    id: UUID
    incident: UUID
    channel: Channel
    content: bytes
    outside_no: str | None = None
    respond_by: datetime | None = None
    token_hash: bytes | None = None


def was_taken(connection: Connection, enquiry_id: UUID, content: bytes) -> bool:
    """Whether this very enquiry is there already. Raises Conflict if the id is another's."""
    asked = select(Enquiry.content).where(Enquiry.id == enquiry_id)
    kept = connection.execute(asked).scalar_one_or_none()
    if kept is not None and bytes(kept) != content:
        raise Conflict("other_content", id=enquiry_id)
    return kept is not None


def take(connection: Connection, asked: Asked, *, actor: Actor, at: datetime) -> bool:
    """Keep an enquiry about a report in sight; False where it was kept before.

    Whoever sits at the telephone takes what comes, wherever it lies.
    """
    may(actor, Verb.CONTACT, ())
    if was_taken(connection, asked.id, asked.content):
        return False
    township_of(connection, actor, asked.incident)
    row = {
        "id": asked.id, "incident_id": asked.incident, "channel": asked.channel,
        "outside_no": asked.outside_no, "respond_by": asked.respond_by, "received_at": at,
        "content": asked.content, "token_hash": asked.token_hash,
    }  # fmt: skip
    kept = insert(Enquiry).values(row).on_conflict_do_nothing().returning(Enquiry.id)
    if connection.execute(kept).one_or_none() is None:
        return _met(connection, asked, actor)
    note(connection, "take", "enquiries", str(asked.id), actor=actor, at=at,
         incident=str(asked.incident), channel=asked.channel)  # fmt: skip
    return True


def _met(connection: Connection, asked: Asked, actor: Actor) -> bool:
    """What stood in the way: the same enquiry a moment ago, or an order that is known already.

    What the actor does not see is told like an id that is another's.
    """
    if was_taken(connection, asked.id, asked.content):
        return False
    channel, number = asked.channel, asked.outside_no
    if number is not None and queries.knows_order(connection, actor, channel, number):
        raise Conflict("order_known", channel=channel, number=number)
    raise NotFound("no_enquiry", id=asked.id)


def answer(
    connection: Connection,
    enquiry_id: UUID,
    text: str,
    *,
    final: bool = True,
    actor: Actor,
    at: datetime,
) -> None:
    """Say what is answered, as the last word or on the way to it. A correction of either leaves
    its first time."""
    row = _held(connection, enquiry_id, actor)
    said, since = ("answer", "answered_at") if final else ("interim", "interim_at")
    if row[said] == text:
        return
    rules.check_answer(answered=row["answered_at"] is not None, final=final)
    changes: dict[str, object] = {said: text, since: row[since] or at}
    _change(connection, "answer", enquiry_id, changes, actor=actor, at=at, final=final)


def call_back(  # noqa: PLR0913  (an action: whom, how it went, who, when)
    connection: Connection,
    enquiry_id: UUID,
    *,
    reached: bool,
    satisfaction: int | None,
    remark: str | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Note that somebody was called back: whether anybody answered, and how satisfied they are,
    unless they have said so by their link. Whoever was not reached can be tried again."""
    row = _held(connection, enquiry_id, actor)
    answered = row["answered_at"] is not None
    own = row["own_rating"]
    rules.check_call(answered=answered, reached=reached, satisfaction=satisfaction, own_rating=own)
    if own:
        satisfaction = row["satisfaction"]
    # The same judgement again, beside other words, stays one of the day when it was given.
    rated = {None: None, row["satisfaction"]: row["satisfied_at"]}.get(satisfaction, at)
    said = {"reached": reached, "satisfaction": satisfaction, "remark": remark}
    if reached and all(row[name] == value for name, value in said.items()):
        return
    changes: dict[str, object] = {**said, "called_back_at": at, "satisfied_at": rated}
    _change(connection, "call_back", enquiry_id, changes,
            actor=actor, at=at, reached=reached, satisfaction=satisfaction)  # fmt: skip


def redact(
    connection: Connection, enquiry_id: UUID, reason: str, *, actor: Actor, at: datetime
) -> None:
    """Take out what was said in words, and the number that leads to whoever asked."""
    _held(connection, enquiry_id, actor)
    _change(connection, "redact", enquiry_id, WORDLESS, actor=actor, at=at, text=reason)


def remove(
    connection: Connection, incidents: Collection[UUID], *, actor: Actor, at: datetime
) -> None:
    """Take out the words of the enquiries of those who brought these reports."""
    rows = queries.said(connection, actor, incidents)
    may(actor, Verb.CONTACT, {row["township_code"] for row in rows})
    for row in rows:
        _change(connection, "remove", row["id"], WORDLESS, actor=actor, at=at)


def forget(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Take the words out of the enquiries about cases that ended before a time; their ids."""
    may(actor, Verb.MANAGE)
    due = (
        select(Enquiry.id)
        .join(Incident, Incident.id == Enquiry.incident_id)
        .outerjoin(MAIN, MAIN.id == Incident.merged_into)
        .where(queries.worded(), before > ENDED)
        .limit(limit)
        .with_for_update(of=Enquiry, skip_locked=True)
    )
    bare = update(Enquiry).where(Enquiry.id.in_(once(due))).values(WORDLESS).returning(Enquiry.id)
    return sorted(map(str, connection.execute(bare).scalars()))


def _held(connection: Connection, enquiry_id: UUID, actor: Actor) -> RowMapping:
    """The enquiry, until the transaction ends, of somebody whom the actor may call."""
    connection.execute(select(Enquiry.id).where(Enquiry.id == enquiry_id).with_for_update())
    row = queries.one(connection, actor, enquiry_id)
    may(actor, Verb.CONTACT, [row["township"]])
    return row


def _change(
    connection: Connection, verb: str, enquiry_id: UUID, changes: Mapping[str, object], *,
    actor: Actor, at: datetime, **details: object,
) -> None:  # fmt: skip
    connection.execute(update(Enquiry).where(Enquiry.id == enquiry_id).values(changes))
    note(connection, verb, "enquiries", str(enquiry_id), actor=actor, at=at, **details)
