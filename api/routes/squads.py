"""Squads, and which of them can be at a place soonest."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.answers import Page, Strict, by_code, encoded, following
from api.deps import Asked, Code, CurrentActor, Now, Transaction
from api.nearest import answer, nearest
from geo.crs import Datum
from layers.squads import queries

router = APIRouter(prefix="/api", tags=["squads"])


class SquadShown(Strict):
    """`lon`, `lat` are the last position if that is `fresh`, else the home station."""

    code: str
    name: str
    township: str | None
    township_name: str | None
    unit: str | None
    members: int | None
    vehicles: int | None
    on_duty: bool
    position_at: datetime | None
    fresh: bool
    lon: float
    lat: float


@router.get("/squads")
def squads(
    connection: Transaction, actor: CurrentActor, now: Now, asked: Annotated[Asked, Query()]
) -> Page[SquadShown]:
    rows = queries.listed(connection, actor, now, asked.page)
    items = [SquadShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_code))


class Place(Strict):
    """Where somebody is needed. A `matter` must exist; until jurisdictions are imported every
    squad is competent for it."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    datum: Datum = Datum.WGS84
    matter: Code | None = None
    limit: int = Field(5, ge=1, le=50)


class SquadOnTheWay(Strict):
    """`position_age_s` null: reckoned from the home station."""

    squad: str
    name: str
    seconds: float
    metres: float
    method: str
    position_age_s: float | None
    reasons: list[str]


class Nearest(Strict):
    """`shortfall` says why `items` is empty; `beyond` are the soonest that need too long.
    `lon`, `lat`: the place on WGS 84."""

    lon: float
    lat: float
    items: list[SquadOnTheWay]
    beyond: list[SquadOnTheWay]
    shortfall: list[str]


@router.post("/nearest-squads", response_model=Nearest)
def nearest_squads(
    place: Place, connection: Transaction, actor: CurrentActor, now: Now
) -> Response:
    """Squads on duty by estimated travel time to a place, soonest first."""
    found = nearest(
        connection, actor, (place.lon, place.lat), place.datum, now,
        matter=place.matter, limit=place.limit,
    )  # fmt: skip
    return encoded(answer(found))
