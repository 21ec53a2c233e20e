"""Bringing a report by oneself, following one that is there, saying how satisfied one is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from layers.access import Actor, Verb, may
from layers.enquiries.actions import was_taken
from layers.enquiries.rules import Channel
from layers.enquiries.tables import Enquiry
from layers.errors import Conflict, NotFound
from layers.incidents.actions.reporting import Report, report
from layers.incidents.queries import PublicWanted, public
from layers.journal.actions import note
from layers.matters import queries as matters
from layers.photos import actions as photos
from layers.photos import queries as photographs
from layers.residents import queries, rules


@dataclass(frozen=True)
class Link:
    """By what somebody comes back: the enquiry's id, a digest of all that was sent, and one of the
    link itself."""

    id: UUID
    content: bytes
    token_hash: bytes


def bring(
    connection: Connection, link: Link, new: Report, *, actor: Actor, at: datetime, zone: ZoneInfo
) -> bool:
    """Keep a report with the link to it; False where it was kept before."""
    may(actor, Verb.REPORT, ())
    if was_taken(connection, link.id, link.content):
        return False
    if not matters.one(connection, new.matter)["public"]:
        raise NotFound("no_matter", code=new.matter)
    _check_unused(connection, link)
    report(connection, new, actor=actor, at=at, zone=zone)
    return _keep(connection, link, new.id, actor, at)


def follow(
    connection: Connection, link: Link, incident_id: UUID, *, actor: Actor, at: datetime
) -> bool:
    """Keep a link to a case that everybody may know of; False where it was kept before."""
    may(actor, Verb.REPORT, ())
    if was_taken(connection, link.id, link.content):
        return False
    if not public(connection, PublicWanted(ids=[incident_id]), limit=1):
        raise NotFound("no_incident", id=incident_id)
    _check_unused(connection, link)
    return _keep(connection, link, incident_id, actor, at)


def _check_unused(connection: Connection, link: Link) -> None:
    """One link leads to one report."""
    used = select(Enquiry.id).where(Enquiry.token_hash == link.token_hash, Enquiry.id != link.id)
    if connection.execute(used).one_or_none() is not None:
        raise Conflict("link_used")


def _keep(
    connection: Connection, link: Link, incident_id: UUID, actor: Actor, at: datetime
) -> bool:
    row = {
        "id": link.id, "incident_id": incident_id, "channel": Channel.WEB, "received_at": at,
        "content": link.content, "token_hash": link.token_hash,
    }  # fmt: skip
    kept = insert(Enquiry).values(row).on_conflict_do_nothing().returning(Enquiry.id)
    if connection.execute(kept).one_or_none() is None:
        if not was_taken(connection, link.id, link.content):  # another's id, out of sight
            raise NotFound("no_enquiry", id=link.id)
        return False
    note(connection, "take", "enquiries", str(link.id), actor=actor, at=at,
         incident=str(incident_id), channel=Channel.WEB)  # fmt: skip
    return True


def check_may_add(
    connection: Connection, token_hash: bytes, photo_id: UUID, *, actor: Actor, at: datetime
) -> UUID:
    """The report to which the holder of a link may add this photograph."""
    row = queries.behind(connection, token_hash)
    photos.check_may_add(connection, row["incident"], photo_id, actor=actor)
    beside = photographs.beside(connection, row["incident"], photo_id)
    rules.check_photo(row["state"], received_at=row["received_at"], beside=beside, at=at)
    found: UUID = row["incident"]
    return found


def rate(
    connection: Connection, token_hash: bytes, satisfaction: int, words: str | None, *,
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """Say how satisfied one is with what came of it; for a while it can be said anew. It stands in
    place of what was noted of that on a call."""
    row = queries.behind(connection, token_hash, locked=True)
    rated_at = row["rated_at"]
    if rated_at and (row["satisfaction"], row["opinion"]) == (satisfaction, words):
        return
    rules.check_rating(row["state"], rated_at, at)
    said = {"satisfaction": satisfaction, "opinion": words, "own_rating": True,
            "satisfied_at": rated_at or at}  # fmt: skip
    connection.execute(update(Enquiry).where(Enquiry.id == row["id"]).values(said))
    note(connection, "rate", "enquiries", str(row["id"]), actor=actor, at=at)
