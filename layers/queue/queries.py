"""How far jobs are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, case, func, or_, select

from layers.access import Actor
from layers.errors import NotFound
from layers.queue.tables import Attempt, Job

STATE = case((Job.state != "waiting", Job.state), (Attempt.stage.is_not(None), "running"),
             else_="waiting").label("state")  # fmt: skip


def one(connection: Connection, actor: Actor, job_id: UUID) -> RowMapping:
    """A job that the actor has asked for, with its progress."""
    found = (
        connection.execute(
            select(
                Job.id,
                Job.name,
                STATE,
                Job.made_at,
                Job.finished_at,
                Job.result,
                Job.problem,
                Attempt.stage,
                func.coalesce(Attempt.done, 0).label("done"),
                func.coalesce(Attempt.total, 0).label("total"),
            )
            .outerjoin(Attempt, Attempt.job_id == Job.id)
            .where(Job.id == job_id, Job.actor == actor.name)
        )
        .mappings()
        .one_or_none()
    )
    if found is None:
        raise NotFound("no_job", id=job_id)
    return found


def wanted_paths(connection: Connection, name: str, since: datetime) -> frozenset[str]:
    """The argument `path` of the jobs of this name that wait, or have ended after a time."""
    path = Job.arguments["path"].astext
    open_yet = or_(Job.finished_at.is_(None), Job.finished_at > since)
    return frozenset(connection.scalars(select(path).where(Job.name == name, open_yet)))
