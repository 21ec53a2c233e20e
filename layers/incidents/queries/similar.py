"""Cases that are likely the same thing: of like matter, near, and of about the same time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from geoalchemy2 import Geography, Geometry
from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    RowMapping,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)

from layers import db
from layers.access import Actor
from layers.errors import Invalid, NotFound
from layers.grids.tables import Grid
from layers.incidents import rules
from layers.incidents.queries.listing import STANDS, latitude, longitude, seen
from layers.incidents.tables import Incident
from layers.matters.tables import Matter

MOST = 10
MATTER = select(
    Matter.code, Matter.kind, Matter.class_code, Matter.similar_m, Matter.similar_h
).where(Matter.code == bindparam("code"))


@dataclass(frozen=True)
class Like:
    """What is looked for: a matter, where on WGS 84, and when."""

    matter: str
    lon: float
    lat: float
    at: datetime


def like(connection: Connection, actor: Actor, incident_id: UUID) -> Like:
    """What would be looked for, were a case in sight reported again."""
    columns = (Incident.matter_code, longitude(), latitude(), Incident.occurred_at)
    asked = select(*columns).select_from(Incident).outerjoin(Grid, Grid.id == Incident.grid_id)
    asked = asked.where(Incident.id == incident_id, STANDS, seen(actor))
    found = connection.execute(asked).one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    return Like(found.matter_code, found.lon, found.lat, found.occurred_at)


def similar(
    connection: Connection, actor: Actor, wanted: Like, *, but: UUID | None = None
) -> Sequence[RowMapping]:
    """The nearest first, with `metres`; the same matter before others of its class.

    Within the metres and hours of the matter that is looked for: open cases that happened then,
    and those that ended then. What was merged away is there as what it was merged into.
    """
    matter = connection.execute(MATTER, {"code": wanted.matter}).mappings().one_or_none()
    if matter is None:
        raise Invalid("no_matter", code=wanted.matter)
    spot = func.ST_SetSRID(func.ST_MakePoint(wanted.lon, wanted.lat), db.SRID)
    around = cast(func.ST_Buffer(cast(spot, Geography), matter["similar_m"]), Geometry)
    metres = func.ST_Distance(cast(Incident.place, Geography), cast(spot, Geography))
    asked = (
        select(
            Incident.id, Incident.case_no, Incident.version, Incident.state, Incident.address,
            Incident.matter_code.label("matter"), Matter.name_zh.label("matter_zh"),
            Matter.name_en.label("matter_en"), Incident.occurred_at, Incident.closed_at,
            cast(metres, Double).label("metres"),
        )
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(
            Incident.place.op("&&", is_comparison=True)(around),
            metres <= matter["similar_m"],
            _alike(matter), _then(wanted.at, timedelta(hours=matter["similar_h"])),
            STANDS, seen(actor),
        )
        .order_by(case((Matter.code == matter["code"], 0), else_=1), metres, Incident.id)
    )  # fmt: skip
    if but is not None:
        asked = asked.where(Incident.id != but)
    return connection.execute(asked.limit(MOST)).mappings().all()


def _alike(matter: RowMapping) -> ColumnElement[bool]:
    """The same matter or, where it has one, the same class: of components and of events, each has
    codes of its own."""
    same = Matter.code == matter["code"]
    kind = Matter.kind.is_not_distinct_from(matter["kind"])
    class_ = and_(kind, Matter.class_code == matter["class_code"])
    return or_(same, class_) if matter["class_code"] else same


def _then(at: datetime, apart: timedelta) -> ColumnElement[bool]:
    happened = Incident.occurred_at.between(at - apart, at + apart)
    ended = Incident.closed_at.between(at - apart, at + apart)
    return or_(
        and_(Incident.state.in_(rules.OPEN), happened),
        and_(Incident.state.in_(rules.ENDED), or_(happened, ended)),
    )
