"""Squads, and which of them can be at a place soonest."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.answers import Page, Strict, by_code, encoded, following
from api.deps import (
    Around,
    Asked,
    Code,
    CurrentActor,
    CurrentOpening,
    CurrentSettings,
    Now,
    Transaction,
    read,
)
from api.nearest import answer, at_case, at_place, nearest
from geo.crs import Datum
from layers.duty.rules import OutOfService
from layers.incidents.queries import Doing, doing
from layers.squads import queries
from layers.squads.queries import State

router = APIRouter(prefix="/api", tags=["squads"])


class SquadShown(Strict):
    """`lon`, `lat` are the last position if that is `fresh`, else the home station.

    On duty by its shifts (`on_duty_since`), else as the squad is marked. `members` and `vehicles`
    are those of the shift that is on, where it tells of them; `vehicle` is its plate or `none`: it
    walks. `contact_lost`: on duty, but nothing was heard of it for too long. What it is `doing`
    and how many of its crews are `busy` follows from its cases in sight."""

    code: str
    name: str
    township: str | None
    township_name: str | None
    unit: str | None
    members: int | None
    vehicles: int | None
    vehicle: str | None
    skills: list[str]
    crews: int
    on_duty: bool
    on_duty_since: datetime | None
    state: State
    out_of_service: OutOfService | None
    doing: Literal["sent", "on_the_way", "on_scene"] | None
    busy: int
    contact_lost: bool
    position_at: datetime | None
    fresh: bool
    lon: float
    lat: float


@router.get("/squads")
def squads(
    connection: Transaction, actor: CurrentActor, now: Now, settings: CurrentSettings,
    asked: Annotated[Asked, Query()],
) -> Page[SquadShown]:  # fmt: skip
    rows = queries.listed(connection, actor, now, asked.page, settings.belief)
    busy = doing(connection, actor)
    items = [SquadShown(**row, **busy.get(row["code"], Doing())._asdict()) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_code))


class Place(Strict):
    """Where somebody is needed. A `matter` must exist; until the bureau says who is competent
    every squad is."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    datum: Datum = Datum.WGS84
    matter: Code | None = None
    limit: int = Field(5, ge=1, le=50)


class SquadOnTheWay(Strict):
    """`lon`, `lat` are where it starts from; `position_age_s` null: its home station. `seconds`
    and `metres` are of the way alone, and the order counts `penalty_s` too. `busy` of its `crews`
    have a case; `in_hand` are cases that it handles without being held by them. `competent` for
    the matter there; `why` it was passed over. `vehicles`: those of its shift; without any it
    walks."""

    squad: str
    name: str
    township: str | None
    unit: str | None
    lon: float
    lat: float
    seconds: float
    metres: float
    method: str
    position_age_s: float | None
    penalty_s: float
    reasons: list[str]
    why: list[str]
    on_duty: bool
    state: str
    competent: bool
    busy: int
    crews: int
    in_hand: int
    vehicles: int | None


class SquadNotThere(Strict):
    squad: str
    name: str
    reasons: list[str]


class Nearest(Strict):
    """`items` can be there in time, the best first; if none is, `shortfall` says why, and `beyond`
    are the soonest that need too long. `passed_over` are nearer than the first of them, and `why`
    they were not taken. `no_table`: the bureau does not say who is competent for the matter, so
    every squad is. `unreached` could be sent if there were a way. `lon`, `lat`: the place on WGS
    84; `way_judged`: what stands against it (`far_from_road`, `unreachable_island`)."""

    lon: float
    lat: float
    matter: str | None
    township: str | None
    no_table: bool
    items: list[SquadOnTheWay]
    beyond: list[SquadOnTheWay]
    passed_over: list[SquadOnTheWay]
    unreached: list[SquadNotThere]
    shortfall: list[str]
    way_judged: list[str]


@router.post("/nearest-squads", response_model=Nearest)
async def nearest_squads(place: Place, opening: CurrentOpening, around: Around) -> Response:
    """The squads that can be sent to a place by estimated travel time, soonest first."""
    return await to_thread.run_sync(read, opening, partial(_nearest, place=place, around=around))


def _nearest(connection: Transaction, place: Place, around: Around) -> Response:
    spot = at_place(connection, (place.lon, place.lat), place.datum, place.matter, around)
    return encoded(answer(nearest(connection, spot, around, limit=place.limit)))


class Asking(Strict):
    """How many squads are asked for."""

    limit: int = Field(5, ge=1, le=50)


@router.get("/incidents/{incident_id}/nearest-squads", response_model=Nearest)
def nearest_to_case(
    incident_id: UUID, connection: Transaction, around: Around,
    asked: Annotated[Asking, Query()],
) -> Response:  # fmt: skip
    """The squads that can be sent to a case, with reasons and who was passed over."""
    spot = at_case(connection, incident_id, around)
    return encoded(answer(nearest(connection, spot, around, limit=asked.limit)))
