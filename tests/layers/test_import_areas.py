"""Townships and grids are taken in by code, and a boundary's history is kept."""

from datetime import date

import geopandas
import pytest
import shapely
from shapely import box
from sqlalchemy import select, text

from layers.access import Actor
from layers.errors import Conflict, Forbidden
from layers.grids import actions as grids
from layers.grids.tables import BEGINNING, Grid, Township
from layers.journal.tables import Entry
from tests.cast import EAST, WEST

TODAY = date(2026, 11, 16)
SQUARE, MOVED = box(119.90, 29.70, 119.91, 29.71), box(119.90, 29.70, 119.91, 29.712)


def frame(shapes, **columns) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        columns, geometry=[shapely.MultiPolygon([s]) for s in shapes], crs=4326
    )


@pytest.fixture
def take(connection, planner, noon):
    """Import one grid of the west and give its versions."""

    def taken(shape=SQUARE, given=None, today=TODAY, **columns):
        row = {"code": ["G1"], "township": [WEST], **columns}
        outcome = grids.import_grids(
            connection, frame([shape], **row), actor=planner, at=noon, today=today, valid_from=given
        )
        asked = select(Grid.valid_from, Grid.valid_to).where(Grid.code == "G1")
        versions = connection.execute(asked.order_by(Grid.valid_from)).all()
        return (outcome.new, outcome.changed, outcome.unchanged), [tuple(v) for v in versions]

    return taken


def test_townships_are_added_changed_and_left_alone_by_code(connection, planner, noon):
    shapes = [SQUARE, box(119.91, 29.70, 119.92, 29.71), SQUARE]
    columns = {"code": ["a", "b", "a"], "name": ["甲", None, "甲二"]}
    first = frame(shapes, **columns, visits_per_week=[5, None, 6])

    once = grids.import_townships(connection, first, actor=planner, at=noon)
    again = grids.import_townships(connection, first, actor=planner, at=noon)
    other = frame(shapes[:1], code=["a"], name=["新"])
    third = grids.import_townships(connection, other, actor=planner, at=noon)

    assert (once.total, once.new, once.superseded) == (3, 2, 1)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert (third.changed, third.unchanged) == (1, 0)
    asked = select(Township.code, Township.name, Township.visits_per_week, Township.source_crs)
    assert connection.execute(asked.order_by("code")).all() == [
        ("a", "新", 6, "wgs84"),
        ("b", "b", None, "wgs84"),
    ]


def test_an_area_is_kept_in_true_square_metres(connection, planner, noon):
    grids.import_townships(connection, frame([SQUARE], code=["a"]), actor=planner, at=noon)

    kept, true = connection.execute(
        text("SELECT area_m2, ST_Area(shape::geography) FROM townships")
    ).one()

    assert float(kept) == pytest.approx(true, abs=0.02)


def test_a_negative_capacity_is_refused(connection, planner, noon):
    given = frame([SQUARE], code=["a"], visits_per_week=[-1])

    outcome = grids.import_townships(connection, given, actor=planner, at=noon)

    assert outcome.reasons == [
        {"code": "negative", "field": "visits_per_week", "count": 1, "rows": [1]}
    ]


def test_the_journal_has_one_row_for_an_import(connection, planner, noon):
    grids.import_townships(connection, frame([SQUARE], code=["a"]), actor=planner, at=noon)

    [entry] = connection.execute(select(Entry.verb, Entry.kind, Entry.details)).all()

    assert (entry.verb, entry.kind) == ("imported", "townships")
    assert (entry.details["total"], entry.details["new"]) == (1, 1)


def test_nobody_without_the_power_imports(connection, noon):
    with pytest.raises(Forbidden):
        grids.import_townships(
            connection, frame([SQUARE], code=["a"]), actor=Actor("x", frozenset()), at=noon
        )


def test_a_first_boundary_reaches_back_to_the_beginning(cast, take):
    assert take() == ((1, 0, 0), [(BEGINNING, None)])
    assert take() == ((0, 0, 1), [(BEGINNING, None)])


