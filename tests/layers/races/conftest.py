"""What is committed, on connections of their own: a town, and somebody who works beside another."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime

import geopandas
import pytest
import shapely
from shapely import box
from sqlalchemy import Connection, Engine, text

from layers import db
from layers.files import Outcome
from layers.grids import actions as grids
from tests.cast import WEST, Cast
from tests.conftest import migrated_database

DAY = date(2026, 1, 1)
FILLED = "incidents, matters, grids, townships, squads, jobs, people, grid_days"
MATTERS = """
    INSERT INTO matters (code, name_zh, name_en, offered)
    VALUES ('S02', '垃圾', 'Rubbish', true), ('S03', '渣土', 'Rubble', true)
"""
WAITING = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


@pytest.fixture(scope="module")
def own(cluster) -> Iterator[Engine]:
    """A database of these files' own: what is committed stays out of the others' sight."""
    made = db.connect(migrated_database(cluster, "test_races"))
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def _town(own: Engine) -> None:
    with own.begin() as connection:
        connection.execute(text(f"TRUNCATE {FILLED} CASCADE"))
        Cast.settle(connection)
        connection.execute(text(MATTERS))


@pytest.fixture
def redraw(planner, noon: datetime):
    """The boundary of a grid moves."""

    def redrawn(connection: Connection) -> Outcome:
        wider = shapely.MultiPolygon([box(119.90, 29.70, 119.91, 29.7101)])
        frame = geopandas.GeoDataFrame({"code": [f"{WEST}001001"]}, geometry=[wider], crs=4326)
        return grids.import_grids(
            connection, frame, actor=planner, at=noon, today=DAY, valid_from=DAY
        )

    return redrawn


@pytest.fixture
def beside(own: Engine) -> Iterator[Callable[..., Future[object]]]:
    """Run something in a transaction of its own until it is done or waits for a lock."""
    with ThreadPoolExecutor(1) as pool:

        def started(work: Callable[..., object], *given: object, **named: object):
            def run() -> object:
                with own.begin() as connection:
                    return work(connection, *given, **named)

            running = pool.submit(run)
            while not (running.done() or _waits(own)):
                time.sleep(0.02)
            return running

        yield started


def _waits(own: Engine) -> bool:
    with own.connect() as watcher:
        return bool(watcher.execute(text(WAITING)).scalar_one())
