"""Reading the squads, and where each can be taken to be."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import geopandas as gpd
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Float,
    FromClause,
    Interval,
    RowMapping,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from geo.tiles import Tile
from layers import db, tiles
from layers.access import Actor, within
from layers.grids.tables import Township
from layers.squads.rules import FRESH, USUAL, Belief
from layers.squads.tables import ON_FOOT, Shift, Squad

Moment = datetime | ColumnElement[datetime]
Age = timedelta | ColumnElement[timedelta]
AHEAD = timedelta(minutes=5)
"""Clocks differ by so much; a position from further in the future is none."""
REST = timedelta(minutes=15)
"""For so long after a case others go before a squad, unless they are that much farther away."""
BY_ROSTER, BY_ROSTER_AHEAD = timedelta(days=31), timedelta(days=1)
"""A squad that had a shift within so long, or is about to have one, is on duty by its shifts alone:
a free Saturday is none of duty, nor are the nine days of a festival. Where nobody keeps a roster,
the squad's own mark tells."""


SQUAD = Squad.__table__.c
Columns: TypeAlias = ReadOnlyColumnCollection[str, Any]
NO_SKILLS = literal([], ARRAY(Text()))


class State(StrEnum):
    """Whether a squad can be sent; what it is doing follows from its cases."""

    OFF_DUTY = auto()
    OUT_OF_SERVICE = auto()
    AVAILABLE = auto()


class Start(NamedTuple):
    """A squad as whoever sends it must know it, with the place to start from.

    `age_s` is of that position, None at the home station; `lost`: it has one, too old to believe.
    Cases are `occupying` it, others are `in_hand`; the last one ended `rested_s` ago. A row whose
    columns are looked at by name costs ten times as much, and the nearest squad is asked for often.
    """

    code: str
    name: str
    township: str | None
    unit: str | None
    on_duty: bool
    state: str
    lon: float
    lat: float
    age_s: float | None
    lost: bool
    crews: int
    vehicles: int | None
    occupying: int
    in_hand: int
    rested_s: float | None


class Across(NamedTuple):
    """For what squads may come across the border: matters, with the township of each, on a day."""

    matters: Sequence[str | None]
    townships: Sequence[str | None]
    day: date


class Standing(NamedTuple):
    """What the shifts say at a moment: columns over `source`, which holds each squad once."""

    source: FromClause
    on_duty: ColumnElement[bool]
    shift: ColumnElement[UUID | None]
    since: ColumnElement[datetime | None]
    """The shift that is on, and when it began."""
    state: ColumnElement[str]
    out_of_service: ColumnElement[str | None]
    """Why it cannot be sent. That holds for the shift in which it was said."""
    vehicles: ColumnElement[int | None]
    """The shift's where it says so: none on foot, one at least with a vehicle; else the squad's."""
    last: Columns

    def by_shift(self, said: str) -> ColumnElement[Any]:
        """What the shift that is on says."""
        return case((self.shift.is_not(None), self.last[said]))


def standing(at: Moment) -> Standing:
    """Of all squads at a moment. Shifts of one squad never overlap, so only the last one begun can
    be on."""
    last = (
        select(Shift.id.label("shift"), Shift.starts_at, Shift.ends_at, Shift.vehicle,
               Shift.members, Shift.skills)
        .where(Shift.squad_code == Squad.code, Shift.starts_at <= at)
        .order_by(Shift.starts_at.desc()).limit(1).lateral("last_shift")
    )  # fmt: skip
    # Joined and not asked by EXISTS, which would be planned and begun anew in each column.
    coming = (
        select(Shift.id)
        .where(Shift.squad_code == Squad.code, Shift.starts_at > at,
               Shift.starts_at < at + BY_ROSTER_AHEAD)
        .limit(1).lateral("coming_shift")
    )  # fmt: skip
    source = Squad.__table__.outerjoin(last, true()).outerjoin(coming, true())
    return _standing(at, source, SQUAD, last.c, coming.c.id.is_not(None))


