import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from api import cluster as clusters
from api import worker
from api.jobs import WORK
from api.settings import Settings
from api.worker import TIMETABLE, Regular
from layers import db, migrations
from layers.access import Actor
from layers.journal import queries
from layers.journal.actions import note
from layers.queue import actions as queue
from tests.conftest import fresh_database

NAME = f"test_worker_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
Seals = Callable[[], int]


@pytest.fixture
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = fresh_database(cluster, NAME)
    migrations.upgrade(url)
    engine = db.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def append(own: Engine, planner: Actor, noon: datetime) -> Callable[[], None]:
    def appended() -> None:
        with db.transaction(own) as connection:
            note(connection, "approve", "plans", "1", actor=planner, at=noon)

    return appended


@pytest.fixture
def seals(own: Engine) -> Seals:
    def counted() -> int:
        with db.transaction(own) as connection:
            return connection.execute(text("SELECT count(*) FROM journal_seals")).scalar_one()

    return counted


@pytest.fixture
def work(own: Engine, tmp_path: Path) -> Iterator[Callable[[], threading.Thread]]:
    """Starts a worker; all of them stop with the test."""
    stop, workers = threading.Event(), []

    def started() -> threading.Thread:
        at_work = threading.Thread(target=worker.work, args=(own, Settings(var=tmp_path), stop))
        at_work.start()
        workers.append(at_work)
        return at_work

    yield started
    stop.set()
    for at_work in workers:
        at_work.join(timeout=10)
        assert not at_work.is_alive()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_seals_the_journal_second_by_second(work, append, seals: Seals):
    work()
    append()
    wait_until(lambda: seals() == 1)
    append()
    wait_until(lambda: seals() == 2)


def test_a_long_job_does_not_hold_up_the_timetable(
    own: Engine, work, append, seals: Seals, planner: Actor, noon: datetime, monkeypatch
):
    begun, enough = threading.Event(), threading.Event()

    def long_job(*_: object) -> object:
        begun.set()
        return {"ended": enough.wait(30)}

    monkeypatch.setitem(WORK, "long", long_job)
    with db.transaction(own) as connection:
        queue.put(connection, "long", {}, actor=planner, at=noon)

    work()
    assert begun.wait(20)
    append()
    wait_until(lambda: seals() == 1)
    enough.set()


def test_a_database_that_is_away_is_waited_for(
    own: Engine, cluster: clusters.Cluster, work, append, seals: Seals
):
    at_work = work()
    append()
    wait_until(lambda: seals() == 1)

    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as postgres:
        postgres.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS false")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (NAME,)
        )
        time.sleep(2.5)
        postgres.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS true")
    append()

    wait_until(lambda: seals() == 2)
    assert at_work.is_alive()


def test_two_workers_seal_each_row_once(own: Engine, work, append, seals: Seals, noon: datetime):
    work()
    work()
    for _ in range(30):
        append()
        time.sleep(0.1)

    wait_until(lambda: seals() == 30)
    with db.transaction(own) as connection:
        assert queries.verify(connection, at=noon).sound


def test_regular_work_that_fails_keeps_nothing_else_from_being_done(
    own: Engine, append, seals: Seals
):
    failed, stop = [], threading.Event()

    def fail(*_: object) -> object:
        failed.append(1)
        raise RuntimeError("as it happens")

    timetable = (Regular("fail", 0.05, fail), *TIMETABLE)
    keeping = threading.Thread(target=worker.keep, args=(own, timetable, stop))
    keeping.start()
    append()
    wait_until(lambda: seals() == 1 and len(failed) > 2)
    stop.set()
    keeping.join(timeout=10)

    assert not keeping.is_alive()
