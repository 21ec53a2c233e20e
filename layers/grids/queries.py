"""Reading the areas of duty, never beyond the actor's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import geopandas as gpd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    RowMapping,
    Select,
    bindparam,
    func,
    literal,
    null,
    or_,
    select,
)

from geo.partition import PartitionCheck, check_partition
from geo.tiles import Tile
from layers import db, tiles
from layers.access import Actor, within
from layers.errors import NotFound
from layers.grids.tables import Grid, Township

TOWNSHIP_ROW = (
    Township.code, Township.name, Township.visits_per_week, Township.area_m2,
)  # fmt: skip
GRID_ROW = (
    Grid.id, Grid.code, Grid.name, Grid.township_code.label("township"),
    func.coalesce(Township.name, Grid.township_code).label("township_name"),
    Grid.community, Grid.area_m2,
    Grid.valid_from, Grid.valid_to,
)  # fmt: skip


def valid_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """The condition that keeps the versions that hold on a day."""
    return (Grid.valid_from <= day) & or_(Grid.valid_to.is_(None), Grid.valid_to > day)


def townships(connection: Connection, actor: Actor) -> gpd.GeoDataFrame:
    """All townships in the order of their codes: code, name, visits_per_week, area_m2, geometry."""
    shape = func.ST_AsBinary(Township.shape).label("geometry")
    asked = select(*TOWNSHIP_ROW, shape).where(within(actor, Township.code))
    return db.geoframe(connection, asked.order_by(Township.code))


def grids(connection: Connection, actor: Actor, on: date) -> gpd.GeoDataFrame:
    """The grids that hold on a day, in the order of their codes, with their geometry."""
    shape = func.ST_AsBinary(Grid.shape).label("geometry")
    return db.geoframe(connection, _grids(actor, on, shape).order_by(Grid.code))


def middles(connection: Connection, actor: Actor, on: date) -> gpd.GeoDataFrame:
    """The same with, as geometry, a point inside each grid, as far in as can be."""
    inside = func.ST_AsBinary(func.ST_PointOnSurface(Grid.shape)).label("geometry")
    return db.geoframe(connection, _grids(actor, on, inside).order_by(Grid.code))


def township_page(connection: Connection, actor: Actor, page: db.Page) -> Sequence[RowMapping]:
    """Townships behind a code, without their geometry."""
    asked = select(*TOWNSHIP_ROW).where(within(actor, Township.code), Township.code > page.after)
    return connection.execute(asked.order_by(Township.code).limit(page.limit)).mappings().all()


@dataclass(frozen=True)
class Wanted:
    """Which grids of a day: of a township, where some box is, with something in their name."""

    on: date
    township: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    name: str = ""


def grid_page(
    connection: Connection,
    actor: Actor,
    page: db.Page,
    wanted: Wanted,
) -> Sequence[RowMapping]:
    """Grids behind a code; `shape` is GeoJSON text, made in SQL because that is fastest."""
    shape = func.ST_AsGeoJSON(Grid.shape, 7).label("shape")
    asked = _grids(actor, wanted.on, shape).where(Grid.code > page.after)
    if wanted.township is not None:
        asked = asked.where(Grid.township_code == wanted.township)
    if wanted.bbox is not None:
        asked = asked.where(Grid.shape.op("&&")(func.ST_MakeEnvelope(*wanted.bbox, db.SRID)))
    if wanted.name:
        asked = asked.where(Grid.name.icontains(wanted.name, autoescape=True))
    return connection.execute(asked.order_by(Grid.code).limit(page.limit)).mappings().all()


def grid(connection: Connection, actor: Actor, code: str, on: date) -> RowMapping:
    """The version of one grid that holds on a day; `shape` is GeoJSON text."""
    shape = func.ST_AsGeoJSON(Grid.shape, 7).label("shape")
    asked = _grids(actor, on, shape).where(Grid.code == code)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_grid", code=code)
    return found


def version(connection: Connection, actor: Actor, code: str, on: date) -> int:
    """The id of the version of a grid that holds on a day."""
    asked = select(Grid.id).where(_seen(actor), Grid.code == code, valid_on(on))
    found = connection.execute(asked).scalar_one_or_none()
    if found is None:
        raise NotFound("no_grid", code=code)
    return found


def codes_in(connection: Connection, actor: Actor, township: str, on: date) -> Sequence[str]:
    """The codes of a township's grids that hold on a day."""
    there = select(Grid.code).where(_seen(actor), Grid.township_code == township, valid_on(on))
    return connection.execute(there).scalars().all()