def _standing(
    at: Moment, source: FromClause, squad: Columns, last: Columns, coming: ColumnElement[bool]
) -> Standing:
    """By the last shift begun, and whether one is `coming` soon."""
    on = last.ends_at > at
    by_shift = case((last.ends_at > at - BY_ROSTER, on))
    on_duty = func.coalesce(by_shift, and_(squad.on_duty, ~coming))
    begun = func.coalesce(last.starts_at, squad.out_of_service_at)
    out = case((and_(on_duty, squad.out_of_service_at >= begun), squad.out_of_service))
    state = case((~on_duty, State.OFF_DUTY), (out.is_not(None), State.OUT_OF_SERVICE),
                 else_=State.AVAILABLE)  # fmt: skip
    shift, since = case((on, last.shift)), case((on, last.starts_at))
    vehicles = case(
        (and_(on, last.vehicle == ON_FOOT), 0),
        (and_(on, last.vehicle.is_not(None)), func.greatest(squad.vehicles, 1)),
        else_=squad.vehicles,
    )
    return Standing(source, on_duty, shift, since, state, out, vehicles, last)


def squads(
    connection: Connection, actor: Actor, at: datetime, belief: Belief = USUAL
) -> gpd.GeoDataFrame:
    """All squads by code with `fresh` and, as geometry, the place to start from."""
    start = func.ST_AsBinary(_start(at, belief.stale)).label("geometry")
    asked = _squads(actor, at, belief).add_columns(start)
    return db.geoframe(connection, asked.order_by(Squad.code))


def kept(connection: Connection, actor: Actor) -> gpd.GeoDataFrame:
    """All squads by code as an import takes them: the home station as geometry."""
    asked = (
        select(
            Squad.code, Squad.name, Squad.township_code.label("township"),
            Squad.unit_code.label("unit"), Squad.members, Squad.vehicles, Squad.crews,
            Squad.on_duty, func.ST_X(Squad.position).label("position_lon"),
            func.ST_Y(Squad.position).label("position_lat"), Squad.position_at,
            func.ST_AsBinary(Squad.home).label("geometry"),
        )
        .where(_seen(actor))
        .order_by(Squad.code)
    )  # fmt: skip
    return db.geoframe(connection, asked)


def listed(
    connection: Connection, actor: Actor, at: datetime, page: db.Page, belief: Belief = USUAL
) -> Sequence[RowMapping]:
    """Squads behind a code; `lon`, `lat` are the place to start from."""
    start = _start(at, belief.stale)
    asked = _squads(actor, at, belief).add_columns(
        func.ST_X(start).label("lon"), func.ST_Y(start).label("lat")
    )
    asked = asked.where(Squad.code > page.after).order_by(Squad.code).limit(page.limit)
    return connection.execute(asked).mappings().all()


def without_unit(connection: Connection) -> Sequence[str]:
    """The names of squads of no unit, which can be sent nowhere that a table of jurisdiction
    governs."""
    asked = select(Squad.name).where(Squad.unit_code.is_(None)).order_by(Squad.code)
    return connection.execute(asked).scalars().all()


def codes_in(connection: Connection, actor: Actor, township: str) -> Sequence[str]:
    """The codes of a township's squads."""
    there = select(Squad.code).where(_seen(actor), Squad.township_code == township)
    return connection.execute(there).scalars().all()


def names(connection: Connection, actor: Actor, codes: Collection[str]) -> dict[str, str]:
    """What these squads are called. Whoever sees a township's cases may know it of each that has
    one, wherever it is at home; others of those in sight."""
    told = func.squad_names(sorted(codes)).table_valued("code", "name")
    asked = select(told.c.code, told.c.name)
    if actor.townships == frozenset():
        asked = asked.where(told.c.code.in_(sorted(actor.squads)))
    return {row.code: row.name for row in connection.execute(asked)} if codes else {}