def test_a_boundary_that_moved_is_a_new_version_from_today(cast, take):
    take()

    assert take(MOVED) == ((0, 1, 0), [(BEGINNING, TODAY), (TODAY, None)])
    assert take(MOVED) == ((0, 0, 1), [(BEGINNING, TODAY), (TODAY, None)])


def test_a_boundary_holds_from_the_day_that_is_given(cast, take):
    day = date(2025, 1, 1)
    take()

    assert take(MOVED, given=day)[1] == [(BEGINNING, day), (day, None)]


def test_a_boundary_from_the_same_day_is_a_correction_in_place(cast, take, connection):
    day = date(2025, 1, 1)
    take(given=day)

    assert take(MOVED, given=day) == ((0, 1, 0), [(day, None)])
    kept = connection.execute(
        text("SELECT ST_AsText(shape) FROM grids WHERE code = 'G1'")
    ).scalar_one()
    assert shapely.from_wkt(kept).normalize() == shapely.MultiPolygon([MOVED]).normalize()


def test_a_boundary_from_a_day_within_an_older_version_leaves_the_newer_one_alone(
    cast, take, connection
):
    first, day, last = date(2020, 1, 1), date(2023, 1, 1), date(2026, 1, 1)
    take(given=first)
    take(MOVED, given=last)

    once = take(box(119.90, 29.70, 119.91, 29.711), given=day)
    again = take(box(119.90, 29.70, 119.91, 29.711), given=day)

    assert once == ((0, 1, 0), [(first, day), (day, last), (last, None)])
    assert again == ((0, 0, 1), once[1])
    tops = text("SELECT ST_YMax(shape) FROM grids WHERE code = 'G1' ORDER BY valid_from")
    assert connection.execute(tops).scalars().all() == [29.71, 29.711, 29.712]


def test_a_boundary_before_the_first_version_holds_until_it_begins(cast, take):
    first, day = date(2020, 1, 1), date(2018, 1, 1)
    take(given=first)

    assert take(MOVED, given=day) == ((0, 1, 0), [(day, first), (first, None)])


def test_a_boundary_without_a_day_does_not_touch_a_version_to_come(cast, take):
    to_come = date(2027, 1, 1)
    take()
    take(MOVED, given=to_come)

    versions = take(box(119.90, 29.70, 119.91, 29.711))[1]

    assert versions == [(BEGINNING, TODAY), (TODAY, to_come), (to_come, None)]


def test_a_boundary_without_a_day_corrects_a_grid_that_is_not_yet_valid(cast, take):
    to_come = date(2027, 1, 1)
    take(given=to_come)

    assert take(MOVED) == ((0, 1, 0), [(to_come, None)])


def test_an_area_tells_the_system_that_its_present_boundary_came_in(
    cast, connection, planner, noon
):
    for shape, datum in ((SQUARE, "wgs84"), (MOVED, "EPSG:4549")):
        given = frame([shape], code=["A"], datum=[datum])
        grids.import_townships(connection, given, actor=planner, at=noon)
        grids.import_grids(
            connection, given.assign(township=WEST), actor=planner, at=noon, today=TODAY,
            valid_from=TODAY,
        )  # fmt: skip

    for table in ("townships", "grids"):
        systems = text(f"SELECT source_crs FROM {table} WHERE code = 'A'")
        assert connection.execute(systems).scalars().all() == ["EPSG:4549"]


def test_other_words_on_the_same_boundary_change_it_in_place(cast, take):
    take()

    assert take(name=["新名"]) == ((0, 1, 0), [(BEGINNING, None)])
    assert take() == ((0, 0, 1), [(BEGINNING, None)])


def test_a_last_day_closes_a_grid(cast, take):
    take()
    day = date(2026, 1, 1)

    assert take(valid_to=[day]) == ((0, 1, 0), [(BEGINNING, day)])
    assert take(valid_to=[day]) == ((0, 0, 1), [(BEGINNING, day)])


