"""Reading incidents, never beyond the actor's areas."""

import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from uuid import UUID

import geopandas as gpd
import numpy as np
from geoalchemy2 import Geography, Geometry
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Double,
    Numeric,
    RowMapping,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from layers import db, flow
from layers.access import Actor, Verb, holds_at, within
from layers.errors import NotFound
from layers.grids.tables import Grid
from layers.incidents import rules
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter

RESOLUTION = 9
"""Of the H3 cell stored with each incident."""
JUDGED_TO_M, SHARE_ELSEWHERE = 100.0, 0.2
STANDS = ~Incident.withdrawn
"""A report that its sender took back counts nowhere and is shown nowhere."""


@dataclass(frozen=True)
class Wanted:
    """Which incidents: each condition that is given must hold."""

    bbox: tuple[float, float, float, float] | None = None
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
    """Past their deadline then."""


@dataclass(frozen=True)
class Observed:
    """The incidents of a time window, as arrays of the same length n."""

    lonlat: NDArray[np.float64]
    """(n, 2), WGS 84."""
    cell: NDArray[np.int64]
    """H3 cell at the resolution that is stored."""
    age_weeks: NDArray[np.int64]
    """Whole weeks between the incident's day and the last day of the window, from 0."""


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


def listed(
    connection: Connection, actor: Actor, wanted: Wanted, *, after: str, limit: int
) -> Sequence[RowMapping]:
    """Newest first, behind a key of the form `time|id`; with `lon`, `lat` and `uncertain`."""
    asked = _wanted(actor, wanted, _lon(), _lat(), _uncertain())
    if after:
        asked = asked.where(tuple_(Incident.occurred_at, Incident.id) < db.moment_of(after))
    ordered = asked.order_by(Incident.occurred_at.desc(), Incident.id.desc()).limit(limit)
    return connection.execute(ordered).mappings().all()


def one(connection: Connection, actor: Actor, incident_id: UUID) -> RowMapping:
    """One incident, with `lon`, `lat` and `uncertain`."""
    asked = _wanted(actor, Wanted(), _lon(), _lat(), _uncertain()).where(Incident.id == incident_id)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    return found


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


def observed(connection: Connection, actor: Actor, *, since: datetime, until: datetime) -> Observed:
    """What a study counts: everything that happened in [since, until), rejected reports aside.

    Weeks are counted in whole days of `until`'s own zone, so that neither a clock change nor a
    report known only by its day moves into another week.
    """
    day = cast(func.timezone(str(until.tzinfo), Incident.occurred_at), Date)
    age = (literal(until.date() - timedelta(days=1), Date) - day) / 7
    asked = select(_lon(), _lat(), Incident.cell, age).where(
        Incident.occurred_at >= since,
        Incident.occurred_at < until,
        Incident.state != "rejected",
        STANDS,
    )
    if actor.townships is not None:
        asked = asked.join(Grid).where(seen(actor))
    rows = connection.execute(asked.order_by(Incident.id)).all()
    lon, lat, cell, weeks = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Observed(
        np.column_stack([np.asarray(lon, float), np.asarray(lat, float)]),
        np.asarray(cell, np.int64),
        np.asarray(weeks, np.int64),
    )


def counted(connection: Connection, actor: Actor) -> int:
    """How many incidents the actor sees."""
    asked = select(func.count()).select_from(Incident).where(STANDS)
    if actor.townships is not None:
        asked = asked.outerjoin(Grid).where(seen(actor))
    return connection.execute(asked).scalar_one()


def first_at(connection: Connection, actor: Actor) -> datetime | None:
    """When the first incident in the actor's sight happened."""
    asked = select(func.min(Incident.occurred_at)).outerjoin(Grid).where(STANDS)
    return connection.execute(asked.where(seen(actor))).scalar_one()


def newest_at(connection: Connection, actor: Actor) -> datetime | None:
    """When the last incident in the actor's sight happened."""
    asked = select(func.max(Incident.occurred_at)).outerjoin(Grid).where(STANDS)
    return connection.execute(asked.where(seen(actor))).scalar_one()


def _wanted(
    actor: Actor, wanted: Wanted, *more: ColumnElement[object]
) -> Select[*tuple[object, ...]]:
    asked = (
        select(*ROW, *more)
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(seen(actor))
    )
    return asked.where(*_conditions(wanted))