def units_manned(connection: Connection) -> frozenset[str]:
    """The units that have squads, wherever these are: what one can handle does not wait."""
    return frozenset(connection.execute(select(func.units_manned())).scalars())


def counted(connection: Connection, actor: Actor, at: datetime) -> tuple[int, int]:
    """How many squads the actor sees, and how many of them are on duty."""
    now = standing(at)
    on_duty = func.count().filter(now.on_duty)
    asked = select(func.count(), on_duty).select_from(now.source).where(_seen(actor))
    total, present = connection.execute(asked).one()
    return total, present


def starts(
    connection: Connection,
    actor: Actor,
    at: datetime,
    *,
    across: Across | None = None,
    rest: timedelta = REST,
    stale: timedelta = FRESH,
) -> Sequence[Start]:
    """Squads in sight by code, as whoever sends them must know them; rested only where their last
    case ended within `rest`. With those that the table of jurisdiction lets come `across`."""
    given = {"at": at, "stale": stale, "since": at - rest}
    if actor.townships is None:
        return _told(connection, STARTS, given)
    rows = _told(connection, STARTS.where(_seen(actor)), given)
    if across is not None:
        rows += _told(connection, STARTS_ACROSS, given | across._asdict())
    return sorted(rows, key=lambda row: row.code)


def _told(
    connection: Connection, asked: Select[*tuple[Any, ...]], given: Mapping[str, object]
) -> list[Start]:
    return list(map(Start._make, connection.execute(asked, given).all()))


def hold(connection: Connection, codes: Collection[str]) -> None:
    """Nobody else sends these squads until this transaction ends: whoever holds cases too holds
    those first, and all in the order of their codes."""
    connection.execute(select(func.hold_squads(sorted(codes)))).all()


def reserve(
    connection: Connection, actor: Actor, code: str, at: datetime, across: Across
) -> Start | None:
    """A squad that may be sent, as it is once nobody else can send it."""
    hold(connection, [code])
    given = {"at": at, "stale": FRESH, "since": at}
    found = _told(connection, STARTS.where(Squad.code == code, _seen(actor)), given)
    if not found and actor.townships is not None:
        found = _told(connection, STARTS_ACROSS, given | across._asdict())
    return next((row for row in found if row.code == code), None)


def _squads(actor: Actor, at: datetime, belief: Belief) -> Select[*tuple[object, ...]]:
    now = standing(at)
    return (
        select(
            Squad.code, Squad.name, Squad.township_code.label("township"),
            Township.name.label("township_name"), Squad.unit_code.label("unit"),
            func.coalesce(now.by_shift("members"), Squad.members).label("members"),
            now.vehicles.label("vehicles"), now.by_shift("vehicle").label("vehicle"),
            func.coalesce(now.by_shift("skills"), NO_SKILLS).label("skills"),
            Squad.crews, now.on_duty.label("on_duty"),
            now.state.label("state"), now.out_of_service.label("out_of_service"),
            now.since.label("on_duty_since"), Squad.position_at,
            _fresh(at, belief.stale).label("fresh"),
            _lost(now, at, belief.silent).label("contact_lost"),
        )
        .select_from(now.source.outerjoin(_HEARD, _HEARD.c.squad == Squad.code))
        .outerjoin(Township, Township.code == Squad.township_code)
        .where(_seen(actor))
    )  # fmt: skip


def _lost(now: Standing, at: datetime, silent: timedelta) -> ColumnElement[bool]:
    """Of squads that were heard of before: who has no device is not missed. A phone that lies still
    may say no more than that it is there."""
    before = func.greatest(Squad.position_at, _HEARD.c.heard_at)
    heard = func.greatest(before, now.since)
    return and_(now.on_duty, before.is_not(None), heard < at - silent)


_HEARD = func.squads_heard().table_valued(
    "squad", column("heard_at", DateTime(timezone=True)), name="heard"
)


