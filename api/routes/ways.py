"""The way of a squad to a case, and where nobody on duty comes in time."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import Field

from api.answers import Strict
from api.deps import Around, Asked, Code, CurrentActor, CurrentSettings, Moment, Now, Transaction
from api.reach import WITHIN_S, Asking, by_township, finite, reach
from api.ways import judged, own_ways
from geo.roads import Roads
from layers.errors import NotFound
from layers.incidents.queries import one
from layers.roads.rules import Mode
from layers.squads.queries import Across, starts

router = APIRouter(prefix="/api", tags=["squads"])
Lonlat = tuple[float, float]


class Line(Strict):
    """GeoJSON, longitude and latitude on WGS 84."""

    type: Literal["LineString"] = "LineString"
    coordinates: list[Lonlat]


class WayThere(Strict):
    """The fastest way, by `method`. `line` is its part by road, null where no roads are known;
    from its ends one walks. `seconds` null: there is no way. `way_judged`: what stands against the
    squad's place or that of the case (`far_from_road`, `unreachable_island`)."""

    squad: str
    method: str
    seconds: float | None
    metres: float | None
    line: Line | None
    way_judged: dict[Literal["squad", "case"], list[str]]


@router.get("/incidents/{incident_id}/ways/{squad}")
def way(
    incident_id: UUID, squad: Code, request: Request, connection: Transaction, around: Around
) -> WayThere:
    """How a squad gets to a case: line, seconds and metres."""
    case = one(connection, around.actor, incident_id)
    across = Across([case["matter"]], [case["township"]], around.today)
    rows = starts(connection, around.actor, around.at, across=across,
                  stale=around.settings.stale_after)  # fmt: skip
    start = next((row for row in rows if row.code == squad), None)
    if start is None:
        raise NotFound("no_squad", squad=squad)
    ends = np.array([[start.lon, start.lat], [case["lon"], case["lat"]]])
    mode = Mode.WALKING if start.vehicles == 0 else Mode.DRIVING
    engine = own_ways(request.app.state, connection, mode)
    found = engine.route(*ends) if isinstance(engine, Roads) else None
    seconds, metres = (
        (found.seconds, found.metres)
        if found is not None
        else (float(told[0]) for told in engine(ends[:1], ends[1]))
    )
    by_squad, by_case = judged(engine, ends)
    return WayThere(
        squad=squad, method=engine.method, seconds=finite(seconds), metres=finite(metres),
        line=None if found is None else Line(coordinates=found.line.round(7).tolist()),
        way_judged={"squad": list(by_squad), "case": list(by_case)},
    )  # fmt: skip


class ReachAsked(Asked):
    """`at`: the time of which the roster is asked; now if unsaid."""

    at: Moment | None = None


class TownshipReached(Strict):
    """`late`: how many of its grids nobody reaches in time. `slowest_s` null: nobody ever comes."""

    township: str | None
    name: str | None
    grids: int
    late: int
    slowest_s: float | None


class GridNotReached(Strict):
    code: str
    name: str | None
    township: str | None
    seconds: float | None = Field(description="Until the first squad is there; null: none comes")


class ReachShown(Strict):
    """How many of the `grids` in sight nobody of the `squads` on duty `at` a time reaches within
    `within_s`, by a point inside each grid; `items` are these, by code."""

    at: datetime
    within_s: float
    method: str
    squads: int
    grids: int
    late: int
    townships: list[TownshipReached]
    items: list[GridNotReached]
    next: str | None


@router.get("/reach")
def reached(
    request: Request, connection: Transaction, actor: CurrentActor, now: Now,
    settings: CurrentSettings, asked: Annotated[ReachAsked, Query()],
) -> ReachShown:  # fmt: skip
    """Which grids nobody on duty reaches within 30 minutes, now or at a time of the roster."""
    engine = partial(own_ways, request.app.state, connection)
    asking = Asking(connection, actor, now, settings.zone, engine, asked.at, settings.stale_after)
    found = reach(asking, request.app.state.reach)
    late = found.late[found.late["code"] > asked.after]
    page = late.head(asked.limit)
    items = [
        GridNotReached(
            code=row.code, name=row.name, township=row.township, seconds=finite(row.seconds)
        )
        for row in page[["code", "name", "township", "seconds"]].itertuples(index=False)
    ]
    return ReachShown(
        at=found.at, within_s=WITHIN_S, method=found.method, squads=found.squads,
        grids=len(found.grids), late=len(found.late),
        townships=[TownshipReached.model_validate(row) for row in by_township(found)],
        items=items, next=items[-1].code if len(late) > len(page) else None,
    )  # fmt: skip
