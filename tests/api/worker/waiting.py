"""Waiting for what a worker does."""

import time
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Engine, RowMapping

from layers.access import Actor
from layers.queue import queries as jobs

Seals = Callable[[], int]
Work = Callable[..., object]


def ending(engine: Engine, job_id: UUID, actor: Actor) -> RowMapping:
    """How a job ended, waited for."""

    def now() -> RowMapping:
        with engine.begin() as connection:
            return jobs.one(connection, actor, job_id)

    wait_until(lambda: now()["finished_at"] is not None)
    return now()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