def seen(actor: Actor) -> ColumnElement[bool]:
    """A case is seen by whom its grid is seen, by who reported it, by the squads that had it."""
    there = within(actor, Grid.township_code, grid=Grid.code)
    own = Incident.reported_by == actor.name
    return or_(there, own, Incident.sent_to.overlap(sorted(actor.squads)))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    equal = {
        Grid.code: wanted.grid,
        Grid.township_code: wanted.township,
        Incident.matter_code: wanted.matter,
        Incident.source: wanted.source,
        Incident.state: wanted.state,
        Incident.squad_code: wanted.squad,
        Incident.reported_by: wanted.reported_by,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    conditions.append(STANDS)
    if wanted.bbox is not None:
        envelope = func.ST_MakeEnvelope(*wanted.bbox, db.SRID)
        conditions.append(Incident.place.op("&&", is_comparison=True)(envelope))
    if wanted.since is not None:
        conditions.append(Incident.occurred_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Incident.occurred_at < wanted.until)
    if wanted.overdue_at is not None:
        conditions.append(Incident.due_at < wanted.overdue_at)
    return conditions


def _lon() -> ColumnElement[object]:
    return func.ST_X(Incident.place).label("lon")


def _lat() -> ColumnElement[object]:
    return func.ST_Y(Incident.place).label("lat")


def _uncertain() -> ColumnElement[object]:
    """Whether the grid is doubtful: over a fifth of the accuracy circle lies in other grids.

    Asked only up to an accuracy of 100 m; a worse one says nothing of the grid either way
    (decisions: border and time of a grid). Computed when shown: an import need not wait for it.
    """
    other = aliased(Grid)
    circle = cast(func.ST_Buffer(cast(Incident.place, Geography), Incident.accuracy_m), Geometry)
    elsewhere = func.sum(func.ST_Area(func.ST_Intersection(other.shape, circle)))
    # The day by which the case was given its grid, in whatever zone, lies within that version
    # (LEAST leaves out what is NULL).
    by_utc = cast(Incident.occurred_at, Date)
    day = func.greatest(Grid.valid_from, func.least(by_utc, Grid.valid_to - 1))
    spread = (
        select(func.coalesce(elsewhere, 0) > SHARE_ELSEWHERE * func.ST_Area(circle))
        .where(
            other.shape.op("&&", is_comparison=True)(circle),
            other.code != Grid.code,
            other.valid_from <= day,
            or_(other.valid_to.is_(None), other.valid_to > day),
        )
        .scalar_subquery()
    )
    judged = and_(
        Incident.grid_id.is_not(None), Incident.accuracy_m > 0, Incident.accuracy_m <= JUDGED_TO_M
    )
    return case((judged, spread), else_=False).label("uncertain")


def key(row: RowMapping) -> str:
    """The key of a row: where the next page begins."""
    return db.moment_key(row["occurred_at"], row["id"])


# --- The loop -----------------------------------------------------------------------------------

LIMITS = (
    Matter.arrive_limit.label("arrive"), Matter.simple_limit.label("simple"),
    Matter.opinion_limit.label("opinion"), Matter.complex_limit.label("complex"),
)  # fmt: skip


def locked(connection: Connection, incident_id: UUID) -> RowMapping:
    """A case with its matter's limits, held until the transaction ends."""
    asked = (
        select(*ROW, Incident.sent_to, *LIMITS)
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(Incident.id == incident_id, STANDS)
        .with_for_update(of=Incident)
    )
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    return found


def steps(connection: Connection, incident_id: UUID) -> Sequence[RowMapping]:
    """The history of a case, the oldest first."""
    asked = select(*Step.__table__.columns).where(Step.incident_id == incident_id)
    return connection.execute(asked.order_by(Step.version)).mappings().all()


def suspended(connection: Connection, *, until: date) -> bool:
    """Whether a clock stands that is to go on by a day."""
    asked = select(exists().where(Incident.suspended_until <= until))
    return bool(connection.execute(asked).scalar_one())


def verbs(actor: Actor, case: RowMapping, at: datetime) -> list[str]:
    """What the actor can do with a case now, in the order of the table."""
    standing = standing_of(case)
    return [
        row.verb
        for row in rules.FLOW.open(case["state"])
        if open_to(actor, row, case) and rules.obstacle(row.verb, standing, at) is None
    ]


def open_to(actor: Actor, row: flow.Step, case: RowMapping) -> bool:
    """Whether a step is the actor's to do."""
    where = {"grid": case["grid"], "squad": case["squad"]}
    return any(holds_at(actor, Verb(power), case["township"], **where) for power in row.powers)


def standing_of(case: RowMapping) -> rules.Standing:
    """What the table of steps does not say of a case."""
    return rules.Standing(**{each.name: case[each.name] for each in fields(rules.Standing)})


# --- For everybody ------------------------------------------------------------------------------

PLACES = 3
"""Decimals of a degree: about 100 m."""
UPDATED = func.coalesce(Incident.closed_at, Incident.updated_at, Incident.received_at)
PUBLIC = (
    STANDS, Matter.public, Incident.state.in_(rules.TAKEN_UP),
)  # fmt: skip
"""What everybody may know of (the database keeps to it as well: migration 0013)."""


@dataclass(frozen=True)
class PublicWanted:
    """Which of the cases that everybody may know of; None asks for any."""

    ids: Sequence[UUID] | None = None
    matters: Sequence[str] | None = None
    states: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None


def public(
    connection: Connection, wanted: PublicWanted, *, limit: int, skip: int = 0
) -> Sequence[RowMapping]:
    """Newest first: the place coarsened, the words only of what was released."""
    told = (
        case((Incident.released, words)).label(words.key)
        for words in (Incident.address, Incident.description)
    )
    asked = (
        select(
            Incident.id, Incident.state, Incident.matter_code.label("matter"), Matter.name_zh,
            Matter.name_en, Incident.occurred_at, Incident.due_at, UPDATED.label("updated_at"),
            _coarse(func.ST_X).label("lon"), _coarse(func.ST_Y).label("lat"), *told,
        )
        .join(Matter, Matter.code == Incident.matter_code)
        .where(*PUBLIC, *_public_conditions(wanted))
        .order_by(Incident.occurred_at.desc(), Incident.id.desc())
    )  # fmt: skip
    return connection.execute(asked.limit(limit).offset(skip)).mappings().all()


def _coarse(of: Callable[..., ColumnElement[float]]) -> ColumnElement[float]:
    return cast(func.round(cast(of(Incident.place), Numeric), PLACES), Double)


def _public_conditions(wanted: PublicWanted) -> list[ColumnElement[bool]]:
    among = (
        (Incident.id, wanted.ids), (Incident.matter_code, wanted.matters),
        (Incident.state, wanted.states),
    )  # fmt: skip
    bounds = (
        (operator.ge, Incident.occurred_at, wanted.since),
        (operator.le, Incident.occurred_at, wanted.until),
        (operator.ge, UPDATED, wanted.updated_since),
        (operator.le, UPDATED, wanted.updated_until),
    )
    return [
        *(column.in_(values) for column, values in among if values is not None),
        *(holds(column, moment) for holds, column, moment in bounds if moment is not None),
    ]
