"""How far long work is, and how it ended."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from api.answers import Strict
from api.deps import CurrentActor, CurrentLanguage, Transaction
from layers.queue import queries
from maps import theme

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


class Failure(Strict):
    code: str
    title: str
    values: dict[str, object]


class JobShown(Strict):
    """`done` of `total` in this `stage`; a `total` of 0 means that nobody knows yet.

    A waiting job may hold the problem of its last try.
    """

    id: UUID
    name: str
    state: Literal["waiting", "running", "done", "failed"]
    stage: str | None
    done: int
    total: int
    made_at: datetime
    finished_at: datetime | None
    result: dict[str, object] | None
    problem: Failure | None


@router.get("/{job_id}")
def job(
    job_id: UUID, connection: Transaction, actor: CurrentActor, language: CurrentLanguage
) -> JobShown:
    row = dict(queries.one(connection, actor, job_id))
    if row["problem"] is not None:
        title = theme.word(
            f"problem.{row['problem']['code']}", language, **row["problem"]["values"]
        )
        row["problem"] = {**row["problem"], "title": title}
    return JobShown.model_validate(row)
