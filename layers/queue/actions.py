"""Putting work in, claiming it, telling how far it is and how it ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor
from layers.queue.tables import Attempt, Job

TRIES = 5
FIRST_PAUSE = timedelta(seconds=2)


class Claimed(NamedTuple):
    """A job to be done now, and who asked for it."""

    id: UUID
    name: str
    arguments: Mapping[str, object]
    actor: str


def put(
    connection: Connection, name: str, arguments: dict[str, object], *, actor: Actor, at: datetime
) -> UUID:
    """Write down work to be done after this transaction commits; returns its id."""
    job_id = uuid4()
    connection.execute(
        insert(Job).values(
            id=job_id,
            name=name,
            arguments=arguments,
            actor=actor.name,
            state="waiting",
            run_after=at,
            made_at=at,
        )
    )
    return job_id


def claim(connection: Connection, *, at: datetime, only: datetime | None = None) -> Claimed | None:
    """The next job that is due, locked until this transaction ends; None when none waits.

    With `only` the next of those that were put at this very moment: a command's own.
    """
    own = true() if only is None else Job.made_at == only
    found = connection.execute(
        select(Job.id, Job.name, Job.arguments, Job.actor)
        .where(Job.state == "waiting", Job.run_after <= at, own)
        .order_by(Job.run_after, Job.id)
        .limit(1)
        # not FOR UPDATE: the attempt row beside it refers to this one
        .with_for_update(skip_locked=True, key_share=True)
    ).one_or_none()
    if found is None:
        return None
    return Claimed(found.id, found.name, dict(found.arguments), found.actor)


def begin(connection: Connection, job_id: UUID, *, at: datetime) -> int:
    """Count an attempt, in a transaction of its own so that a killed one counts too."""
    first = upsert(Attempt).values(job_id=job_id, attempts=1, stage="begun", done=0, total=0, at=at)
    again = {"attempts": Attempt.attempts + 1, "stage": "begun", "done": 0, "total": 0, "at": at}
    counted = first.on_conflict_do_update(index_elements=[Attempt.job_id], set_=again)
    return connection.execute(counted.returning(Attempt.attempts)).scalar_one()


def tell(connection: Connection, job_id: UUID, stage: str, done: int, total: int) -> None:
    """Say how far it is, in a transaction of its own so that others see it."""
    connection.execute(
        update(Attempt)
        .where(Attempt.job_id == job_id)
        .values(stage=stage, done=done, total=total, at=func.clock_timestamp())
    )


def finish(connection: Connection, job_id: UUID, result: object, *, at: datetime) -> None:
    """Mark it done, in the transaction of the work itself."""
    connection.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(state="done", result=result, problem=None, finished_at=at)
    )


def fail(
    connection: Connection, job_id: UUID, problem: dict[str, object], *, again: bool, at: datetime
) -> None:
    """Keep why it failed; try again after a growing pause unless that is pointless."""
    attempts = connection.execute(
        update(Attempt)
        .where(Attempt.job_id == job_id)
        .values(stage=None)
        .returning(Attempt.attempts)
    ).scalar_one()
    if again and attempts < TRIES:
        pause = FIRST_PAUSE * 4 ** (attempts - 1)
        ending: dict[str, object] = {"run_after": at + pause}
    else:
        ending = {"state": "failed", "finished_at": at}
    still = update(Job).where(Job.id == job_id, Job.state == "waiting")
    connection.execute(still.values(problem=problem, **ending))
