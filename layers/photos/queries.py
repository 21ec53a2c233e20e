"""Reading photographs, never beyond the actor's sight of their cases."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from geoalchemy2 import Geography
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    case,
    cast,
    func,
    null,
    or_,
    select,
)

from layers.access import Actor, Verb, may
from layers.errors import Invalid, NotFound
from layers.grids.tables import Grid
from layers.incidents.queries import STANDS, seen
from layers.incidents.tables import Incident
from layers.photos.rules import CHECKING
from layers.photos.tables import Photo

Asked = Select[*tuple[object, ...]]
ROW = (
    Photo.id, Photo.incident_id, Photo.kind, Photo.received_at.label("at"), Photo.taken_at,
    Photo.width, Photo.height, Photo.bytes, Photo.by,
)  # fmt: skip
APART = cast(
    func.ST_Distance(cast(Photo.place, Geography), cast(Incident.place, Geography)), Integer
)
EXACT = Incident.occurred_precision == "minute"
LATER = cast(func.extract("epoch", Photo.taken_at - Incident.occurred_at) / 60, Integer)


def of(
    connection: Connection, actor: Actor, incident_ids: Collection[UUID]
) -> Sequence[RowMapping]:
    """The photographs of these cases, the oldest first.

    `metres` and `minutes` say to whoever judges cases how far the camera's place is from the
    case's, and how much later its time; None where the camera or the case does not say.
    """
    asked = _shown(actor).where(Photo.incident_id.in_(incident_ids))
    return connection.execute(asked.order_by(Photo.received_at, Photo.id)).mappings().all()


def one(connection: Connection, actor: Actor, incident_id: UUID, photo_id: UUID) -> RowMapping:
    """A photograph of a case, with what it is kept as."""
    asked = (
        _shown(actor)
        .add_columns(Photo.sha256, Photo.blob, Photo.small)
        .where(Photo.id == photo_id, Photo.incident_id == incident_id)
    )
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_photo", id=photo_id)
    return found


def kinds(
    connection: Connection, actor: Actor, incident_id: UUID, photo_ids: Collection[UUID]
) -> dict[UUID, str]:
    """What each of these photographs of a case shows; raises Invalid if one is none of its."""
    found = {row["id"]: row["kind"] for row in of(connection, actor, [incident_id])}
    missing = [photo_id for photo_id in photo_ids if photo_id not in found]
    if missing:
        raise Invalid("no_photo", id=missing[0])
    return {photo_id: found[photo_id] for photo_id in photo_ids}


def place_of(connection: Connection, actor: Actor, incident_id: UUID) -> RowMapping:
    """Where a case lies, and what decides who may add to it."""
    lon, lat = func.ST_X(Incident.place).label("lon"), func.ST_Y(Incident.place).label("lat")
    asked = select(
        lon, lat, Grid.code.label("grid"), Grid.township_code.label("township"),
        Incident.sent_to, Incident.reported_by, Incident.check_grid,
    )  # fmt: skip
    found = connection.execute(
        asked.select_from(Incident).outerjoin(Grid).where(Incident.id == incident_id, *_seen(actor))
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("no_incident", id=incident_id)
    return row


def beside(connection: Connection, incident_id: UUID, photo_id: UUID) -> int:
    """How many photographs a case has besides this one."""
    others = select(func.count()).where(Photo.incident_id == incident_id, Photo.id != photo_id)
    return connection.execute(others).scalar_one()


def used(connection: Connection, actor: Actor, blobs: Collection[bytes]) -> AbstractSet[bytes]:
    """Those of these blobs that any photograph is kept as."""
    may(actor, Verb.MANAGE)
    among = func.any(list(blobs))
    asked = select(Photo.blob, Photo.small).where(or_(Photo.blob == among, Photo.small == among))
    return {digest for row in connection.execute(asked) for digest in row}


def _shown(actor: Actor) -> Asked:
    judges = not CHECKING.isdisjoint(actor.verbs)
    metres = APART if judges else null()
    minutes = case((EXACT, LATER)) if judges else null()
    asked = select(*ROW, metres.label("metres"), minutes.label("minutes"))
    return asked.join(Incident).outerjoin(Grid).where(*_seen(actor))


def _seen(actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return STANDS, seen(actor)
