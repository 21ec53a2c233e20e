"""Patrol plans: asking for a draft, reading it with its reasons, approving it."""

from datetime import datetime
from typing import Annotated, Literal

import shapely
from fastapi import APIRouter, Query, Response
from geopandas import GeoDataFrame
from pydantic import Field, StringConstraints

from api.answers import Accepted, Page, Strict, accepted, by_id, encoded, following
from api.deps import AskedByNumber, CurrentActor, Now, Number, Transaction
from layers.access import Verb, may
from layers.plans import actions, queries, rules
from layers.queue.actions import put

router = APIRouter(prefix="/api/plans", tags=["plans"])
Week = Annotated[str, StringConstraints(pattern=r"^\d{4}-W\d{2}$")]
VISIT = ("code", "name", "township", "township_name", "expected", "visits")


class PlanWanted(Strict):
    """`capacity` overrides the visits a week that townships were imported with."""

    week: Week = Field(examples=["2026-W48"])
    capacity: int | None = Field(None, ge=0, le=1_000_000)


class PlanSummary(Strict):
    """`parameters` sums up only the visits of one's own townships."""

    id: int
    week: str
    state: Literal["draft", "approved", "replaced"]
    run_id: int
    parameters: dict[str, object]
    version: str
    made_at: datetime
    made_by: str
    approved_at: datetime | None
    approved_by: str | None


class PlanListed(PlanSummary):
    visits: int


class Reason(Strict):
    """`code` names an entry `reason.<code>` of the catalogue; `n` is the number in it."""

    code: str
    n: float


class VisitShown(Strict):
    """How often one grid is visited in the week; `lon`, `lat` lie inside it."""

    code: str
    name: str
    township: str
    township_name: str
    expected: float
    visits: int
    previous: int | None
    reasons: list[Reason]
    lon: float
    lat: float


class PlanShown(PlanSummary):
    visits: list[VisitShown]


class PlansAsked(AskedByNumber):
    week: Week | None = None


@router.get("")
def plans(
    connection: Transaction, actor: CurrentActor, asked: Annotated[PlansAsked, Query()]
) -> Page[PlanListed]:
    """The newest first."""
    rows = queries.listed(
        connection, actor, week=asked.week, before=asked.before, limit=asked.limit
    )
    items = [PlanListed(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, by_id))


@router.post("", status_code=202)
def draft(
    wanted: PlanWanted, connection: Transaction, actor: CurrentActor, now: Now, answer: Response
) -> Accepted:
    """Ask for a draft of a week; the job's result names the plan."""
    may(actor, Verb.PLAN)
    rules.monday(wanted.week)
    arguments = wanted.model_dump(mode="json", exclude_none=True)
    return accepted(answer, put(connection, "plan", arguments, actor=actor, at=now))


@router.get("/{plan_id}", response_model=PlanShown)
def plan(plan_id: Number, connection: Transaction, actor: CurrentActor) -> Response:
    summary = PlanSummary(**queries.one(connection, actor, plan_id))
    visits = _visits(queries.visits(connection, actor, plan_id))
    return encoded({**summary.model_dump(), "visits": visits})


@router.post("/{plan_id}/approve", responses={409: {}})
def approve(plan_id: Number, connection: Transaction, actor: CurrentActor, now: Now) -> PlanSummary:
    """Make a draft the plan of its week; the plan that was approved before is replaced."""
    actions.approve(connection, plan_id, actor=actor, at=now)
    return PlanSummary(**queries.one(connection, actor, plan_id))


def _visits(found: GeoDataFrame) -> list[dict[str, object]]:
    inside = shapely.get_coordinates(shapely.point_on_surface(found.geometry.to_numpy())).round(6)
    plain = found[list(VISIT)].to_dict("records")
    previous = found["previous"].astype(object).where(found["previous"].notna(), None)
    return [
        {
            **row,
            "previous": None if before is None else int(before),
            "reasons": [{"code": code, "n": n} for code, n in reasons],
            "lon": lon,
            "lat": lat,
        }
        for row, before, reasons, (lon, lat) in zip(
            plain, previous, found["reasons"], inside.tolist(), strict=True
        )
    ]
