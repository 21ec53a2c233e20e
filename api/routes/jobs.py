"""How far long work is, and how it ended."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.answers import Page, Row, Strict, following
from api.deps import Asked, Code, CurrentActor, CurrentLanguage, Transaction
from layers.queue import queries
from layers.queue.queries import Wanted
from maps import theme
from maps.theme import Language

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
State = Literal["waiting", "running", "done", "failed"]


class Failure(Strict):
    code: str
    title: str
    values: dict[str, object]


class JobShown(Strict):
    """`done` of `total` in this `stage`; a `total` of 0 means that nobody knows yet.

    A waiting job may hold the problem of its last try. `asked_by` is a person's id, or `operator`
    for whoever works at the bureau's own machine; `layer` is what an import goes into.
    """

    id: UUID
    name: str
    layer: str | None
    asked_by: str
    state: State
    stage: str | None
    done: int
    total: int
    made_at: datetime
    finished_at: datetime | None
    result: dict[str, object] | None
    problem: Failure | None


class JobsAsked(Asked):
    name: Code | None = None
    state: State | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.name or "", self.state or "")


@router.get("")
def jobs(
    connection: Transaction,
    actor: CurrentActor,
    language: CurrentLanguage,
    asked: Annotated[JobsAsked, Query()],
) -> Page[JobShown]:
    """One's own, and all for who manages the bureau; the newest first."""
    rows = queries.listed(connection, actor, asked.page, asked.wanted)
    items = [_shown(row, language) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, queries.key))


@router.get("/{job_id}")
def job(
    job_id: UUID, connection: Transaction, actor: CurrentActor, language: CurrentLanguage
) -> JobShown:
    return _shown(queries.one(connection, actor, job_id), language)


def _shown(row: Row, language: Language) -> JobShown:
    shown = dict(row)
    if shown["problem"] is not None:
        code, values = shown["problem"]["code"], shown["problem"]["values"]
        title = theme.word(f"problem.{code}", language, **values)
        shown["problem"] = {**shown["problem"], "title": title}
    return JobShown.model_validate(shown)
