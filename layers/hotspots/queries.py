"""Reading the studies."""

from collections.abc import Sequence

import geopandas as gpd
from sqlalchemy import ColumnElement, Connection, Float, RowMapping, Select, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from geo import cells as h3
from geo.tiles import Tile
from layers import db, tiles
from layers.access import Actor, within
from layers.errors import NotFound
from layers.grids.tables import Township
from layers.hotspots.tables import Cell, Hexagon, Run


def runs(
    connection: Connection, actor: Actor, *, before: int | None = None, limit: int = 100
) -> Sequence[RowMapping]:
    """The newest studies first, or those older than the one numbered `before`."""
    asked = _runs(actor).order_by(Run.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(Run.id < before)
    return connection.execute(asked).mappings().all()


def run(connection: Connection, actor: Actor, run_id: int) -> RowMapping:
    """One study, without its cells."""
    found = connection.execute(_runs(actor).where(Run.id == run_id)).mappings().one_or_none()
    if found is None:
        raise NotFound("no_run", id=run_id)
    return found


def newest(connection: Connection, actor: Actor) -> RowMapping:
    """The study made last."""
    found = runs(connection, actor, limit=1)
    if not found:
        raise NotFound("no_run_yet")
    return found[0]


def _runs(actor: Actor) -> Select[*tuple[object, ...]]:
    """A study is of the whole bureau, and everybody knows that it was made; `found` tells no more
    of it than the cells that the actor sees."""
    found = Run.found if actor.townships is None else _found(actor)
    return select(
        Run.id, Run.as_of, Run.weeks, Run.resolution, Run.parameters, Run.version,
        found.label("found"), Run.made_at, Run.made_by,
    )  # fmt: skip


def _found(actor: Actor) -> ColumnElement[object]:
    """The totals of a run over the cells in sight. What only the whole has is left out."""
    by_township = (
        select(
            Cell.township_code.label("code"),
            func.count().label("cells"),
            func.sum(Cell.count).label("incidents"),
            *(func.count().filter(true).label(name) for name, true in COUNTED.items()),
        )
        .where(Cell.run_id == Run.id, within(actor, Cell.township_code))
        .group_by(Cell.township_code)
        .correlate(Run)
        .lateral()
    )
    sums = {
        name: func.coalesce(func.sum(by_township.c[name]), 0)
        for name in ("cells", "incidents", *COUNTED)
    }
    hot = func.jsonb_object_agg(by_township.c.code, by_township.c.hot)
    whole = func.jsonb_build_object(
        *(part for pair in sums.items() for part in pair),
        "area_km2", func.round(func.coalesce(func.sum(Township.area_m2), 0) / 1_000_000, 3),
        "hot_by_township", func.coalesce(hot.filter(by_township.c.hot > 0), cast({}, JSONB)),
        "piles", _piles(actor),
    )  # fmt: skip
    joined = by_township.outerjoin(Township, Township.code == by_township.c.code)
    return select(whole).select_from(joined).scalar_subquery()


COUNTED = {
    "hot": Cell.class_ > 0,
    "cold": Cell.class_ < 0,
    "hot_within_township": Cell.township_class > 0,
    "insufficient": Cell.insufficient,
}


def _piles(actor: Actor) -> ColumnElement[object]:
    """The suspected default locations in the townships in sight, in the order of the run."""
    piles = (
        func.jsonb_array_elements(Run.found["piles"])
        .table_valued("value", with_ordinality="place", name="piles")
        .render_derived()
    )
    pile = cast(piles.c.value, JSONB)
    point = func.ST_SetSRID(
        func.ST_Point(cast(pile["lon"].astext, Float), cast(pile["lat"].astext, Float)), db.SRID
    )
    seen = select(Township.code).where(
        within(actor, Township.code), func.ST_Covers(Township.shape, point)
    )
    listed = func.jsonb_agg(aggregate_order_by(pile, piles.c.place))
    return (
        select(func.coalesce(listed, cast([], JSONB)))
        .select_from(piles)
        .where(seen.exists())
        .scalar_subquery()
    )


def cells(connection: Connection, actor: Actor, run_id: int) -> gpd.GeoDataFrame:
    """The cells of a study in the actor's townships, in the order of their numbers."""
    asked = (
        select(
            Cell.cell,
            Cell.township_code.label("township"),
            Cell.share,
            Cell.count,
            Cell.value,
            Cell.z,
            Cell.p,
            Cell.class_,
            Cell.township_z,
            Cell.township_class,
            Cell.neighbours,
            Cell.insufficient,
        )
        .where(Cell.run_id == run_id, within(actor, Cell.township_code))
        .order_by(Cell.cell)
    )
    found = db.frame(connection, asked)
    return gpd.GeoDataFrame(found, geometry=h3.polygons(found["cell"].to_numpy()), crs=db.SRID)


QUIET_FROM = 12
"""The zoom from which cells that are neither hot nor cold are told too."""


def tile(connection: Connection, actor: Actor, tile: Tile) -> bytes:
    """The cells of the newest study with class and z."""
    newest = select(func.max(Run.id)).scalar_subquery()
    asked = (
        select(Cell.class_, Cell.z, Hexagon.mercator.label("shape"))
        .join(Hexagon, Hexagon.cell == Cell.cell)
        .where(Cell.run_id == newest, within(actor, Cell.township_code))
        .where(Hexagon.mercator.op("&&")(tiles.envelope()))
    )
    if tile.z < QUIET_FROM:
        asked = asked.where(Cell.class_ != 0)
    return tiles.encoded(connection, "hotspots", tile, asked)
