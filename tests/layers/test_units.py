"""Units are offices with dates, one above the other and none above itself."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from layers.access import Actor, Verb, nobody
from layers.db import Page
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.files import Reading, read
from layers.journal.tables import Entry
from layers.units import actions, queries, rules
from layers.units.actions import UNIT_FIELDS, Office
from layers.units.queries import Wanted
from layers.units.rules import UnitKind
from maps import theme
from tests.cast import EAST, WEST
from tests.wall import as_application, refused

TODAY = date(2026, 11, 16)
BUREAU = UnitKind.ENFORCEMENT_BUREAU
FILE = f"""单位编码,单位名称,类别,所属街道,上级编码,办公电话,停用日期,备注
0101,执法局,综合行政执法局,,,０５７８－1234567,,x
010101,西街队,执法中队,{WEST},0101,0578-1234568 转 2,,
010102,西街所,派出所,{WEST},,110,2027-01-01,
"""


@pytest.fixture
def taken(connection: Connection, planner, noon, tmp_path: Path):
    """Import a file's text, or rows by column; give the outcome."""

    def imported(given: str | list[dict[str, object]]):
        if isinstance(given, str):
            (tmp_path / "units.csv").write_text(given)
            checked = read(Reading(tmp_path / "units.csv"), UNIT_FIELDS)
        else:
            checked = pd.DataFrame(given)
        return actions.import_units(connection, checked, actor=planner, at=noon)

    return imported


@pytest.fixture
def keep(connection: Connection, planner, noon):
    """Enter a unit by hand."""

    def kept(code: str, parent: str | None = None, **more: object) -> None:
        office = Office(code, f"office {code}", BUREAU, parent=parent, **more)
        actions.add(connection, office, actor=planner, at=noon)

    return kept


def codes(connection: Connection, **wanted: object) -> list[str]:
    return [row["code"] for row in queries.listed(connection, Page(), Wanted(**wanted))]


def why(outcome) -> dict[str, list[int]]:
    return {reason["code"]: reason["rows"] for reason in outcome.reasons}


# --- From a file --------------------------------------------------------------------------------


def test_a_file_without_places_gives_units_one_above_the_other(cast, connection, taken):
    outcome = taken(FILE)

    assert (outcome.new, outcome.refused, outcome.warnings) == (3, 0, [])
    squad = queries.one(connection, "010101")
    assert (squad["kind"], squad["township_name"], squad["parent_name"]) == (
        "squad_office", "西街", "执法局",
    )  # fmt: skip
    assert queries.one(connection, "0101")["phone"] == "0578-1234567"
    assert (squad["valid_from"], squad["valid_to"]) == (None, None)


def test_the_same_file_twice_changes_nothing_and_what_is_left_empty_stays(cast, connection, taken):
    taken(FILE)

    again = taken(FILE)
    renamed = taken([{"code": "010101", "kind": "squad_office", "name": "西街一队"}])

    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    assert (renamed.new, renamed.changed) == (0, 1)
    squad = queries.one(connection, "010101")
    assert (squad["name"], squad["parent"], squad["township"]) == ("西街一队", "0101", WEST)


def test_a_file_with_places_is_taken_without_them(cast, connection, taken, tmp_path):
    taken("code,kind,lon,lat\nU1,department,119.905,29.705\n")

    assert codes(connection) == ["U1"]


def test_units_need_no_townships_until_one_names_some(connection, taken):
    assert taken([{"code": "U1", "kind": "department"}]).new == 1

    with pytest.raises(Conflict, match="townships_first"):
        taken([{"code": "U2", "kind": "department", "township": WEST}])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"kind": "spaceport"}, "unknown_kind"),
        ({"kind": None}, "unknown_kind"),
        ({"township": "999"}, "unknown_township"),
        ({"parent": "U9"}, "unknown_parent"),
        ({"parent": "U1"}, "above_itself"),
        ({"phone": "张三 13800000000"}, "bad_phone"),
        ({"phone": "1.38E+10"}, "bad_phone"),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "ends_before_it_begins"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_its_reason(cast, taken, row, code):
    outcome = taken([{"code": "U1", "kind": "department", **row}])

    assert why(outcome) == {code: [1]}


