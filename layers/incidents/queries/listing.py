"""Lists of incidents, and one of them, never beyond the actor's areas."""

import operator
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, auto
from typing import Any, TypeAlias
from uuid import UUID

import geopandas as gpd
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from layers import db
from layers.access import Actor, within
from layers.errors import NotFound
from layers.grids.tables import Grid
from layers.incidents.queries.doubt import uncertain
from layers.incidents.queries.flooding import to_file
from layers.incidents.queries.nearing import UNTIL, Near, is_between, is_near, is_overdue
from layers.incidents.rules import FILED, OPEN, SENT, Flood
from layers.incidents.tables import Incident
from layers.jurisdictions.queries import About
from layers.matters.tables import Matter

Case: TypeAlias = RowMapping | Mapping[str, Any]
"""A row of a list of cases, or the same of one that was just reported."""
STANDS = ~Incident.withdrawn
"""A report that its sender took back counts nowhere and is shown nowhere."""


@dataclass(frozen=True)
class Wanted:
    """Which incidents: each condition that is given must hold."""

    bbox: tuple[float, float, float, float] | None = None
    case_no: str | None = None
    numbered: bool | None = None
    """Whether it has a number; what a file brought has none before its first step here."""
    grid: str | None = None
    township: str | None = None
    matter: str | None = None
    source: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    squad: str | None = None
    reported_by: str | None = None
    overdue_at: datetime | None = None
    """Past their deadline or their promise then."""
    squads: frozenset[str] | None = None
    """In the hands of one of these, and not handled yet."""
    due_between: tuple[datetime, datetime] | None = None
    due_soon: tuple[datetime, Near] | None = None
    """Near its deadline or its promise then, and not past it."""
    extension_asked: bool = False
    about: Sequence[About] | None = None
    """Waiting for a squad, and about one of these."""
    unacknowledged_since: datetime | None = None
    """Sent to a squad before then, and not accepted yet."""
    still_open: bool = False
    flood: Flood | None = None
    """Waiting to be filed, and one of so many that residents sent."""


class Order(StrEnum):
    """What a list goes by."""

    OCCURRED = auto()
    """The newest first."""
    OLDEST = auto()
    """What waits longest first."""
    DUE = auto()
    """The next deadline or promise first; what has none comes last."""
    PROMISED = auto()
    """What waits to be sent, by when somebody should be there; what has no promise by its age."""


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
DUE = func.coalesce(UNTIL, NEVER)
PROMISED = func.coalesce(Incident.promised_by, Incident.occurred_at)

ROW = (
    Incident.id, Incident.source, Incident.external_id, Incident.matter_code.label("matter"),
    Matter.name_zh.label("matter_zh"), Matter.name_en.label("matter_en"), Incident.state,
    Incident.x, Incident.y, Incident.datum, Incident.accuracy_m,
    Grid.code.label("grid"), Grid.township_code.label("township"),
    Incident.occurred_at, Incident.occurred_precision, Incident.received_at, Incident.closed_at,
    Incident.address, Incident.description, Incident.case_no, Incident.version,
    Incident.squad_code.label("squad"), Incident.merged_into, Incident.due_at, Incident.due_limit,
    Incident.due_provisional, Incident.suspended_until, Incident.extensions,
    Incident.extension_asked,
)  # fmt: skip
LOOP = (
    Incident.sent_at, Incident.returned, Incident.reported_by, Incident.released,
    Incident.check_grid, Incident.answers, Incident.priority, Incident.suspensions,
    Incident.promised_by, Matter.arrive_limit, Matter.photos_before, Matter.photos_after,
    Matter.priority.label("matter_priority"),
)  # fmt: skip
"""Of a case that is shown, beside what a file of cases has."""


def listed(
    connection: Connection,
    actor: Actor,
    wanted: Wanted,
    *,
    after: str,
    limit: int,
    order: Order = Order.OCCURRED,
) -> Sequence[RowMapping]:
    """Behind a key of the form `time|id`; with `lon`, `lat` and `uncertain`."""
    asked = _shown(actor, wanted)
    place, behind, by = ORDERS[order]
    if after:
        asked = asked.where(behind(tuple_(*place), db.moment_of(after)))
    return connection.execute(asked.order_by(*by).limit(limit)).mappings().all()


BY_TIME, BY_DUE = (Incident.occurred_at, Incident.id), (DUE, Incident.id)
BY_PROMISE = (PROMISED, Incident.id)
ORDERS = {
    Order.OCCURRED: (BY_TIME, operator.lt, tuple(column.desc() for column in BY_TIME)),
    Order.OLDEST: (BY_TIME, operator.gt, BY_TIME),
    Order.DUE: (BY_DUE, operator.gt, BY_DUE),
    Order.PROMISED: (BY_PROMISE, operator.gt, BY_PROMISE),
}


def many(connection: Connection, actor: Actor, wanted: Wanted) -> int:
    """How many such incidents the actor sees."""
    asked = select(func.count()).select_from(Incident).outerjoin(Grid, Grid.id == Incident.grid_id)
    asked = asked.where(seen(actor), *conditions(wanted))
    return int(connection.execute(asked).scalar_one())


def one(connection: Connection, actor: Actor, incident_id: UUID) -> RowMapping:
    """One incident, with `lon`, `lat` and `uncertain`."""
    asked = _shown(actor, Wanted()).where(Incident.id == incident_id)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    return found


