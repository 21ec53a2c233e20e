"""Reading the studies."""

from collections.abc import Sequence

import geopandas as gpd
from sqlalchemy import Connection, RowMapping, select

from geo import cells as h3
from layers import db
from layers.access import Actor, within
from layers.errors import NotFound
from layers.hotspots.tables import Cell, Run

RUN_ROW = (
    Run.id, Run.as_of, Run.weeks, Run.resolution, Run.parameters, Run.version, Run.found,
    Run.made_at, Run.made_by,
)  # fmt: skip


def runs(
    connection: Connection, *, before: int | None = None, limit: int = 100
) -> Sequence[RowMapping]:
    """The newest studies first, or those older than the one numbered `before`."""
    asked = select(*RUN_ROW).order_by(Run.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(Run.id < before)
    return connection.execute(asked).mappings().all()


def run(connection: Connection, run_id: int) -> RowMapping:
    """One study, without its cells."""
    asked = select(*RUN_ROW).where(Run.id == run_id)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_run", id=run_id)
    return found


def newest(connection: Connection) -> RowMapping:
    """The study made last."""
    found = runs(connection, limit=1)
    if not found:
        raise NotFound("no_run_yet")
    return found[0]


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