def _seen(actor: Actor) -> ColumnElement[bool]:
    return within(actor, Squad.township_code, squad=Squad.code)


def _fresh(at: Moment, stale: Age = FRESH, squad: Columns = SQUAD) -> ColumnElement[bool]:
    recent = and_(squad.position_at >= at - stale, squad.position_at <= at + AHEAD)
    return and_(squad.position.is_not(None), func.coalesce(recent, False))


def _start(at: Moment, stale: Age = FRESH, squad: Columns = SQUAD) -> ColumnElement[object]:
    return case((_fresh(at, stale, squad), squad.position), else_=squad.home)


_AT = bindparam("at", type_=DateTime(timezone=True))
_STALE = bindparam("stale", type_=Interval())
_SINCE = bindparam("since", type_=DateTime(timezone=True))


def _starts(now: Standing, squad: Columns) -> Select[*tuple[object, ...]]:
    work = func.squads_at_work(_SINCE).table_valued(
        "squad", "occupying", "in_hand", "ended_at", name="work"
    )
    fresh, start = _fresh(_AT, _STALE, squad), _start(_AT, _STALE, squad)
    age_s = func.greatest(cast(func.extract("epoch", _AT - squad.position_at), Float), 0)
    asked = select(
        squad.code, squad.name, squad.township_code.label("township"),
        squad.unit_code.label("unit"), now.on_duty.label("on_duty"), now.state.label("state"),
        func.ST_X(start).label("lon"), func.ST_Y(start).label("lat"),
        case((fresh, age_s)).label("age_s"),
        and_(squad.position.is_not(None), ~fresh).label("lost"),
        squad.crews, now.vehicles.label("vehicles"),
        func.coalesce(work.c.occupying, 0).label("occupying"),
        func.coalesce(work.c.in_hand, 0).label("in_hand"),
        cast(func.extract("epoch", _AT - work.c.ended_at), Float).label("rested_s"),
    )  # fmt: skip
    source = now.source.outerjoin(work, work.c.squad == squad.code)
    return asked.select_from(source).order_by(squad.code)


def _starts_across() -> Select[*tuple[object, ...]]:
    asked = (bindparam("matters", type_=ARRAY(Text())), bindparam("townships", type_=ARRAY(Text())),
             bindparam("day", type_=Date()))  # fmt: skip
    moments = ("position_at", "out_of_service_at", "starts_at", "ends_at")
    flags = ("on_duty", "coming")
    plain = ("code", "name", "township_code", "unit_code", "crews", "vehicles", "home", "position",
             "out_of_service", "shift", "vehicle")  # fmt: skip
    told = func.squads_across(*asked, _AT).table_valued(
        *plain,
        *(column(name, DateTime(timezone=True)) for name in moments),
        *(column(name, Boolean()) for name in flags),
        name="across",
    )
    return _starts(_standing(_AT, told, told.c, told.c, told.c.coming), told.c)


STARTS, STARTS_ACROSS = _starts(standing(_AT), SQUAD), _starts_across()
"""Made once: putting the statement together took longer than its execution."""


def tile(
    connection: Connection, actor: Actor, tile: Tile, at: datetime, belief: Belief = USUAL
) -> bytes:
    """Squads where each can be taken to be."""
    start, now = _start(at, belief.stale), standing(at)
    asked = select(
        Squad.code, Squad.name, now.on_duty.label("on_duty"), now.state.label("state"),
        _fresh(at, belief.stale).label("fresh"),
        _lost(now, at, belief.silent).label("contact_lost"),
        tiles.in_mercator(start).label("shape"),
    ).select_from(now.source.outerjoin(_HEARD, _HEARD.c.squad == Squad.code))  # fmt: skip
    asked = asked.where(_seen(actor), tiles.holds(start))
    return tiles.encoded(connection, "squads", tile, asked, steps=tiles.FINE)
