"""The town, made once for each file of these tests."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from layers.plans import actions as planning
from tests.cast import Cast
from tests.layers.scope.town import BUREAU, NOON, WEEK, ZONE, Town


@pytest.fixture(scope="module")
def settled(engine: Engine) -> Iterator[Town]:
    """Made once for all these tests, which only look."""
    with engine.connect() as connection, connection.begin() as outer:
        yield _settle(Cast.settle(connection), connection)
        outer.rollback()


def _settle(cast: Cast, connection: Connection) -> Town:
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, NOON - timedelta(days=1 + number * 2))
    for number in range(6):
        cast.report(119.9153 + number * 1e-4, 29.7155, NOON - timedelta(days=1 + number * 10))
    for number in range(120):
        cast.report(119.9171, 29.7031, NOON - timedelta(days=1 + number % 7))
    cast.report(119.9053, 29.7151, NOON - timedelta(days=9))
    cast.report(119.99, 29.70, NOON - timedelta(days=3))
    wish = planning.Wish(WEEK, ZONE)
    plan = planning.draft(connection, wish, actor=BUREAU, at=NOON, version="test")
    planning.approve(connection, plan, actor=BUREAU, at=NOON)
    run = connection.execute(text("SELECT max(id) FROM hotspot_runs")).scalar_one()
    return Town(connection, dict(connection.execute(text(CASES)).all()), run, plan)


CASES = "SELECT i.id, coalesce(code, '') FROM incidents i LEFT JOIN grids g ON g.id = grid_id"


@pytest.fixture
def town(settled: Town) -> Iterator[Town]:
    """Whatever a test does to it is undone."""
    with settled.connection.begin_nested() as tried:
        yield settled
        tried.rollback()
