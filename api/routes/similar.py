"""Cases that are likely the same thing as one that is there, or as one that is being taken down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.answers import Row, Strict
from api.cases import Lat, Lon
from api.deps import Code, CurrentActor, Moment, Now, Transaction
from layers.incidents.queries import similar as queries
from layers.incidents.queries.similar import Like
from maps.theme import Language

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


class SimilarShown(Strict):
    """`hours`: how much later it happened than what it is held against; less than 0 earlier."""

    id: UUID
    case_no: str | None
    version: int
    state: str
    matter: str
    matter_zh: str
    matter_en: str
    address: str | None
    occurred_at: datetime
    closed_at: datetime | None
    metres: float
    hours: float


class Similar(Strict):
    """At most ten, the nearest first; the same matter before others of its class."""

    items: list[SimilarShown]


class SimilarAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    matter: Code
    lon: Lon
    lat: Lat
    at: Moment | None = Field(None, description="When it happened; now where it is unsaid")
    lang: Language | None = None


@router.get("/similar")
def similar_to_be(
    connection: Transaction, actor: CurrentActor, now: Now, asked: Annotated[SimilarAsked, Query()]
) -> Similar:
    """What is likely the same thing as a case that is not saved yet."""
    wanted = Like(asked.matter, asked.lon, asked.lat, asked.at or now)
    return _shown(queries.similar(connection, actor, wanted), wanted)


@router.get("/{incident_id}/similar")
def similar(incident_id: UUID, connection: Transaction, actor: CurrentActor) -> Similar:
    """What is likely the same thing as a case."""
    wanted = queries.like(connection, actor, incident_id)
    return _shown(queries.similar(connection, actor, wanted, but=incident_id), wanted)


def _shown(rows: Sequence[Row], wanted: Like) -> Similar:
    return Similar(
        items=[
            SimilarShown(**row, hours=(row["occurred_at"] - wanted.at).total_seconds() / 3600)
            for row in rows
        ]
    )