def test_a_circle_is_refused_with_all_that_stands_only_on_it(cast, connection, taken):
    rows = [("A", "C"), ("B", "A"), ("C", "B"), ("D", "C"), ("E", "D"), ("F", None), ("G", "F")]

    outcome = taken([{"code": code, "kind": "other", "parent": above} for code, above in rows])

    assert why(outcome) == {"above_itself": [1, 2, 3], "unknown_parent": [4, 5]}
    assert codes(connection) == ["F", "G"]


def test_a_circle_with_what_is_there_already_is_refused_too(cast, connection, taken, keep):
    keep("A")
    keep("B", "A")

    outcome = taken([{"code": "A", "kind": "other", "parent": "B"}, {"code": "B", "kind": "other"}])

    assert why(outcome) == {"above_itself": [1]}
    assert queries.one(connection, "B")["kind"] == "other"


def test_an_end_is_judged_by_the_beginning_that_is_kept(cast, taken, keep):
    keep("A", valid_from=TODAY)

    outcome = taken([{"code": "A", "kind": "other", "valid_to": date(2026, 1, 1)}])

    assert why(outcome) == {"ends_before_it_begins": [1]}


def test_codes_that_lost_their_leading_zero_mean_the_same_units(cast, connection, taken):
    taken(FILE)

    outcome = taken([{"code": "10101", "kind": "squad_office", "parent": "101"}])

    assert (outcome.unchanged, outcome.new) == (1, 0)
    assert [warning["code"] for warning in outcome.warnings] == ["leading_zero_restored"] * 2


def test_a_telephone_like_those_that_people_carry_is_told(cast, taken):
    outcome = taken([{"code": "U1", "kind": "other", "phone": "13800000000"}])

    assert outcome.new == 1
    assert outcome.warnings == [{"code": "phone_of_a_person", "rows": 1}]


def test_the_journal_gets_the_counts_and_not_the_name_of_the_file(cast, connection, taken):
    taken(FILE)

    entry = connection.execute(select(Entry).order_by(Entry.id.desc()).limit(1)).one()
    assert (entry.verb, entry.kind, entry.details["new"]) == ("imported", "units", 3)
    assert "units.csv" not in str(entry.details) and len(entry.subject) == 64


def test_a_squad_belongs_to_a_unit_that_is_there(cast, connection, planner, noon, keep):
    from layers.squads import actions as squads
    from tests.layers.test_import_squads import homes

    keep("U1")
    both = homes(*[cast.point(119.905, 29.705)] * 2, code=["S1", "S2"], unit=["U1", "U9"])

    outcome = squads.import_squads(connection, both, actor=planner, at=noon)

    assert why(outcome) == {"unknown_unit": [2]}
    found = connection.execute(text("SELECT code, unit_code FROM squads ORDER BY code")).all()
    assert [tuple(row) for row in found] == [("S1", "U1"), ("S2", None)]


@given(st.dictionaries(st.integers(0, 9), st.none() | st.integers(0, 11)))
def test_exactly_those_are_in_a_circle_that_come_back_to_themselves(above):
    def comes_back(start: int) -> bool:
        code = above.get(start)
        for _ in above:
            if code in (None, start):
                break
            code = above.get(code)
        return code == start

    named = {str(code): None if up is None else str(up) for code, up in above.items()}

    assert rules.circles(named) == {str(code) for code in above if comes_back(code)}


# --- One at a time ------------------------------------------------------------------------------


