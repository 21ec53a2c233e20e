"""The roster: who is on duty when; coming on duty and going off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from api.answers import Page, Row, Shape, Strict, encoded, following
from api.deps import Asked, Code, CurrentActor, Moment, Now, Transaction
from layers.access import INTAKE, acting
from layers.db import moment_key
from layers.duty import actions, queries
from layers.duty.rules import OutOfService, Said
from layers.incidents.queries import worked_after
from layers.positions.queries import moved_after
from layers.positions.queries import track as track_of

router = APIRouter(prefix="/api", tags=["duty"])


class ShiftShown(Strict):
    """`planned_at` is when it begins by the roster; null where a squad came on duty without one."""

    id: UUID
    squad: str
    name: str
    township: str | None
    starts_at: datetime
    ends_at: datetime
    planned_at: datetime | None
    members: int | None
    vehicle: str | None
    skills: list[str]
    note: str | None


class ShiftsAsked(Asked):
    squad: Code | None = None
    since: Moment | None = Field(None, description="Not over before this moment")
    until: Moment | None = Field(None, description="Begun before this moment")

    @property
    def wanted(self) -> queries.Wanted:
        return queries.Wanted(self.squad, self.since, self.until)


@router.get("/duty")
def shifts(
    connection: Transaction, actor: CurrentActor, asked: Annotated[ShiftsAsked, Query()]
) -> Page[ShiftShown]:
    """The shifts of the squads in sight, by their beginning."""
    rows = queries.shifts(connection, actor, asked.page, asked.wanted)
    items = [ShiftShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, _key))


def _key(row: Row) -> str:
    return moment_key(row["starts_at"], row["id"])


class Event(Strict):
    """A phone without a signal says later what it was told then: by an id of its own, so that said
    again it changes nothing, and with the time, which counts for three days."""

    event_id: UUID | None = None
    happened_at: Moment | None = None

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.event_id is None) != (self.happened_at is None):
            raise ValueError("event_id and happened_at belong together")
        return self

    @property
    def said(self) -> Said | None:
        if self.event_id is None or self.happened_at is None:
            return None
        return Said(self.event_id, self.happened_at)


class Coming(Event):
    """`until` is asked for nothing but a shift without a roster."""

    until: Moment | None = None


class ShiftTold(ShiftShown):
    """With the event by which it was begun or ended."""

    event_id: UUID | None


@router.post("/squads/{squad}/shifts", status_code=201)
def begin(
    squad: Code, given: Coming, connection: Transaction, actor: CurrentActor, now: Now
) -> ShiftTold:
    """Come on duty: the planned shift if it begins within six hours, else one of twelve hours or
    until the next planned one."""
    shift = actions.begin(
        connection, squad, until=given.until, actor=actor, at=now, said=given.said
    )
    return ShiftTold(**queries.one(connection, actor, shift), event_id=given.event_id)


@router.post("/squads/{squad}/shifts/end")
def end(
    squad: Code, connection: Transaction, actor: CurrentActor, now: Now,
    given: Event | None = None,
) -> ShiftTold:  # fmt: skip
    """Go off duty before the shift would end. What a phone says late changes nothing where
    something newer was said of the shift, or was done by the squad in it, or where another of its
    phones was seen on the way."""
    told = given or Event()
    since = told.happened_at or now
    worked = worked_after(connection, actor, squad, since)
    moved = _moved(connection, actor, squad, since, now)
    worked_at = min(filter(None, (worked, moved)), default=None)
    shift = actions.end(connection, squad, actor=actor, at=now, said=told.said, worked_at=worked_at)
    return ShiftTold(**queries.one(connection, actor, shift), event_id=told.event_id)


def _moved(
    connection: Transaction, actor: CurrentActor, squad: str, since: datetime, now: datetime
) -> datetime | None:
    """Who writes the positions down looks: a squad's own members do not see where it was, and all
    that they are told is whether its shift goes on."""
    acting(connection, INTAKE)
    found = moved_after(connection, squad, since, now)
    acting(connection, actor)
    return found


class Service(Event):
    """Null: the squad can be sent again."""

    out_of_service: OutOfService | None


@router.put("/squads/{squad}/service")
def say(
    squad: Code, given: Service, connection: Transaction, actor: CurrentActor, now: Now
) -> Service:
    """Say why a squad on duty cannot be sent, until its shift ends or it can."""
    reason = given.out_of_service
    actions.say(connection, squad, reason, actor=actor, at=now, said=given.said)
    return given


class Passed(Strict):
    """A fix with its verdict, or the line through a device's good ones."""

    type: Literal["Feature"]
    geometry: Shape
    properties: dict[str, object]


class Track(Strict):
    type: Literal["FeatureCollection"]
    features: list[Passed]


@router.get("/shifts/{shift}/track", response_model=Track)
def track(shift: UUID, connection: Transaction, actor: CurrentActor) -> Response:
    """Where the devices of a squad were during a shift, as GeoJSON: a line for each through the
    good fixes, and every fix with its verdict. Kept for some days: see /api/retention."""
    found = queries.one(connection, actor, shift)
    return encoded(_collection(track_of(connection, actor, found)))


def _collection(rows: Sequence[Row]) -> dict[str, object]:
    points = [_feature("Point", [row["lon"], row["lat"]], _told(row)) for row in rows]
    lines: dict[str, list[list[float]]] = {}
    for row in rows:
        if row["verdict"] == "good":
            lines.setdefault(row["device"], []).append([row["lon"], row["lat"]])
    ways = [_feature("LineString", way, {"device": device})
            for device, way in lines.items() if len(way) > 1]  # fmt: skip
    return {"type": "FeatureCollection", "features": [*ways, *points]}


def _told(row: Row) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in ("lon", "lat")}


def _feature(kind: str, coordinates: object, properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