def labels(
    connection: Connection, actor: Actor, codes: Collection[str], on: date
) -> Sequence[RowMapping]:
    """What those of these grids are called that hold on a day, by code."""
    asked = select(Grid.code, Grid.name, Township.name.label("township"))
    asked = asked.outerjoin(Township, Township.code == Grid.township_code)
    asked = asked.where(_seen(actor), Grid.code.in_(codes), valid_on(on)).order_by(Grid.code)
    return connection.execute(asked).mappings().all()


def counted(connection: Connection, actor: Actor, on: date) -> tuple[int, int]:
    """How many townships, and grids that hold on a day, the actor sees."""
    townships = select(func.count()).select_from(Township).where(within(actor, Township.code))
    grids = select(func.count()).select_from(Grid).where(_seen(actor), valid_on(on))
    return connection.execute(townships).scalar_one(), connection.execute(grids).scalar_one()


def extent(connection: Connection, actor: Actor) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the actor's townships; None where there are none."""
    box = func.ST_Extent(Township.shape)
    asked = select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    found = connection.execute(asked.where(within(actor, Township.code)))
    west, south, east, north = found.one()
    return None if west is None else (west, south, east, north)


def _grids(actor: Actor, on: date, shape: ColumnElement[object]) -> Select[*tuple[object, ...]]:
    # Whoever has a single grid does not see its township.
    return (
        select(*GRID_ROW, shape)
        .outerjoin(Township, Township.code == Grid.township_code)
        .where(_seen(actor), valid_on(on))
    )


def _seen(actor: Actor) -> ColumnElement[bool]:
    return within(actor, Grid.township_code, grid=Grid.code)


class TownshipAt(NamedTuple):
    """`code` is what decides who is competent there; `told` is the same where it is in sight."""

    code: str | None
    told: str | None


def township_at(
    connection: Connection, actor: Actor, lon: float, lat: float, on: date
) -> TownshipAt:
    """The township of the grid that a point lies in, as a case there would be given it."""
    place = func.ST_Point(lon, lat, db.SRID)
    told = select(Grid.township_code).where(Grid.id == func.grid_at(place, on), _seen(actor))
    asked = select(func.township_at(place, on), told.scalar_subquery())
    return TownshipAt(*connection.execute(asked).one())


def partition(connection: Connection, actor: Actor, on: date) -> PartitionCheck:
    """Whether the grids that hold on a day tile the actor's townships."""
    held, land = grids(connection, actor, on), townships(connection, actor)
    held = held[held["township"].isin(land["code"])]
    return check_partition(
        held["code"].tolist(),
        held.geometry.to_numpy(),
        held["township"].tolist(),
        dict(zip(land["code"], land.geometry, strict=True)),
    )


# --- Tiles --------------------------------------------------------------------------------------

GRIDS_FROM, GRID_NAMES_FROM = 9, 13
"""The zooms from which grids are to be told apart, and have room for their names."""


def township_tile(connection: Connection, actor: Actor, tile: Tile) -> bytes:
    """Townships with code and name."""
    return tiles.encoded(connection, "townships", tile, _township_rows(actor))


@lru_cache(tiles.LOOKING)
def _township_rows(actor: Actor) -> Select[*tuple[object, ...]]:
    asked = select(Township.code, Township.name, Township.mercator.label("shape"))
    return asked.where(within(actor, Township.code), tiles.meets(Township.shape))


def grid_tile(connection: Connection, actor: Actor, tile: Tile, on: date) -> bytes:
    """The grids that hold on a day, with code and township."""
    if tile.z < GRIDS_FROM:
        return b""
    return tiles.encoded(connection, "grids", tile, _grid_rows(actor), on=on)


@lru_cache(tiles.LOOKING)
def _grid_rows(actor: Actor) -> Select[*tuple[object, ...]]:
    asked = select(Grid.code, Grid.township_code.label("township"), Grid.mercator.label("shape"))
    valid = valid_on(bindparam("on", type_=Date()))
    return asked.where(_seen(actor), valid, tiles.meets(Grid.shape))


def name_rows(actor: Actor, tile: Tile, on: date) -> list[Select[str, str, None, object]]:
    """Names of townships and, where there is room, of grids: each as one point inside."""
    asked = [_names(Township, "township").where(within(actor, Township.code))]
    if tile.z >= GRID_NAMES_FROM:
        asked.append(_names(Grid, "grid").where(_seen(actor), valid_on(on)))
    return asked


def _names(table: type[Township] | type[Grid], level: str) -> Select[str, str, None, object]:
    inside = func.ST_PointOnSurface(table.shape)
    asked = select(
        table.name, literal(level).label("level"), null().label("kind"),
        tiles.in_mercator(inside).label("shape"),
    )  # fmt: skip
    return asked.where(tiles.meets(table.shape), tiles.holds(inside))