def test_several_versions_in_one_file_follow_each_other_and_twice_changes_nothing(
    cast, connection, planner, noon
):
    day = date(2025, 1, 1)
    given = frame(
        [MOVED, SQUARE, SQUARE], code=["G1", "G1", "G2"], township=[WEST] * 3,
        valid_from=[day, None, None],
    )  # fmt: skip

    def taken():
        return grids.import_grids(connection, given, actor=planner, at=noon, today=TODAY)

    once, again = taken(), taken()

    assert (once.new, once.changed, once.unchanged) == (2, 1, 0)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)


def test_a_last_day_before_the_first_is_refused(cast, connection, planner, noon):
    given = frame(
        [SQUARE], code=["G1"], township=[WEST], valid_from=[TODAY], valid_to=[date(2020, 1, 1)]
    )

    outcome = grids.import_grids(connection, given, actor=planner, at=noon, today=TODAY)

    assert [reason["code"] for reason in outcome.reasons] == ["ends_before_it_begins"]


def test_a_grid_finds_its_township_by_code_by_area_or_not_at_all(cast, connection, planner, noon):
    mostly_east = box(119.909, 29.70, 119.915, 29.71)
    nowhere = box(110, 29.70, 110.1, 29.71)
    given = frame(
        [SQUARE, mostly_east, SQUARE, nowhere],
        code=["A", "B", "C", "D"],
        township=[WEST, None, "999", None],
    )

    outcome = grids.import_grids(connection, given, actor=planner, at=noon, today=TODAY)

    found = select(Grid.code, Grid.township_code).where(Grid.code.in_(["A", "B", "C", "D"]))
    assert sorted(connection.execute(found).all()) == [("A", WEST), ("B", EAST)]
    assert {reason["code"]: reason["rows"] for reason in outcome.reasons} == {
        "unknown_township": [3],
        "outside_every_township": [4],
    }


def test_a_township_code_that_lost_its_zero_is_put_right_and_counted(connection, planner, noon):
    grids.import_townships(connection, frame([SQUARE], code=["01"]), actor=planner, at=noon)
    given = frame([SQUARE], code=["A"], township=["1"])

    outcome = grids.import_grids(connection, given, actor=planner, at=noon, today=TODAY)

    assert (outcome.new, outcome.refused) == (1, 0)
    assert outcome.warnings == [{"code": "leading_zero_restored", "field": "township", "rows": 1}]


def test_areas_whose_own_codes_lost_their_zero_are_met_again(cast, connection, planner, noon):
    for code in ("0111", "111"):
        given = frame([SQUARE], code=[code])
        towns = grids.import_townships(connection, given, actor=planner, at=noon)
        cells = grids.import_grids(
            connection, given.assign(township=WEST), actor=planner, at=noon, today=TODAY
        )

    restored = [{"code": "leading_zero_restored", "field": "code", "rows": 1}]
    assert (towns.new, towns.unchanged, towns.warnings) == (0, 1, restored)
    assert (cells.new, cells.unchanged, cells.warnings) == (0, 1, restored)


def test_codes_that_stand_side_by_side_in_a_file_are_two(connection, planner, noon):
    for codes in (["0111"], ["0111", "111"]):
        given = frame([SQUARE] * len(codes), code=codes)
        outcome = grids.import_townships(connection, given, actor=planner, at=noon)

    assert (outcome.new, outcome.unchanged) == (1, 1)


def test_grids_before_townships_are_refused_as_a_whole(connection, planner, noon):
    with pytest.raises(Conflict) as refusal:
        grids.import_grids(
            connection, frame([SQUARE], code=["A"]), actor=planner, at=noon, today=TODAY
        )

    assert refusal.value.code == "townships_first"


def test_a_change_of_grids_puts_a_job_and_no_change_puts_none(cast, take, connection):
    take()
    take()

    jobs = connection.execute(text("SELECT name FROM jobs")).scalars().all()

    assert jobs == ["grids.changed"]
