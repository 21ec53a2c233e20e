"""Who is competent for what: taken in from a file, and asked for a case."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from layers.access import Actor
from layers.errors import Forbidden
from layers.files import Reading, read
from layers.jurisdictions import queries
from layers.jurisdictions.actions import JURISDICTION_FIELDS, import_jurisdiction
from layers.jurisdictions.queries import About

DAY = date(2026, 11, 16)
HEAD = "事项,大类编码,类别,街道,责任单位,职责,启用日期,停用日期"
UNITS = """INSERT INTO units (code, name, kind, parent_code, valid_from, valid_to)
    SELECT code, code, 'other', parent, '2020-01-01', CAST(ends AS date) FROM (VALUES
        ('BUREAU', NULL, NULL), ('TOWN', 'BUREAU', NULL), ('PARKS', NULL, NULL),
        ('OLD', 'PARKS', '2026-01-01'), ('ROADS', NULL, NULL)) AS told(code, parent, ends)"""
MATTERS = """INSERT INTO matters (code, name_zh, name_en, kind, class_code) VALUES
    ('S01', '乱堆', 'x', 'event', '01'), ('S02', '暴露垃圾', 'x', 'event', '01'),
    ('S03', '井盖', 'x', 'component', '01'), ('S04', '占道', 'x', 'event', '02')"""


@pytest.fixture
def told(connection, cast, planner, noon, tmp_path: Path):
    """Takes rows of a file in; gives what was refused, by row."""
    connection.execute(text(UNITS))
    connection.execute(text(MATTERS))

    def take(*rows: str):
        file = tmp_path / "管辖.csv"
        file.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
        checked = read(Reading(file), JURISDICTION_FIELDS)
        outcome = import_jurisdiction(connection, checked, actor=planner, at=noon)
        refused = checked.refused[["row", "field", "code"]].itertuples(index=False, name=None)
        return outcome, list(refused)

    return take


@pytest.fixture
def competent(connection):
    def ask(matter: str | None, township: str | None, on: date = DAY):
        found = queries.competent(connection, [About(matter, township)], on)
        return None if found is None else dict(found[About(matter, township)])

    return ask


def test_squads_that_the_table_leaves_out_are_named(told, connection, cast):
    everyone, _ = told("*,,,*,BUREAU,主办,,")
    connection.execute(text("UPDATE squads SET unit_code = 'ROADS' WHERE code = 'S1'"))
    one, _ = told("*,,,*,BUREAU,主办,,")
    connection.execute(text("UPDATE squads SET unit_code = 'ROADS'"))
    none, _ = told("*,,,*,BUREAU,主办,,")

    left_out = [[(each["code"], each["squads"]) for each in outcome.warnings]
                for outcome in (everyone, one, none)]  # fmt: skip
    assert left_out == [[("squads_without_unit", 2)], [("squads_without_unit", 1)], []]
    assert everyone.warnings[0]["names"].startswith("西街中队 · ")


def test_the_most_specific_rows_win_and_units_below_are_competent_too(told, competent, cast):
    outcome, refused = told(
        "*,,,*,BUREAU,主办,,",
        f"*,,,{cast.east},ROADS,,,",
        ",01,事件,*,PARKS,主办,,",
        f"S02,,,{cast.west},ROADS,主办,,",
        f"暴露垃圾,,,{cast.west},PARKS,协办,,",
        f"S02,,,{cast.west},BUREAU,协办,,",
    )

    assert (refused, outcome.new) == ([], 6)
    assert competent("S02", cast.west) == {
        "ROADS": "responsible", "PARKS": "joint", "BUREAU": "joint", "TOWN": "joint",
    }  # fmt: skip
    assert competent("S02", cast.east) == {"PARKS": "responsible"}
    assert competent("S03", cast.west) == {"BUREAU": "responsible", "TOWN": "responsible"}
    assert competent("S04", cast.east) == competent(None, cast.east) == {"ROADS": "responsible"}
    assert competent("S04", None) == {"BUREAU": "responsible", "TOWN": "responsible"}


def test_a_row_holds_from_its_first_day_until_before_its_last(told, competent, cast):
    told("S02,,,*,ROADS,,2026-11-16,2026-12-01", "S02,,,*,PARKS,,2026-12-01,")

    assert competent("S02", cast.west, date(2026, 11, 15)) is None
    assert competent("S02", cast.west) == {"ROADS": "responsible"}
    assert competent("S02", cast.west, date(2026, 12, 1)) == {"PARKS": "responsible"}
    assert competent("S04", cast.west) == {}


def test_a_unit_that_is_no_more_is_competent_for_nothing(told, competent, cast):
    told("S04,,,*,OLD,,,")

    assert competent("S04", cast.west, date(2025, 12, 31)) == {"OLD": "responsible"}
    assert competent("S04", cast.west) == {}


def test_what_cannot_be_is_refused_with_its_reason(told, connection, cast):
    told("S01,,,*,ROADS,主办,2026-01-01,")

    _, refused = told(
        "S99,,,*,ROADS,,,", "S02,,,339999999,ROADS,,,", "S02,,,*,NOBODY,,,",
        "S02,,,*,ROADS,看情况,,", ",,,*,ROADS,,,", "S02,01,,*,ROADS,,,", ",01,,*,ROADS,,,",
        ",99,,*,ROADS,,,", "S02,,,*,ROADS,,2026-02-01,2026-01-01",
        "S04,,,*,ROADS,,,2026-06-01", "S04,,,*,PARKS,,2026-05-01,",
        "S01,,,*,PARKS,,2026-07-01,", "S01,,,*,ROADS,协办,2025-01-01,", "S02,,,*,PARKS,,,",
    )  # fmt: skip

    assert sorted(refused) == [
        (1, "matter", "unknown_matter"), (2, "township", "unknown_township"),
        (3, "unit", "unknown_unit"), (4, "part", "responsible_or_joint"), (5, "matter", "missing"),
        (6, "class_code", "matter_and_class"), (7, "class_code", "component_or_event"),
        (8, "class_code", "unknown_class"), (9, "valid_to", "ends_before_it_begins"),
        (10, "unit", "two_responsible"), (11, "unit", "two_responsible"),
        (12, "unit", "two_responsible"), (13, "unit", "unit_twice"),
    ]  # fmt: skip
    assert connection.execute(text("SELECT count(*) FROM jurisdictions")).scalar_one() == 2


def test_the_same_row_again_ends_it_and_makes_room_for_another(told, competent, cast):
    told("S02,,,*,ROADS,,2026-01-01,")

    outcome, refused = told("S02,,,*,ROADS,,2026-01-01,2026-11-01", "S02,,,*,PARKS,,2026-11-01,")

    assert (refused, outcome.new, outcome.changed) == ([], 1, 1)
    assert competent("S02", cast.west) == {"PARKS": "responsible"}


def test_what_a_file_leaves_empty_stays_as_it_was(told, connection, cast):
    told("S02,,,*,ROADS,协办,2026-01-01,2026-11-01", "S04,,,*,PARKS,主办,2026-01-01,2026-11-01")

    outcome, _ = told("S02,,,*,ROADS,,2026-01-01,", "S04,,,*,PARKS,协办,2026-01-01,")

    kept = queries.kept(connection)[["matter", "part", "valid_to"]]
    assert (outcome.new, outcome.changed) == (0, 1)
    assert list(kept.itertuples(index=False, name=None)) == [
        ("S02", "joint", date(2026, 11, 1)), ("S04", "joint", date(2026, 11, 1)),
    ]  # fmt: skip


def test_what_was_taken_in_comes_out_as_it_goes_in(told, connection, planner, noon, cast):
    told(",01,部件,*,PARKS,协办,,", f"*,,,{cast.west},ROADS,,2026-01-01,2027-01-01")
    frame = queries.kept(connection)

    again = import_jurisdiction(connection, frame, actor=planner, at=noon)

    assert (again.new, again.changed, again.refused) == (0, 0, 0)
    assert frame.loc[1, ["matter", "township"]].tolist() == ["*", cast.west]


def test_who_may_not_import_says_nothing(told, connection, noon):
    with pytest.raises(Forbidden):
        import_jurisdiction(connection, queries.kept(connection), actor=Actor("x", frozenset()),
                            at=noon)  # fmt: skip
