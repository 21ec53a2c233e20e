"""A first load into an empty ledger is indexed and checked once, at its end."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import geopandas
import pytest
from shapely import Point
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from layers.access import acting, nobody
from layers.incidents import actions
from layers.incidents.actions import writing
from tests.cast import EAST
from tests.layers.test_counts import LEVELS, counted, kept

ZONE = ZoneInfo("Asia/Shanghai")
UNKEY = text("SELECT unkey_incidents()")
KEYS = text("""
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE 'incidents'::regclass IN (conrelid, confrelid)
    UNION ALL
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = 'incidents'::regclass ORDER BY 1, 2
""")


@pytest.fixture
def keys(connection):
    return lambda: connection.execute(KEYS).all()


@pytest.fixture
def load(cast, connection, planner, noon, monkeypatch):
    """Take in three cases as if they were a bulk."""
    monkeypatch.setattr(writing, "BULK", 3)
    acting(connection, planner)

    def loaded(source: str = "import"):
        times = [noon - timedelta(hours=hours) for hours in range(3)]
        places = [Point(119.905, 29.705), Point(119.915, 29.715), Point(110, 20)]
        rows = {"occurred_at": times, "external_id": ["A1", "A2", "A3"]}
        frame = geopandas.GeoDataFrame(rows, geometry=places, crs=4326)
        return actions.import_incidents(
            connection, frame, actor=planner, at=noon, zone=ZONE, source=source
        )

    return loaded


def test_all_keys_are_there_after_a_first_load_as_before_it(load, keys, connection):
    before = keys()

    assert (load().new, keys()) == (3, before)
    assert (load().unchanged, keys()) == (3, before)
    with pytest.raises(IntegrityError):
        connection.execute(text("UPDATE incidents SET grid_id = -1"))


def test_a_first_load_is_counted_as_what_comes_after_it(load, connection, cast, noon):
    load()
    assert sum(n for key, n in kept(connection).items() if key[-1] == "n") == 3 * len(LEVELS)
    assert kept(connection) == counted(connection)

    cast.report(119.905, 29.705, noon)
    connection.execute(text(f"UPDATE grids SET township_code = '{EAST}'"))
    assert kept(connection) == counted(connection)


def test_what_changes_before_a_first_load_ends_is_counted_as_it_is_at_the_end(
    connection, planner, cast, noon
):
    acting(connection, planner)

    connection.execute(UNKEY)
    cast.report(119.905, 29.705, noon)
    cast.report(119.915, 29.705, noon)
    connection.execute(text(f"UPDATE grids SET township_code = '{EAST}'"))
    connection.execute(text("DELETE FROM incidents WHERE ST_X(place) > 119.91"))
    connection.execute(text("SET CONSTRAINTS rekey IMMEDIATE"))

    assert sum(n for key, n in kept(connection).items() if key[-1] == "n") == len(LEVELS)
    assert kept(connection) == counted(connection)


def test_who_takes_keys_away_cannot_leave_them_away(connection, planner, keys):
    acting(connection, planner)
    before = keys()

    assert connection.execute(UNKEY).scalar_one()
    assert len(keys()) < len(before)
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # as the end of a transaction does
    assert keys() == before


def test_rows_that_break_a_key_are_not_left_in(connection, planner, cast, noon):
    acting(connection, planner)
    cast.report(119.905, 29.705, noon)
    connection.execute(text("CREATE TEMP TABLE kept AS SELECT * FROM incidents"))
    connection.execute(text("DELETE FROM incidents"))

    connection.execute(UNKEY)
    connection.execute(text("INSERT INTO incidents SELECT * FROM kept"))
    connection.execute(text("UPDATE incidents SET grid_id = -1"))

    with pytest.raises(IntegrityError):
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_ledger_with_cases_in_it_keeps_its_keys(load, keys, connection):
    load()
    before = keys()

    assert connection.execute(UNKEY).scalar_one() is False
    assert (load("another").new, keys()) == (3, before)


def test_nobody_without_the_power_to_import_takes_keys_away(connection, keys):
    before = keys()

    acting(connection, nobody("somebody"))
    assert connection.execute(UNKEY).scalar_one() is False
    assert keys() == before