def those(
    connection: Connection, actor: Actor, incident_ids: Collection[UUID]
) -> tuple[Sequence[RowMapping], set[UUID]]:
    """These incidents as a list has them, and which of them were taken back by their sender."""
    asked = _shown(actor, Wanted()).where(Incident.id.in_(incident_ids))
    gone = select(Incident.id).outerjoin(Grid, Grid.id == Incident.grid_id)
    gone = gone.where(Incident.id.in_(incident_ids), seen(actor), ~STANDS)
    return connection.execute(asked).mappings().all(), set(connection.execute(gone).scalars())


def township_of(connection: Connection, actor: Actor, incident_id: UUID) -> str | None:
    """Where an incident lies, be it taken back or not: what a power over it must reach."""
    asked = select(Grid.township_code).select_from(Incident).outerjoin(Grid)
    asked = asked.where(Incident.id == incident_id, seen(actor))
    found = connection.execute(asked).one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    found_in: str | None = found.township_code
    return found_in


def places(
    connection: Connection, actor: Actor, wanted: Wanted, *, limit: int | None = None
) -> gpd.GeoDataFrame:
    """The same rows as a frame with geometry, newest first."""
    shape = func.ST_AsBinary(Incident.place).label("geometry")
    ordered = _wanted(actor, wanted, shape).order_by(
        Incident.occurred_at.desc(), Incident.id.desc()
    )
    return db.geoframe(connection, ordered.limit(limit))


def _shown(actor: Actor, wanted: Wanted) -> Select[*tuple[object, ...]]:
    return _wanted(actor, wanted, longitude(), latitude(), uncertain()).add_columns(*LOOP)


def _wanted(
    actor: Actor, wanted: Wanted, *more: ColumnElement[object]
) -> Select[*tuple[object, ...]]:
    asked = (
        select(*ROW, *more)
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(seen(actor))
    )
    return asked.where(*conditions(wanted))


def seen(actor: Actor) -> ColumnElement[bool]:
    """A case is seen by whom its grid is seen, by who reported it, by the squads that had it and by
    the workers of the grid that was asked to look."""
    there = within(actor, Grid.township_code, grid=Grid.code)
    own = Incident.reported_by == actor.name
    asked = Incident.check_grid.in_(sorted(actor.grids))
    return or_(there, own, asked, Incident.sent_to.overlap(sorted(actor.squads)))


def _in_hand(squads: frozenset[str] | None) -> list[ColumnElement[bool]]:
    if squads is None:
        return []
    return [Incident.squad_code.in_(sorted(squads)), Incident.state.in_(SENT)]


def _about(abouts: Sequence[About] | None) -> list[ColumnElement[bool]]:
    if abouts is None:
        return []
    pair = tuple_(Incident.matter_code, func.coalesce(Grid.township_code, ""))
    among = [(about.matter, about.township or "") for about in abouts]
    return [Incident.state == FILED, pair.in_(among)]


def _due(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.overdue_at is not None:
        yield is_overdue(wanted.overdue_at)
    if wanted.due_between is not None:
        yield is_between(*wanted.due_between)
    if wanted.due_soon is not None:
        yield is_near(*wanted.due_soon)


def _state(state: str | None) -> ColumnElement[str] | str | None:
    """One of ours is written out, for only then a plan that serves many can know that the index of
    what is open serves this one."""
    return literal(state, literal_execute=True) if state in OPEN else state


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What keeps the incidents that are wanted, of a statement that has Incident and Grid."""
    equal = {
        Incident.case_no: wanted.case_no,
        Incident.case_no.is_not(None): wanted.numbered,
        Incident.extension_asked: wanted.extension_asked or None,
        Grid.code: wanted.grid,
        Grid.township_code: wanted.township,
        Incident.matter_code: wanted.matter,
        Incident.source: wanted.source,
        Incident.state: _state(wanted.state),
        Incident.squad_code: wanted.squad,
        Incident.reported_by: wanted.reported_by,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    conditions += [STANDS, *_in_hand(wanted.squads), *_about(wanted.about), *_due(wanted)]
    conditions += [to_file(flood) for flood in [wanted.flood] if flood]
    if wanted.still_open:
        conditions.append(Incident.state.in_(OPEN))
    if wanted.bbox is not None:
        envelope = func.ST_MakeEnvelope(*wanted.bbox, db.SRID)
        conditions.append(Incident.place.op("&&", is_comparison=True)(envelope))
    if wanted.since is not None:
        conditions.append(Incident.occurred_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Incident.occurred_at < wanted.until)
    if wanted.unacknowledged_since is not None:
        conditions.append(Incident.sent_at < wanted.unacknowledged_since)
    return conditions


def key(row: RowMapping, order: Order = Order.OCCURRED) -> str:
    """The key of a row: where the next page begins."""
    named = {Order.DUE: _until(row), Order.PROMISED: row["promised_by"]}
    return db.moment_key(named.get(order) or row["occurred_at"], row["id"])


def _until(row: RowMapping) -> datetime:
    promise = None if row["suspended_until"] else row["promised_by"]
    return min((at for at in (row["due_at"], promise) if at is not None), default=NEVER)


def longitude() -> ColumnElement[object]:
    return func.ST_X(Incident.place).label("lon")


def latitude() -> ColumnElement[object]:
    return func.ST_Y(Incident.place).label("lat")
