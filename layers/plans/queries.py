"""Reading the plans."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    RowMapping,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Text,
    case,
    cast,
    func,
    literal,
    select,
)

from geo.tiles import Tile
from layers import db, tiles
from layers.access import Actor, within
from layers.errors import NotFound
from layers.grids.tables import Grid, Township
from layers.plans.tables import Plan, Visit

VISIT_ROW = (
    Visit.grid_code.label("code"), Grid.name, Visit.township_code.label("township"),
    func.coalesce(Township.name, Visit.township_code).label("township_name"), Grid.area_m2,
    Visit.expected, Visit.visits, Visit.previous, Visit.reasons,
)  # fmt: skip


def listed(
    connection: Connection,
    actor: Actor,
    *,
    week: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Sequence[RowMapping]:
    """Plans, the newest first or those older than number `before`, with the sum of the visits
    in sight."""
    asked = _plans(actor).add_columns(_sum(actor, Visit.visits).label("visits"))
    if week is not None:
        asked = asked.where(Plan.week == week)
    if before is not None:
        asked = asked.where(Plan.id < before)
    return connection.execute(asked.order_by(Plan.id.desc()).limit(limit)).mappings().all()


def one(connection: Connection, actor: Actor, plan_id: int) -> RowMapping:
    """One plan, without its visits."""
    found = connection.execute(_plans(actor).where(Plan.id == plan_id)).mappings().one_or_none()
    if found is None:
        raise NotFound("no_plan", id=plan_id)
    return found


def newest(connection: Connection, actor: Actor) -> RowMapping:
    """The plan made last."""
    found = listed(connection, actor, limit=1)
    if not found:
        raise NotFound("no_plan_yet")
    return found[0]


def standing(connection: Connection, actor: Actor) -> RowMapping:
    """The approved plan of the latest week; before there is any, the plan made last."""
    asked = _plans(actor).where(Plan.state == "approved").order_by(Plan.week.desc()).limit(1)
    return connection.execute(asked).mappings().one_or_none() or newest(connection, actor)


def _plans(actor: Actor) -> Select[*tuple[object, ...]]:
    """A plan is of the whole bureau, and everybody knows that it was made; its sums tell no more
    of it than the visits that the actor sees."""
    parameters = Plan.parameters if actor.townships is None else _parameters(actor)
    return select(
        Plan.id, Plan.week, Plan.state, Plan.run_id, parameters.label("parameters"), Plan.version,
        Plan.made_at, Plan.made_by, Plan.approved_at, Plan.approved_by,
    )  # fmt: skip


def _parameters(actor: Actor) -> ColumnElement[object]:
    """What was asked of the plan, with the sums over the visits in sight. The bureau's capacity
    is left out. `met` as in geo.frequency.allocate."""
    missed = func.power(1 - cast(Plan.parameters["detect"].astext, Float), Visit.visits)
    sums = func.jsonb_build_object(
        "expected", _sum(actor, Visit.expected),
        "met", _sum(actor, Visit.expected * (1 - missed)),
        "visits", _sum(actor, Visit.visits),
    )  # fmt: skip
    asked = Plan.parameters.op("-")(literal("capacity", Text))
    return asked.op("||")(sums)


def _sum(
    actor: Actor, number: SQLColumnExpression[int] | SQLColumnExpression[float]
) -> ColumnElement[object]:
    """Of a plan's visits in sight."""
    asked = select(func.coalesce(func.sum(number), 0)).where(Visit.plan_id == Plan.id, _seen(actor))
    return asked.correlate(Plan).scalar_subquery()


def _seen(actor: Actor) -> ColumnElement[bool]:
    return within(actor, Visit.township_code, grid=Visit.grid_code)


def visits(connection: Connection, actor: Actor, plan_id: int) -> gpd.GeoDataFrame:
    """A plan's visits by grid code, with the grid's geometry as it was planned."""
    shape = func.ST_AsBinary(Grid.shape).label("geometry")
    return db.geoframe(
        connection,
        select(*VISIT_ROW, shape)
        .join(Grid, Grid.id == Visit.grid_id)
        .outerjoin(Township, Township.code == Visit.township_code)
        .where(Visit.plan_id == plan_id, _seen(actor))
        .order_by(Visit.grid_code),
    )


def approved(connection: Connection, actor: Actor, week: str) -> pd.Series:
    """Visits in sight by grid code of a week's approved plan; empty when there is none."""
    asked = (
        select(Visit.grid_code, Visit.visits)
        .join(Plan, Plan.id == Visit.plan_id)
        .where(Plan.week == week, Plan.state == "approved", _seen(actor))
    )
    found = db.frame(connection, asked)
    return pd.Series(found["visits"].to_numpy(), index=found["grid_code"], dtype="int64")


def visit_counts(connection: Connection, actor: Actor) -> list[int]:
    """The visits of each grid in sight by the plan that stands, in no order."""
    asked = select(Visit.visits).where(Visit.plan_id == _standing(), _seen(actor))
    return list(connection.execute(asked).scalars())


def _standing() -> ScalarSelect[int]:
    """The plan that stands, as `standing` has it."""
    approved = Plan.state == "approved"
    order = (approved.desc(), case((approved, Plan.week)).desc(), Plan.id.desc())
    return select(Plan.id).order_by(*order).limit(1).scalar_subquery()


def tile(connection: Connection, actor: Actor, tile: Tile) -> bytes:
    """The grids of the plan that stands, with code and visits."""
    asked = (
        select(Visit.grid_code.label("code"), Visit.visits, Grid.mercator.label("shape"))
        .join(Grid, Grid.id == Visit.grid_id)
        .where(Visit.plan_id == _standing(), _seen(actor), tiles.meets(Grid.shape))
    )
    return tiles.encoded(connection, "frequency", tile, asked)