def test_a_unit_is_entered_changed_and_ended_and_the_journal_knows(
    cast, connection, planner, noon, keep
):
    keep("U1", township=EAST)

    changed = Office("U1", "新名", BUREAU, township=EAST, phone="（0578）110")
    actions.change(connection, changed, actor=planner, at=noon)
    actions.change(connection, changed, actor=planner, at=noon)
    actions.end(connection, "U1", TODAY, actor=planner, at=noon)

    unit = queries.one(connection, "U1")
    assert (unit["name"], unit["phone"], unit["valid_to"]) == ("新名", "(0578)110", TODAY)
    told = select(Entry.verb, Entry.details).where(Entry.kind == "units").order_by(Entry.id)
    assert [tuple(row) for row in connection.execute(told)] == [
        ("add", {}), ("change", {"fields": ["name", "phone"]}), ("end", {"fields": ["valid_to"]}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("office", "refusal", "code"),
    [
        (Office("U1", "x", BUREAU), Conflict, "unit_exists"),
        (Office("U2", "x", BUREAU, township="999"), NotFound, "no_township"),
        (Office("U2", "x", BUREAU, parent="U9"), NotFound, "no_unit"),
        (Office("U2", "x", BUREAU, parent="U2"), Invalid, "unit_above_itself"),
        (Office("U2", "x", BUREAU, phone="call me"), Invalid, "bad_phone"),
        (Office("U2", "x", BUREAU, valid_from=TODAY, valid_to=date(2026, 1, 1)), Invalid,
         "unit_ends_first"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_not_entered(
    cast, connection, planner, noon, keep, office, refusal, code
):
    keep("U1")

    with pytest.raises(refusal, match=code):
        actions.add(connection, office, actor=planner, at=noon)


def test_a_unit_cannot_be_put_under_what_stands_under_it(cast, connection, planner, noon, keep):
    keep("U1")
    keep("U2", "U1")
    keep("U3", "U2")

    with pytest.raises(Invalid, match="unit_above_itself"):
        actions.change(connection, Office("U1", "x", BUREAU, parent="U3"), actor=planner, at=noon)


def test_what_is_not_there_cannot_be_changed_or_ended(cast, connection, planner, noon):
    with pytest.raises(NotFound, match="no_unit"):
        actions.change(connection, Office("U9", "x", BUREAU), actor=planner, at=noon)
    with pytest.raises(NotFound, match="no_unit"):
        actions.end(connection, "U9", TODAY, actor=planner, at=noon)


def test_who_does_not_manage_keeps_no_units(cast, connection, noon):
    reader = Actor("reader", frozenset({Verb.IMPORT, Verb.PLAN}))
    office = Office("U1", "x", BUREAU)

    for act in (actions.add, actions.change):
        with pytest.raises(Forbidden):
            act(connection, office, actor=reader, at=noon)
    with pytest.raises(Forbidden):
        actions.end(connection, "U1", TODAY, actor=reader, at=noon)
    with pytest.raises(Forbidden):
        actions.import_units(
            connection, pd.DataFrame({"code": []}), actor=Actor("r", frozenset()), at=noon
        )


def test_units_are_found_by_kind_township_unit_above_and_day(cast, connection, taken):
    taken(FILE)

    assert codes(connection, kind=UnitKind.POLICE_STATION) == ["010102"]
    assert codes(connection, township=WEST) == ["010101", "010102"]
    assert codes(connection, parent="0101") == ["010101"]
    assert codes(connection, on=date(2027, 1, 1)) == ["0101", "010101"]
    assert codes(connection, on=date(2026, 12, 31)) == ["0101", "010101", "010102"]


def test_every_kind_has_words_in_both_languages():
    for language in theme.LANGUAGES:
        assert all(theme.word(f"unit.{kind}", language) for kind in UnitKind)


def test_an_export_is_an_import_that_changes_nothing(cast, connection, taken, tmp_path):
    from layers.files import write

    taken(FILE)
    write(tmp_path / "out.csv", queries.kept(connection))

    outcome = taken((tmp_path / "out.csv").read_text())

    assert (outcome.total, outcome.unchanged) == (3, 3)


# --- The second wall ----------------------------------------------------------------------------

ROW = "INSERT INTO units (code, name, kind, valid_from) VALUES ('U9', 'x', 'other', '2026-01-01')"
NAME = "INSERT INTO bureau (id, name_zh) VALUES (1, 'x')"


@pytest.mark.parametrize(
    ("verb", "statement"),
    [(Verb.PLAN, ROW), (Verb.PLAN, NAME), (Verb.IMPORT, NAME), (None, ROW), (None, NAME)],
)
def test_the_database_itself_lets_nobody_else_write(connection, verb, statement):
    actor = Actor("reader", frozenset({verb} if verb else ()))

    with as_application(connection, actor), refused(connection):
        connection.execute(text(statement))


def test_the_database_shows_units_to_everybody_who_acts(connection, keep):
    keep("U1")

    with as_application(connection, nobody("grid worker")):
        assert codes(connection) == ["U1"]
    with as_application(connection, Actor("manager", frozenset({Verb.MANAGE}))):
        connection.execute(text(ROW))
        connection.execute(text(NAME))
