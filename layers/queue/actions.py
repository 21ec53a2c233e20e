"""Putting work in, claiming it, telling how far it is and how it ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, may
from layers.db import once
from layers.errors import Conflict
from layers.journal.actions import note
from layers.queue.queries import one
from layers.queue.rules import TRIES, pause
from layers.queue.tables import Attempt, Job


class Claimed(NamedTuple):
    """A job to be done now, who asked for it, and by which token if by one."""

    id: UUID
    name: str
    arguments: Mapping[str, object]
    actor: str
    token: UUID | None


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
            token=actor.token.token if actor.token else None,
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
        select(Job.id, Job.name, Job.arguments, Job.actor, Job.token)
        .where(Job.state == "waiting", Job.run_after <= at, own)
        .order_by(Job.run_after, Job.id)
        .limit(1)
        # not FOR UPDATE: the attempt row beside it refers to this one
        .with_for_update(skip_locked=True, key_share=True)
    ).one_or_none()
    if found is None:
        return None
    return Claimed(found.id, found.name, dict(found.arguments), found.actor, found.token)


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


def drop(connection: Connection, job_id: UUID) -> None:
    """Leave no trace of a job that had nothing to do."""
    connection.execute(delete(Job).where(Job.id == job_id))


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
        ending: dict[str, object] = {"run_after": at + pause(attempts)}
    else:
        ending = {"state": "failed", "finished_at": at}
    still = update(Job).where(Job.id == job_id, Job.state == "waiting")
    connection.execute(still.values(problem=problem, **ending))


def try_again(connection: Connection, job_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let a job that failed begin anew, with all its tries before it."""
    may(actor, Verb.MANAGE)
    anew = {"state": "waiting", "run_after": at, "finished_at": None}
    failed = update(Job).where(Job.id == job_id, Job.state == "failed")
    if not connection.execute(failed.values(anew)).rowcount:
        raise Conflict("job_not_failed", state=one(connection, actor, job_id)["state"])
    connection.execute(delete(Attempt).where(Attempt.job_id == job_id))
    note(connection, "try_again", "jobs", str(job_id), actor=actor, at=at)


def cancel(connection: Connection, job_id: UUID, *, actor: Actor, at: datetime) -> None:
    """End a job that waits. One at which a worker is cannot be reached any more."""
    may(actor, Verb.MANAGE)
    waiting = select(Job.id).where(Job.id == job_id, Job.state == "waiting")
    free = waiting.with_for_update(skip_locked=True, key_share=True)
    if connection.execute(free).one_or_none() is None:
        raise Conflict("job_not_waiting", state=one(connection, actor, job_id)["state"])
    ended = {"state": "failed", "finished_at": at, "problem": {"code": "cancelled", "values": {}}}
    connection.execute(update(Job).where(Job.id == job_id).values(ended))
    note(connection, "cancel", "jobs", str(job_id), actor=actor, at=at)


def forget(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Delete jobs that ended before a time, with their arguments and results: their ids."""
    may(actor, Verb.MANAGE)
    due = select(Job.id).where(Job.finished_at < before).limit(limit).with_for_update()
    gone = delete(Job).where(Job.id.in_(once(due))).returning(Job.id)
    return [str(job) for job in connection.execute(gone).scalars()]
