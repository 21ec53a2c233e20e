"""Townships and grids: the areas of duty."""

from datetime import date
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from api.answers import Page, Row, Shape, Strict, by_code, encoded, following
from api.deps import LINE, Asked, AskedWithin, Code, CurrentActor, Day, Today, Transaction
from layers.grids import queries
from layers.grids.tables import BEGINNING

router = APIRouter(prefix="/api", tags=["areas"])
Name = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]


class TownshipShown(Strict):
    code: str
    name: str
    visits_per_week: int | None
    area_m2: float


class GridShown(Strict):
    """One version of a grid; `valid_from` null is since always, `valid_to` null until further
    notice."""

    code: str
    name: str
    township: str
    township_name: str
    community: str | None
    area_m2: float
    valid_from: date | None
    valid_to: date | None
    shape: Shape


class GridsAsked(AskedWithin):
    township: Code | None = None
    on: Day | None = None
    name: Name = Field("", description="What the name has in it", examples=["河西"])


class OnDay(Strict):
    on: Day | None = None


@router.get("/townships")
def townships(
    connection: Transaction, actor: CurrentActor, asked: Annotated[Asked, Query()]
) -> Page[TownshipShown]:
    rows = queries.township_page(connection, actor, asked.page)
    items = [TownshipShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_code))


@router.get("/grids", response_model=Page[GridShown])
def grids(
    connection: Transaction,
    actor: CurrentActor,
    today: Today,
    asked: Annotated[GridsAsked, Query()],
) -> Response:
    """The grids that hold on a day (today unless said), with their shapes."""
    wanted = queries.Wanted(asked.on or today, asked.township, asked.bounds, asked.name)
    rows = queries.grid_page(connection, actor, asked.page, wanted)
    items = [_shown(row) for row in rows]
    return encoded({"items": items, "next": following(rows, asked.limit, by_code)})


@router.get("/grids/{code}", response_model=GridShown)
def grid(
    code: Code,
    connection: Transaction,
    actor: CurrentActor,
    today: Today,
    asked: Annotated[OnDay, Query()],
) -> Response:
    """The version of a grid that holds on a day (today unless said)."""
    return encoded(_shown(queries.grid(connection, actor, code, asked.on or today)))


def _shown(row: Row) -> dict[str, object]:
    """The shape is GeoJSON text already and goes through as it is."""
    shown = {name: row[name] for name in GridShown.model_fields}
    if shown["valid_from"] == BEGINNING:
        shown["valid_from"] = None
    return {**shown, "shape": orjson.Fragment(str(row["shape"]))}
