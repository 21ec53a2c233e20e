"""A database in which everything is committed, and workers on it."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from api import cluster as clusters
from api import worker
from api.deps import OPERATOR
from api.jobs import WORK
from api.settings import Settings
from layers import db
from layers.access import Actor
from layers.journal.actions import note
from layers.people import actions as people
from layers.queue import actions as queue
from layers.roles import BUREAU, Role
from tests.api.worker.waiting import Seals, Work
from tests.conftest import app_url, migrated_database


@pytest.fixture
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = migrated_database(cluster, "test_worker")
    engine = db.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def ours(own: Engine) -> Iterator[Engine]:
    """The same database as the application meets it."""
    address = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    engine = db.connect(address, name=worker.NAME)
    yield engine
    engine.dispose()


@pytest.fixture
def append(own: Engine, planner: Actor, noon: datetime) -> Callable[[], None]:
    def appended() -> None:
        with own.begin() as connection:
            note(connection, "approve", "plans", "1", actor=planner, at=noon)

    return appended


@pytest.fixture
def seals(own: Engine) -> Seals:
    def counted() -> int:
        with own.begin() as connection:
            return connection.execute(text("SELECT count(*) FROM journal_seals")).scalar_one()

    return counted


@pytest.fixture
def work(ours: Engine, tmp_path: Path) -> Iterator[Callable[[], threading.Thread]]:
    """Starts a worker; all of them stop with the test."""
    stop, workers = threading.Event(), []

    def started() -> threading.Thread:
        at_work = threading.Thread(target=worker.work, args=(ours, Settings(var=tmp_path), stop))
        at_work.start()
        workers.append(at_work)
        return at_work

    yield started
    stop.set()
    for at_work in workers:
        at_work.join(timeout=10)
        assert not at_work.is_alive()


@pytest.fixture
def ask(own: Engine, noon: datetime, monkeypatch) -> Callable[[Work], UUID]:
    """Puts a job of the test's own into the queue."""

    def asked(job: Work) -> UUID:
        monkeypatch.setitem(WORK, "own", job)
        with own.begin() as connection:
            return queue.put(connection, "own", {}, actor=OPERATOR, at=noon)

    return asked


@pytest.fixture
def person(own: Engine, planner: Actor, noon: datetime) -> UUID:
    """A planner of the whole bureau."""
    with own.begin() as connection:
        added = people.add_person(connection, "zhang.san", "张三", actor=planner, at=noon)
        people.grant(
            connection, added, Role.PLANNER, BUREAU, actor=planner, at=noon, today=noon.date()
        )
    return added


@pytest.fixture
def asker(own: Engine, noon: datetime) -> Callable[[UUID, datetime], UUID]:
    """Somebody asks for a plan over the web."""

    def asked(somebody: UUID, at: datetime = noon) -> UUID:
        with own.begin() as connection:
            who = Actor(str(somebody), frozenset())
            return queue.put(connection, "plan", {"week": "2026-W48"}, actor=who, at=at)

    return asked
