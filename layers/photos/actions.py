"""Adding photographs to cases, and clearing away what none of them is kept as."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import Connection, RowMapping, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from layers import blobs, db
from layers.access import Actor, Verb, holds_at, may
from layers.errors import Conflict, Forbidden, NotFound
from layers.incidents.queries import ENDED, MAIN, township_of
from layers.incidents.tables import Incident
from layers.journal.actions import note
from layers.photos import queries
from layers.photos.rules import MOST, WORKING, Kind, on_wgs84
from layers.photos.tables import Photo
from layers.pictures import Picture


@dataclass(frozen=True)
class Sent:
    """A photograph as it came: the id is its sender's."""

    id: UUID
    incident_id: UUID
    kind: Kind
    picture: Picture


def add(connection: Connection, sent: Sent, folder: Path, *, actor: Actor, at: datetime) -> bool:
    """Add a photograph to a case; False where it was added before.

    Raises NotFound for a case out of sight and for an id that is another case's, Conflict for
    an id that stands for another photograph and for a case that has as many as it can.
    """
    case = check_may_add(connection, sent.incident_id, sent.id, actor=actor)
    row = {**_row(sent, case), "received_at": at, "by": actor.name}
    added = upsert(Photo).values(row).on_conflict_do_nothing(index_elements=[Photo.id])
    if connection.execute(added.returning(Photo.id)).one_or_none() is None:
        _check_same(connection, sent, actor)
        return False
    for content in (sent.picture.full, sent.picture.small):
        blobs.keep(folder, content)
    note(connection, "add", "photos", str(sent.id), actor=actor, at=at,
         incident=str(sent.incident_id), digest=sent.picture.sent.hex())  # fmt: skip
    return True


def check_may_add(
    connection: Connection, incident_id: UUID, photo_id: UUID, *, actor: Actor
) -> RowMapping:
    """Where a case lies to which the actor may add this photograph, be it there already."""
    case = queries.place_of(connection, actor, incident_id)
    _check_may(actor, case)
    if queries.beside(connection, incident_id, photo_id) >= MOST:
        raise Conflict("case_full", most=MOST)
    return case


def _check_may(actor: Actor, case: RowMapping) -> None:
    """Whoever works on a case may add to it: also a squad that had it once and had no signal,
    whoever was asked to look at it, and whoever reported it from a grid that is not theirs."""
    reported = Verb.REPORT in actor.verbs and case["reported_by"] == actor.name
    squad = next(iter(actor.squads.intersection(case["sent_to"])), None)
    asked = case["check_grid"] in actor.grids
    where = {"grid": case["check_grid"] if asked else case["grid"], "squad": squad}
    works = (holds_at(actor, verb, case["township"], **where) for verb in WORKING)
    if not (reported or any(works)):
        raise Forbidden("may_not_add_photo")


def _row(sent: Sent, case: RowMapping) -> dict[str, object]:
    picture, said = sent.picture, sent.picture.said
    row: dict[str, object] = {
        "id": sent.id, "incident_id": sent.incident_id, "kind": sent.kind,
        "sha256": picture.sent, "blob": blobs.digest(picture.full),
        "small": blobs.digest(picture.small), "width": picture.width, "height": picture.height,
        "bytes": len(picture.full), "taken_at": said.taken_at,
    }  # fmt: skip
    if said.place is None:
        return row
    place, datum = on_wgs84(said.place, said.datum, (case["lon"], case["lat"]))
    return {**row, "place": from_shape(Point(place), db.SRID), "datum": datum}


def _check_same(connection: Connection, sent: Sent, actor: Actor) -> None:
    kept = queries.one(connection, actor, sent.incident_id, sent.id)
    if (kept["sha256"], kept["kind"]) != (sent.picture.sent, sent.kind):
        raise Conflict("other_content", id=sent.id)


def redact(
    connection: Connection,
    incident_id: UUID,
    photo_id: UUID,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Take a photograph out of a case, for what it shows of a person. The next sweep clears its
    files away."""
    may(actor, Verb.CONTACT, [township_of(connection, actor, incident_id)])
    gone = delete(Photo).where(Photo.id == photo_id, Photo.incident_id == incident_id)
    if connection.execute(gone.returning(Photo.id)).one_or_none() is None:
        raise NotFound("no_photo", id=photo_id)
    note(connection, "redact", "photos", str(photo_id),
         actor=actor, at=at, incident=str(incident_id), text=reason)  # fmt: skip


def forget(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Remove the photographs of cases that ended before a time; their ids. The next sweep clears
    their files away."""
    may(actor, Verb.MANAGE)
    due = (
        select(Photo.id)
        .join(Incident, Incident.id == Photo.incident_id)
        .outerjoin(MAIN, MAIN.id == Incident.merged_into)
        .where(before > ENDED)
        .limit(limit)
    )
    gone = delete(Photo).where(Photo.id.in_(db.once(due))).returning(Photo.id)
    return sorted(map(str, connection.execute(gone).scalars()))


def sweep(connection: Connection, folder: Path, *, before: datetime, actor: Actor) -> int:
    """Remove the files that no photograph is kept as, and that are older than this; how many."""
    return blobs.sweep(folder, before, lambda found: queries.used(connection, actor, found))
