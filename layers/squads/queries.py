"""Reading the squads, and where each can be taken to be."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import geopandas as gpd
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Float,
    Row,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
)

from layers import db
from layers.access import Actor, within
from layers.grids.tables import Township
from layers.squads.tables import Squad

Moment = datetime | ColumnElement[datetime]
AHEAD = timedelta(minutes=5)
"""Clocks differ by so much; a position from further in the future is none."""
FRESH = timedelta(minutes=30)
"""A position older than this is no longer believed (Resgrid's default, domain 2.4)."""


def squads(connection: Connection, actor: Actor, at: datetime) -> gpd.GeoDataFrame:
    """All squads by code with `fresh` and, as geometry, the place to start from."""
    start = func.ST_AsBinary(_start(at)).label("geometry")
    asked = _squads(actor, at).add_columns(start)
    return db.geoframe(connection, asked.order_by(Squad.code))


def kept(connection: Connection, actor: Actor) -> gpd.GeoDataFrame:
    """All squads by code as an import takes them: the home station as geometry."""
    asked = (
        select(
            Squad.code,
            Squad.name,
            Squad.township_code.label("township"),
            Squad.unit_code.label("unit"),
            Squad.members,
            Squad.vehicles,
            Squad.on_duty,
            func.ST_X(Squad.position).label("position_lon"),
            func.ST_Y(Squad.position).label("position_lat"),
            Squad.position_at,
            func.ST_AsBinary(Squad.home).label("geometry"),
        )
        .where(_seen(actor))
        .order_by(Squad.code)
    )
    return db.geoframe(connection, asked)


def listed(
    connection: Connection, actor: Actor, at: datetime, page: db.Page
) -> Sequence[RowMapping]:
    """Squads behind a code; `lon`, `lat` are the place to start from."""
    start = _start(at)
    asked = _squads(actor, at).add_columns(
        func.ST_X(start).label("lon"), func.ST_Y(start).label("lat")
    )
    asked = asked.where(Squad.code > page.after).order_by(Squad.code).limit(page.limit)
    return connection.execute(asked).mappings().all()


def codes_in(connection: Connection, actor: Actor, township: str) -> Sequence[str]:
    """The codes of a township's squads."""
    there = select(Squad.code).where(_seen(actor), Squad.township_code == township)
    return connection.execute(there).scalars().all()


def counted(connection: Connection, actor: Actor) -> tuple[int, int]:
    """How many squads the actor sees, and how many of them are on duty."""
    on_duty = func.count().filter(Squad.on_duty)
    asked = select(func.count(), on_duty).select_from(Squad).where(_seen(actor))
    total, present = connection.execute(asked).one()
    return total, present


def starts(
    connection: Connection, actor: Actor, at: datetime
) -> Sequence[Row[str, str, bool, float, float, float | None]]:
    """Code, name, on duty, lon, lat of the place to start from, and the age in seconds of that
    position (None: the home station). As lean as can be: the nearest squad is asked for often."""
    asked = STARTS
    if actor.townships is not None:
        asked = asked.where(_seen(actor))
    return connection.execute(asked, {"at": at}).all()


def _squads(actor: Actor, at: datetime) -> Select[*tuple[object, ...]]:
    return (
        select(
            Squad.code, Squad.name, Squad.township_code.label("township"),
            Township.name.label("township_name"), Squad.unit_code.label("unit"),
            Squad.members, Squad.vehicles, Squad.on_duty,
            Squad.position_at, _fresh(at).label("fresh"),
        )
        .outerjoin(Township, Township.code == Squad.township_code)
        .where(_seen(actor))
    )  # fmt: skip


def _seen(actor: Actor) -> ColumnElement[bool]:
    return within(actor, Squad.township_code, squad=Squad.code)


def _fresh(at: Moment) -> ColumnElement[bool]:
    recent = and_(Squad.position_at >= at - FRESH, Squad.position_at <= at + AHEAD)
    return and_(Squad.position.is_not(None), func.coalesce(recent, False))


def _start(at: Moment) -> ColumnElement[object]:
    return case((_fresh(at), Squad.position), else_=Squad.home)


_AT = bindparam("at", type_=DateTime(timezone=True))
_AGE_S = func.greatest(cast(func.extract("epoch", _AT - Squad.position_at), Float), 0)
STARTS = select(
    Squad.code,
    Squad.name,
    Squad.on_duty,
    func.ST_X(_start(_AT)),
    func.ST_Y(_start(_AT)),
    case((_fresh(_AT), _AGE_S)),
).order_by(Squad.code)
"""Made once: putting the statement together took longer than its execution."""
