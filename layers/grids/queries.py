"""Reading the areas of duty, never beyond the actor's own."""

from collections.abc import Collection, Sequence
from datetime import date

import geopandas as gpd
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, or_, select

from geo.partition import PartitionCheck, check_partition
from layers import db
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


def valid_on(day: date) -> ColumnElement[bool]:
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


def township_page(connection: Connection, actor: Actor, page: db.Page) -> Sequence[RowMapping]:
    """Townships behind a code, without their geometry."""
    asked = select(*TOWNSHIP_ROW).where(within(actor, Township.code), Township.code > page.after)
    return connection.execute(asked.order_by(Township.code).limit(page.limit)).mappings().all()


def grid_page(
    connection: Connection,
    actor: Actor,
    page: db.Page,
    *,
    on: date,
    township: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> Sequence[RowMapping]:
    """Grids behind a code; `shape` is GeoJSON text, made in SQL because that is fastest."""
    shape = func.ST_AsGeoJSON(Grid.shape, 7).label("shape")
    asked = _grids(actor, on, shape).where(Grid.code > page.after)
    if township is not None:
        asked = asked.where(Grid.township_code == township)
    if bbox is not None:
        asked = asked.where(Grid.shape.op("&&")(func.ST_MakeEnvelope(*bbox, db.SRID)))
    return connection.execute(asked.order_by(Grid.code).limit(page.limit)).mappings().all()


def grid(connection: Connection, actor: Actor, code: str, on: date) -> RowMapping:
    """The version of one grid that holds on a day; `shape` is GeoJSON text."""
    shape = func.ST_AsGeoJSON(Grid.shape, 7).label("shape")
    asked = _grids(actor, on, shape).where(Grid.code == code)
    found = connection.execute(asked).mappings().one_or_none()
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
