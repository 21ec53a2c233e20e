"""How far long work is, and how it ended."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.answers import Page, Row, Strict, following
from api.deps import Asked, Code, CurrentActor, CurrentLanguage, Now, Transaction
from api.errors import words
from api.worker import is_there
from layers.access import Actor, Verb, holds
from layers.people.queries import logins
from layers.queue import actions, queries
from layers.queue.queries import Wanted
from maps.theme import Language

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
State = Literal["waiting", "running", "done", "failed"]

NOBODY: Mapping[str, str] = MappingProxyType({})


class Failure(Strict):
    code: str
    title: str
    values: dict[str, object]


class JobShown(Strict):
    """`done` of `total` in this `stage`; a `total` of 0 means that nobody knows yet.

    A waiting job may hold the problem of its last try. `asked_by` is a person's id, or `operator`
    for whoever works at the bureau's own machine; `login` is that person's, for who manages.
    `layer`, `file` and `dry_run` are an import's. `dead`: failed at every try, and given up.
    """

    id: UUID
    name: str
    layer: str | None
    file: str | None
    dry_run: bool | None
    asked_by: str
    login: str | None
    state: State
    stage: str | None
    done: int
    total: int
    attempts: int
    dead: bool
    made_at: datetime
    finished_at: datetime | None
    result: dict[str, object] | None
    problem: Failure | None


class Standing(Strict):
    """`worker`: whether a background worker is there. `oldest`: when what waits longest was put."""

    worker: bool
    waiting: int
    running: int
    dead: int
    oldest: datetime | None


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
    names = logins(connection, actor, {row["asked_by"] for row in rows}) if _manages(actor) else {}
    items = [_shown(row, language, names) for row in rows]
    return Page(items=items, next=following(rows, asked.limit, queries.key))


def _manages(actor: Actor) -> bool:
    return holds(actor, Verb.MANAGE)


@router.get("/standing")
def standing(connection: Transaction, actor: CurrentActor) -> Standing:
    """The queue at a glance, as far as one sees it."""
    return Standing(worker=is_there(connection), **asdict(queries.standing(connection, actor)))


@router.get("/{job_id}")
def job(
    job_id: UUID, connection: Transaction, actor: CurrentActor, language: CurrentLanguage
) -> JobShown:
    return _shown(queries.one(connection, actor, job_id), language)


@router.post("/{job_id}/again")
def try_again(
    job_id: UUID, connection: Transaction, actor: CurrentActor, language: CurrentLanguage, now: Now
) -> JobShown:
    """Let a job that failed begin anew."""
    actions.try_again(connection, job_id, actor=actor, at=now)
    return _shown(queries.one(connection, actor, job_id), language)


@router.post("/{job_id}/cancel")
def cancel(
    job_id: UUID, connection: Transaction, actor: CurrentActor, language: CurrentLanguage, now: Now
) -> JobShown:
    """End a job that waits."""
    actions.cancel(connection, job_id, actor=actor, at=now)
    return _shown(queries.one(connection, actor, job_id), language)


def _shown(row: Row, language: Language, logins: Mapping[str, str] = NOBODY) -> JobShown:
    shown = {**row, "login": logins.get(row["asked_by"])}
    if shown["problem"] is not None:
        code, values = shown["problem"]["code"], shown["problem"]["values"]
        shown["problem"] = {**shown["problem"], "title": words(code, language, values)}
    return JobShown.model_validate(shown)
