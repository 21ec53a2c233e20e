"""Taking an enquiry, answering it, and calling back. What is said in words is not journalled."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from layers.access import Actor, Verb, may
from layers.enquiries import queries, rules
from layers.enquiries.rules import Channel
from layers.enquiries.tables import Enquiry
from layers.errors import Conflict, NotFound
from layers.incidents.queries import township_of
from layers.journal.actions import note


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
        return _met(connection, asked)
    note(connection, "take", "enquiries", str(asked.id), actor=actor, at=at,
         incident=str(asked.incident), channel=asked.channel)  # fmt: skip
    return True


def _met(connection: Connection, asked: Asked) -> bool:
    """What stood in the way: the same enquiry a moment ago, or an order that is known already."""
    if was_taken(connection, asked.id, asked.content):
        return False
    if asked.outside_no is None:  # another's, out of sight
        raise NotFound("no_enquiry", id=asked.id)
    raise Conflict("order_known", channel=asked.channel, number=asked.outside_no)


def answer(
    connection: Connection, enquiry_id: UUID, words: str, *, actor: Actor, at: datetime
) -> None:
    """Say what is answered. A correction leaves the time of the first answer."""
    row = _held(connection, enquiry_id, actor)
    if row["answer"] == words:
        return
    changes: dict[str, object] = {"answer": words, "answered_at": row["answered_at"] or at}
    _change(connection, "answer", enquiry_id, changes, actor=actor, at=at)


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
    unless they have said so by their link."""
    row = _held(connection, enquiry_id, actor)
    answered = row["answered_at"] is not None
    own = row["own_rating"]
    rules.check_call(answered=answered, reached=reached, satisfaction=satisfaction, own_rating=own)
    rated = None if satisfaction is None else at
    if own:
        satisfaction, rated = row["satisfaction"], row["satisfied_at"]
    said = {"reached": reached, "satisfaction": satisfaction, "remark": remark}
    if all(row[name] == value for name, value in said.items()):
        return
    changes: dict[str, object] = {**said, "called_back_at": at, "satisfied_at": rated}
    _change(connection, "call_back", enquiry_id, changes, actor=actor, at=at, reached=reached)


def _held(connection: Connection, enquiry_id: UUID, actor: Actor) -> RowMapping:
    """The enquiry, until the transaction ends, of somebody whom the actor may call."""
    connection.execute(select(Enquiry.id).where(Enquiry.id == enquiry_id).with_for_update())
    row = queries.one(connection, actor, enquiry_id)
    may(actor, Verb.CONTACT, [row["township"]])
    return row


def _change(
    connection: Connection, verb: str, enquiry_id: UUID, changes: dict[str, object], *,
    actor: Actor, at: datetime, **details: object,
) -> None:  # fmt: skip
    connection.execute(update(Enquiry).where(Enquiry.id == enquiry_id).values(changes))
    note(connection, verb, "enquiries", str(enquiry_id), actor=actor, at=at, **details)
