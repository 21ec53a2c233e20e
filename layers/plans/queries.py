"""Reading the plans."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, RowMapping, func, select

from layers import db
from layers.access import Actor, within
from layers.errors import NotFound
from layers.grids.tables import Grid, Township
from layers.plans.tables import Plan, Visit

PLAN_ROW = (
    Plan.id, Plan.week, Plan.state, Plan.run_id, Plan.parameters, Plan.version,
    Plan.made_at, Plan.made_by, Plan.approved_at, Plan.approved_by,
)  # fmt: skip
VISIT_ROW = (
    Visit.grid_code.label("code"), Grid.name, Visit.township_code.label("township"),
    Township.name.label("township_name"), Grid.area_m2, Visit.expected, Visit.visits,
    Visit.previous, Visit.reasons,
)  # fmt: skip


def listed(
    connection: Connection,
    *,
    week: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Sequence[RowMapping]:
    """Plans, the newest first or those older than number `before`, with the sum of their visits."""
    total = select(func.sum(Visit.visits)).where(Visit.plan_id == Plan.id).scalar_subquery()
    asked = select(*PLAN_ROW, func.coalesce(total, 0).label("visits"))
    if week is not None:
        asked = asked.where(Plan.week == week)
    if before is not None:
        asked = asked.where(Plan.id < before)
    return connection.execute(asked.order_by(Plan.id.desc()).limit(limit)).mappings().all()


def one(connection: Connection, plan_id: int) -> RowMapping:
    """One plan, without its visits."""
    asked = select(*PLAN_ROW).where(Plan.id == plan_id)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_plan", id=plan_id)
    return found


def newest(connection: Connection) -> RowMapping:
    """The plan made last."""
    found = listed(connection, limit=1)
    if not found:
        raise NotFound("no_plan_yet")
    return found[0]


def standing(connection: Connection) -> RowMapping:
    """The approved plan of the latest week; before there is any, the plan made last."""
    asked = select(*PLAN_ROW).where(Plan.state == "approved").order_by(Plan.week.desc()).limit(1)
    return connection.execute(asked).mappings().one_or_none() or newest(connection)


def visits(connection: Connection, actor: Actor, plan_id: int) -> gpd.GeoDataFrame:
    """A plan's visits by grid code, with the grid's geometry as it was planned."""
    shape = func.ST_AsBinary(Grid.shape).label("geometry")
    return db.geoframe(
        connection,
        select(*VISIT_ROW, shape)
        .join(Grid, Grid.id == Visit.grid_id)
        .join(Township, Township.code == Visit.township_code)
        .where(Visit.plan_id == plan_id, within(actor, Visit.township_code))
        .order_by(Visit.grid_code),
    )


def approved(connection: Connection, week: str) -> pd.Series:
    """Visits by grid code of a week's approved plan; empty when there is none."""
    asked = (
        select(Visit.grid_code, Visit.visits)
        .join(Plan, Plan.id == Visit.plan_id)
        .where(Plan.week == week, Plan.state == "approved")
    )
    found = db.frame(connection, asked)
    return pd.Series(found["visits"].to_numpy(), index=found["grid_code"], dtype="int64")
