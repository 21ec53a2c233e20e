"""How far jobs are: one's own, and all of them for who manages the bureau."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    case,
    func,
    or_,
    select,
    true,
    tuple_,
)

from layers.access import Actor, Verb, holds, may
from layers.db import Page, moment_key, moment_of
from layers.errors import NotFound
from layers.queue.rules import TRIES
from layers.queue.tables import Attempt, Job

STATE = case((Job.state != "waiting", Job.state), (Attempt.stage.is_not(None), "running"),
             else_="waiting").label("state")  # fmt: skip
DEAD = (Job.state == "failed") & (func.coalesce(Attempt.attempts, 0) >= TRIES)
"""Given up after all tries: nobody but a person can help it on."""
FILE = func.regexp_replace(Job.arguments["path"].astext, "^.*/", "")
JOBS = select(
    Job.id, Job.name, Job.actor.label("asked_by"), STATE, Job.made_at, Job.finished_at,
    Job.arguments["layer"].astext.label("layer"), FILE.label("file"),
    Job.arguments["dry_run"].as_boolean().label("dry_run"), Job.result, Job.problem, Attempt.stage,
    func.coalesce(Attempt.done, 0).label("done"), func.coalesce(Attempt.total, 0).label("total"),
    func.coalesce(Attempt.attempts, 0).label("attempts"), DEAD.label("dead"),
).outerjoin(Attempt, Attempt.job_id == Job.id)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which jobs; empty means any."""

    name: str = ""
    state: str = ""


def one(connection: Connection, actor: Actor, job_id: UUID) -> RowMapping:
    """A job with its progress, and who asked for it: a person's id, `operator` or `worker`."""
    asked = JOBS.where(_seen(actor), Job.id == job_id)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_job", id=job_id)
    return found


def listed(
    connection: Connection, actor: Actor, page: Page, wanted: Wanted
) -> Sequence[RowMapping]:
    """Jobs, the newest first, behind a key of the form `time|id`."""
    asked = JOBS.where(_seen(actor), *_conditions(wanted))
    if page.after:
        asked = asked.where(tuple_(Job.made_at, Job.id) < moment_of(page.after))
    ordered = asked.order_by(Job.made_at.desc(), Job.id.desc()).limit(page.limit)
    return connection.execute(ordered).mappings().all()


@dataclass(frozen=True)
class Standing:
    """How many jobs wait, are at work, and were given up; when the oldest that waits was put."""

    waiting: int
    running: int
    dead: int
    oldest: datetime | None


def standing(connection: Connection, actor: Actor) -> Standing:
    """The queue at a glance."""
    waiting, running = STATE == "waiting", STATE == "running"
    asked = select(
        func.count().filter(waiting), func.count().filter(running), func.count().filter(DEAD),
        func.min(Job.made_at).filter(waiting),
    ).select_from(Job).outerjoin(Attempt, Attempt.job_id == Job.id)  # fmt: skip
    return Standing(*connection.execute(asked.where(_seen(actor))).one())


def key(row: RowMapping) -> str:
    """The key of a row: where the next page begins."""
    return moment_key(row["made_at"], row["id"])


def _seen(actor: Actor) -> ColumnElement[bool]:
    return true() if holds(actor, Verb.MANAGE) else Job.actor == actor.name


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.name:
        yield Job.name == wanted.name
    if wanted.state:
        yield STATE.in_([wanted.state])


def wanted_paths(
    connection: Connection, actor: Actor, name: str, since: datetime
) -> frozenset[str]:
    """The argument `path` of the jobs of this name that wait, or have ended after a time."""
    may(actor, Verb.MANAGE)
    path = Job.arguments["path"].astext
    open_yet = or_(Job.finished_at.is_(None), Job.finished_at > since)
    return frozenset(connection.scalars(select(path).where(Job.name == name, open_yet)))
