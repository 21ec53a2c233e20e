"""Squads are taken in by code, with a home and a last position that are on the ground."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from shapely import Point
from sqlalchemy import select, text

from layers.files import Reading, read
from layers.squads import actions as squads
from layers.squads.tables import Squad
from tests.cast import EAST, WEST


def homes(*points: Point, **columns) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns, geometry=list(points), crs=4326)


def test_a_squad_belongs_to_the_township_of_its_home(cast, connection, planner, noon):
    given = homes(
        Point(119.905, 29.705), Point(119.915, 29.705), Point(0, 10), name=["甲", "乙", "丙"]
    )

    outcome = squads.import_squads(connection, given, actor=planner, at=noon)

    asked = select(Squad.code, Squad.township_code, Squad.on_duty).where(
        Squad.name.in_(["甲", "乙", "丙"])
    )
    assert sorted(connection.execute(asked).all()) == sorted(
        [("甲", WEST, True), ("乙", EAST, True), ("丙", None, True)]
    )
    assert outcome.new == 3


def test_a_squad_has_one_crew_unless_more_are_said(cast, connection, planner, noon):
    points = [Point(119.905, 29.705)] * 4

    given = homes(*points, name=["甲", "乙", "丙", "丁"], crews=[None, 3, 0, 51])
    outcome = squads.import_squads(connection, given, actor=planner, at=noon)
    squads.import_squads(connection, homes(*points[:2], name=["甲", "乙"]), actor=planner, at=noon)

    asked = select(Squad.code, Squad.crews).where(Squad.name.in_(["甲", "乙", "丙", "丁"]))
    assert dict(connection.execute(asked).all()) == {"甲": 1, "乙": 3}
    assert [(one["field"], one["code"]) for one in outcome.reasons] == [("crews", "not_allowed")]


def test_squads_twice_change_nothing_and_a_new_home_changes_one(cast, connection, planner, noon):
    columns = {"code": ["S8", "S9"], "members": [5, None], "on_duty": [False, None]}
    first = homes(Point(119.905, 29.705), Point(119.915, 29.705), **columns)
    moved = homes(Point(119.905, 29.705), Point(119.916, 29.705), code=["S8", "S9"])

    outcomes = [
        squads.import_squads(connection, given, actor=planner, at=noon)
        for given in (first, first, moved, moved)
    ]

    assert [(o.new, o.changed, o.unchanged) for o in outcomes] == [
        (2, 0, 0),
        (0, 0, 2),
        (0, 1, 1),
        (0, 0, 2),
    ]
    kept = connection.execute(select(Squad.members, Squad.on_duty).where(Squad.code == "S8")).one()
    assert tuple(kept) == (5, False)


def test_half_a_position_and_a_squad_without_a_name_are_refused(
    cast, connection, planner, noon, tmp_path: Path
):
    path = tmp_path / "squads.csv"
    path.write_text(
        "name,lon,lat,position_lon,position_lat,position_at\n"
        "a,119.905,29.705,119.9,29.7,2026-11-16 11:59\n"
        "b,119.905,29.705,119.9,,\n"
        ",119.905,29.705,,,\n"
    )
    checked = read(Reading(path), squads.SQUAD_FIELDS)

    outcome = squads.import_squads(connection, checked, actor=planner, at=noon)

    assert (outcome.new, outcome.refused) == (1, 2)
    assert {r["code"]: r["rows"] for r in outcome.reasons} == {
        "position_incomplete": [2],
        "missing": [3],
    }
    position = connection.execute(
        text("SELECT ST_AsText(position) FROM squads WHERE code = 'a'")
    ).scalar_one()
    assert position == "POINT(119.9 29.7)"


@pytest.fixture
def positioned(cast, connection, planner, noon, tmp_path: Path):
    """Import one squad with a last position from a CSV; give the outcome and where it was."""

    def taken(home: str, position: str, seen: str = "2026-11-16 11:59", **said):
        path = tmp_path / "squads.csv"
        head = "name,lon,lat,position_lon,position_lat,position_at"
        path.write_text(f"{head}\na,{home},{position},{seen}\n")
        area = shapely.box(119.90, 29.70, 119.92, 29.72)
        checked = read(Reading(path, **said), squads.SQUAD_FIELDS, np.array([area]))
        outcome = squads.import_squads(connection, checked, actor=planner, at=noon)
        asked = text("SELECT ST_X(position), ST_Y(position) FROM squads WHERE code = 'a'")
        return {reason["code"] for reason in outcome.reasons}, connection.execute(asked).all()

    return taken


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ("29.7,119.9", "axes_swapped"),
        ("0,0", "zero_coordinates"),
        ("2.35,48.85", "far_away"),
        ("119.9,299", "out_of_range"),
        ("119.9,x", "not_a_number"),
    ],
)
def test_a_position_is_judged_as_the_home_is(positioned, position, code):
    assert positioned("119.905,29.705", position) == ({code}, [])


def test_a_position_is_converted_as_the_home_is(positioned):
    # EPSG:4549 is transverse Mercator about 120 degrees with 500 km added to the east.
    metres = "490812.7,3287434.5"

    reasons, [(lon, lat)] = positioned(metres, metres, crs="EPSG:4549")

    assert reasons == set()
    assert (lon, lat) == pytest.approx((119.905, 29.705), abs=1e-3)


def test_a_position_of_the_day_after_tomorrow_is_refused(positioned):
    position = "119.905,29.705"

    assert positioned(position, position, seen="2026-11-18 12:00") == ({"time_too_late"}, [])
    assert positioned(position, position, seen="2026-11-17 11:00")[0] == set()


def test_a_file_takes_no_squad_back_to_where_it_was_nor_ahead_of_its_time(positioned, connection):
    heard = "UPDATE squads SET position_at = '2026-11-16 11:50+08'"
    home, here, there = "119.905,29.705", "119.901,29.701", "119.909,29.709"
    positioned(home, here, seen="2026-11-16 20:00")
    ahead = connection.execute(text("SELECT position_at FROM squads WHERE code = 'a'")).scalar_one()
    connection.execute(text(heard))

    _, before = positioned(home, there, seen="2026-11-16 11:00")
    _, after = positioned(home, there, seen="2026-11-16 11:55")

    assert ahead.isoformat() == "2026-11-16T04:00:00+00:00"
    assert (before, after) == ([(119.901, 29.701)], [(119.909, 29.709)])
