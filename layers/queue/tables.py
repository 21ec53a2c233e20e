from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Json, Table


class Job(Table):
    """Work to be done once, by name: written in the transaction of its cause.

    A worker keeps the row locked while it works and marks it done in the same transaction as the
    work, so that a killed worker leaves a waiting job and none is done twice.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"),
        Index("jobs_waiting_ix", "run_after", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    arguments: Mapped[Json]
    actor: Mapped[str]
    token: Mapped[UUID | None]
    """By which its asker came: it is done with no more than the token may."""
    state: Mapped[str]
    run_after: Mapped[datetime]
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[Json | None]
    problem: Mapped[Json | None]


class Attempt(Table):
    """How far a job has come. Apart from the job, whose row its worker holds locked."""

    __tablename__ = "job_attempts"

    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    stage: Mapped[str | None]
    done: Mapped[int]
    total: Mapped[int]
    at: Mapped[datetime]
