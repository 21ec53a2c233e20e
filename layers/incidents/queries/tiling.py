"""Incidents on a tile: each point where there is room, before that counted by H3 cells.

Counts of all states are kept (Count); which cases are overdue, the clock decides.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from geo.tiles import Tile
from layers import tiles
from layers.access import Actor, within
from layers.db import MERCATOR, SRID
from layers.grids.tables import Grid
from layers.incidents.queries.listing import Wanted, conditions, latitude, longitude, seen
from layers.incidents.queries.nearing import is_overdue
from layers.incidents.queries.observing import RESOLUTION
from layers.incidents.rules import OPEN
from layers.incidents.tables import Count, Incident

POINTS_FROM = 14
RESOLUTIONS = {6: 4, 7: 5, 8: 5, 9: 6, 10: 6, 11: 7, 12: 8, 13: RESOLUTION}
"""By zoom those of the cells whose circles stand side by side; 3 before."""
LEVELS = {8: 5, 11: 7, 13: RESOLUTION}
"""Resolutions of the counts that are kept, by the deepest zoom that each serves."""
DEGREE = 1e7
Whole: TypeAlias = ColumnElement[int] | InstrumentedAttribute[int]
Rows: TypeAlias = Select[*tuple[object, ...]]


def tile(connection: Connection, actor: Actor, tile: Tile, wanted: Wanted, at: datetime) -> bytes:
    """Every incident in it that is wanted. A point lies in one tile of a zoom, so that the counts
    of all tiles of a zoom add up to what the list has."""
    wanted = replace(wanted, bbox=None)
    if tile.z >= POINTS_FROM:
        rows = _sought(_points(at), actor, wanted).where(tiles.holds(Incident.place))
    elif _is_kept(actor, wanted):
        rows = _counted(tile.z, *_kept(actor, tile, wanted, at))
    else:
        each = _sought(_each(at), actor, wanted).where(tiles.holds(Incident.place))
        rows = _counted(tile.z, each)
    return tiles.encoded(connection, "incidents", tile, rows, steps=tiles.FINE)


def _sought(rows: Rows, actor: Actor, wanted: Wanted) -> Rows:
    asked = rows.select_from(Incident).outerjoin(Grid, Grid.id == Incident.grid_id)
    return asked.where(seen(actor), *conditions(wanted))


def _points(at: datetime) -> Rows:
    """`due` in seconds since 1970. No id: it would be most of the tile, and whoever is to open a
    case has the list."""
    return select(
        Incident.matter_code.label("matter"), Incident.state,
        func.coalesce(is_overdue(at), False).label("overdue"),
        cast(func.extract("epoch", Incident.due_at), BigInteger).label("due"),
        tiles.in_mercator(Incident.place).label("shape"),
    )  # fmt: skip


def _counted(zoom: int, *parts: Rows) -> Rows:
    """By cell, in the middle of what lies there: so that it stands in the tile that counts it.
    Where the last one has left, what is kept adds up to none until it is folded."""
    part = union_all(*parts).subquery()
    cell = func.cell_over(part.c.cell, RESOLUTIONS.get(zoom, 3))
    n = func.sum(part.c.n)
    middle = func.ST_Point(func.sum(part.c.lon) / n, func.sum(part.c.lat) / n, SRID)
    return select(
        n.label("n"), func.sum(part.c.open).label("open"),
        func.sum(part.c.overdue).label("overdue"),
        func.ST_Transform(middle, MERCATOR).label("shape"),
    ).group_by(cell).having(n > 0)  # fmt: skip


def _each(at: datetime) -> Rows:
    """Every case, as a part of the count of its cell."""
    return _part(
        Incident.cell, literal(1), Incident.state.in_(OPEN), func.coalesce(is_overdue(at), False),
        longitude(), latitude(),
    )  # fmt: skip


def _is_kept(actor: Actor, wanted: Wanted) -> bool:
    """Whether the counts can tell: they know townships and states. Who sees squads or grids, and
    whoever asks for other things, sees few cases."""
    plain = replace(wanted, state=None, still_open=False) == Wanted()
    return plain and not (actor.squads or actor.grids)


def _kept(actor: Actor, tile: Tile, wanted: Wanted, at: datetime) -> list[Rows]:
    """What is kept, how much of it is overdue, and what somebody reported elsewhere."""
    here = and_(
        func.tile_x(Incident.place, tile.z) == tile.x,
        func.tile_y(Incident.place, tile.z) == tile.y,
        tiles.meets(Incident.place),
    )
    late = _part(Incident.cell, literal(0), literal(False), literal(True), literal(0), literal(0))
    parts = [
        _summed(tile, wanted).where(within(actor, Count.township)),
        _sought(late, actor, wanted).where(is_overdue(at), here),
    ]
    if actor.townships is not None:
        elsewhere = func.coalesce(Grid.township_code.in_(sorted(actor.townships)), False)
        own = _sought(_each(at), actor, wanted).where(Incident.reported_by == actor.name, here)
        parts.append(own.where(~elsewhere))
    return parts


def _summed(tile: Tile, wanted: Wanted) -> Rows:
    deepest = min(zoom for zoom in LEVELS if zoom >= tile.z)
    inside = [
        number.between(place << deepest - tile.z, ((place + 1) << deepest - tile.z) - 1)
        for number, place in ((Count.x, tile.x), (Count.y, tile.y))
    ]
    asked = _part(
        Count.cell, Count.n, Count.n * cast(Count.state.in_(OPEN), Integer), literal(0),
        Count.lon / DEGREE, Count.lat / DEGREE,
    ).where(Count.level == LEVELS[deepest], *inside)  # fmt: skip
    if wanted.state is not None:
        asked = asked.where(Count.state == wanted.state)
    return asked.where(Count.state.in_(OPEN)) if wanted.still_open else asked


def _part(
    cell: Whole, n: Whole, still_open: ColumnElement[Any],
    overdue: ColumnElement[Any], lon: ColumnElement[Any], lat: ColumnElement[Any],
) -> Rows:  # fmt: skip
    """Columns of what is counted, places as sums of degrees."""
    return select(
        cell.label("cell"), n.label("n"), cast(still_open, Integer).label("open"),
        cast(overdue, Integer).label("overdue"), cast(lon, Double).label("lon"),
        cast(lat, Double).label("lat"),
    )  # fmt: skip
