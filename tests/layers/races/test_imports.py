"""Imports that run beside each other, on connections of their own, wait for each other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

import geopandas
import pytest
from shapely import Point
from sqlalchemy import Connection, Engine, text

from layers.access import acting
from layers.files import Outcome
from layers.incidents import actions
from layers.incidents.actions.writing import UNKEY
from tests.cast import WEST

ZONE = ZoneInfo("Asia/Shanghai")
WEST_SOUTH, EAST_NORTH = Point(119.905, 29.705), Point(119.915, 29.715)
HELD = """
    SELECT g.code, g.valid_from = '2026-01-01' FROM incidents i JOIN grids g ON g.id = i.grid_id
"""


@pytest.fixture
def report(planner, noon: datetime):
    def reported(connection: Connection, place: Point = WEST_SOUTH, count: int = 1) -> Outcome:
        row = {"external_id": ["A1"], "occurred_at": [noon], "count": [count]}
        frame = geopandas.GeoDataFrame(row, geometry=[place], crs=4326)
        return actions.import_incidents(connection, frame, actor=planner, at=noon, zone=ZONE)

    return reported


def held(own: Engine) -> list[tuple[object, ...]]:
    with own.connect() as connection:
        return [tuple(row) for row in connection.execute(text(HELD)).all()]


def test_an_import_of_incidents_waits_for_grids_that_are_just_changed(own, report, redraw, beside):
    with own.begin() as first:
        redraw(first)
        reporting = beside(report)

    reporting.result()

    assert held(own) == [(f"{WEST}001001", True)]


def test_grids_wait_for_an_import_of_incidents_so_that_their_job_sees_it(
    own, report, redraw, beside, planner
):
    with own.begin() as first:
        report(first)
        redrawing = beside(redraw)
        assert not redrawing.done()

    redrawing.result()
    with own.begin() as job:
        actions.assign_grids(job, actor=planner, zone=ZONE)

    assert held(own) == [(f"{WEST}001001", True)]


def test_a_first_load_that_finds_a_table_busy_holds_no_other(own, planner):
    def begin() -> object:
        with own.begin() as loading:
            acting(loading, planner)
            return loading.execute(text(UNKEY)).scalar_one()

    with ThreadPoolExecutor(1) as pool, own.begin() as reading:
        reading.execute(text("SET LOCAL lock_timeout = '100ms'; SELECT FROM grids"))
        beginning = pool.submit(begin)
        while not beginning.done():
            with reading.begin_nested() as look:
                reading.execute(text("SELECT FROM incidents"))
                look.rollback()
            time.sleep(0.01)

    assert beginning.result() is False


def test_a_reassignment_never_gives_a_case_the_grid_of_a_place_it_has_left(
    own, report, redraw, beside, planner
):
    with own.begin() as before:
        report(before)
        redraw(before)
    with own.begin() as first:
        report(first, EAST_NORTH)
        assigning = beside(actions.assign_grids, actor=planner, zone=ZONE)

    assigning.result()

    assert held(own) == [("339901102001002", False)]


def test_a_reversal_waits_for_the_report_that_is_just_taken_in(own, report, beside):
    with own.begin() as first:
        report(first)
        reversing = beside(report, count=-1)

    outcome = reversing.result()

    assert (outcome.refused, outcome.superseded) == (0, 1)
