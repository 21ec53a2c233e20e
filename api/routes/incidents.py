"""Incidents as they were reported."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.answers import Page, Strict, following
from api.deps import AskedWithin, Code, CurrentActor, Transaction
from layers.incidents import queries
from layers.incidents.queries import Wanted

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


class IncidentShown(Strict):
    """`lon`, `lat` on WGS 84; `x`, `y` as they came, on `datum`. `grid` null: outside every
    grid; `uncertain`: a fifth of the accuracy circle or more lies in other grids."""

    id: UUID
    source: str
    external_id: str
    matter: str
    matter_zh: str
    matter_en: str
    state: str
    lon: float
    lat: float
    x: float
    y: float
    datum: str
    accuracy_m: float | None
    uncertain: bool
    grid: str | None
    township: str | None
    occurred_at: datetime
    occurred_precision: Literal["minute", "day"]
    received_at: datetime
    closed_at: datetime | None
    address: str | None
    description: str | None


class IncidentsAsked(AskedWithin):
    """Conditions that must all hold; times carry their zone, `until` itself is left out."""

    grid: Code | None = None
    township: Code | None = None
    matter: Code | None = None
    source: Code | None = None
    state: Code | None = None
    since: AwareDatetime | None = Field(None, examples=["2026-11-01T00:00:00+08:00"])
    until: AwareDatetime | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            bbox=self.bounds, grid=self.grid, township=self.township, matter=self.matter,
            source=self.source, state=self.state, since=self.since, until=self.until,
        )  # fmt: skip


@router.get("")
def incidents(
    connection: Transaction, actor: CurrentActor, asked: Annotated[IncidentsAsked, Query()]
) -> Page[IncidentShown]:
    """The newest first."""
    rows = queries.listed(connection, actor, asked.wanted, after=asked.after, limit=asked.limit)
    items = [IncidentShown(**row) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, queries.key))


@router.get("/{incident_id}")
def incident(incident_id: UUID, connection: Transaction, actor: CurrentActor) -> IncidentShown:
    return IncidentShown(**queries.one(connection, actor, incident_id))
