"""A journal of these tests' own."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Connection, Engine, text

from api import cluster as clusters
from layers import db
from layers.access import Actor
from layers.journal import actions, queries
from layers.journal.rules import Verdict
from tests.conftest import migrated_database

SECOND = timedelta(seconds=1)
HAND = "; ".join(
    f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_never_changed"
    for table in ("journal", "journal_seals")
)


@pytest.fixture(scope="session")
def engine(cluster: clusters.Cluster) -> Iterator[Engine]:
    """A database of these tests' own: some commit rows, and nobody can take them out again."""
    url = migrated_database(cluster, "test_journal")
    engine = db.connect(url, pool=20)
    yield engine
    engine.dispose()


@pytest.fixture
def append(connection: Connection, planner: Actor, noon: datetime) -> Callable[..., int]:
    """Appends a row; its id."""
    numbers = count(1)

    def appended(verb: str = "approve", **details: object) -> int:
        subject = str(next(numbers))
        actions.note(connection, verb, "plans", subject, actor=planner, at=noon, **details)
        return connection.execute(text("SELECT max(id) FROM journal")).scalar_one()

    return appended


@pytest.fixture
def seal(connection: Connection, noon: datetime) -> Callable[[], int]:
    return lambda: actions.seal(connection, at=noon + SECOND)


@pytest.fixture
def rows(connection: Connection, append: Callable[..., int], seal: Callable[[], int]) -> list[int]:
    """The ids of five sealed rows, which a hand may now reach."""
    seal()
    appended = [append(week="2026-W48", share=0.1, name=f"滨江-{n}") for n in range(5)]
    seal()
    connection.execute(text(HAND))
    return appended


@pytest.fixture
def number(connection: Connection) -> Callable[[int], int]:
    """The number of a row's seal."""
    asked = text("SELECT number FROM journal_seals WHERE entry_id = :id")
    return lambda entry: connection.execute(asked, {"id": entry}).scalar_one()


@pytest.fixture
def by_hand(connection: Connection) -> Callable[..., None]:
    def done(statement: str, **values: object) -> None:
        assert connection.execute(text(statement), values).rowcount > 0

    return done


@pytest.fixture
def verify(connection: Connection, noon: datetime, planner: Actor) -> Callable[..., Verdict]:
    return lambda **more: queries.verify(connection, planner, at=noon + 2 * SECOND, **more)


@pytest.fixture
def seal_all(engine: Engine, noon: datetime, planner: Actor) -> Callable[[], list[int]]:
    """Seals what is committed, sees that the chain is sound; the ids in the order of sealing."""
    newer = text("SELECT entry_id FROM journal_seals WHERE number > :last ORDER BY number")

    def sealed() -> list[int]:
        with engine.begin() as connection:
            last = queries.verify(connection, planner, at=noon).head.number
        while True:
            with engine.begin() as connection:
                if not actions.seal(connection, at=noon):
                    break
        with engine.begin() as connection:
            assert queries.verify(connection, planner, at=noon).sound
            return list(connection.execute(newer, {"last": last}).scalars())

    sealed()  # what earlier tests have left
    return sealed
