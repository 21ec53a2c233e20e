"""The list of matters comes from a file: by code, with limits, photographs and questions."""

import json
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection

from data.matters import read_matters
from layers.access import Actor
from layers.db import Page
from layers.errors import Forbidden, Invalid, NotFound
from layers.files import Reading, read
from layers.matters import queries, rules
from layers.matters.actions import MATTER_FIELDS, import_matters
from layers.matters.queries import Wanted
from layers.matters.rules import MatterKind
from maps import theme
from tests.conftest import ROOT

SAMPLE = ROOT / "data" / "matters.csv"
FILE = """编码,案由,类型,大类编码,大类,小类编码,处置时限,疑难案件时限,责任单位类别,处置后照片,公开
A1,暴露垃圾,事件,01,市容环境,001,4 工作时,,作业单位,2,是
A2,井盖缺失,部件类,01,公用设施,002,2小时,20个工作日,职能部门,,否
"""
COVER = {
    "code": "cover", "datatype": "singlevaluelist", "zh": "种类", "en": "Kind",
    "values": [{"key": "rain", "zh": "雨水", "en": "Storm drain"}],
}  # fmt: skip


@pytest.fixture
def taken(connection: Connection, planner, noon, tmp_path: Path):
    """Import a file, its text, or rows by column; give the outcome."""

    def imported(given: str | Path | list[dict[str, object]]):
        if isinstance(given, str):
            (tmp_path / "matters.csv").write_text(given)
            given = tmp_path / "matters.csv"
        if isinstance(given, Path):
            checked = read(Reading(given), MATTER_FIELDS)
        else:
            checked = pd.DataFrame(given)
        return import_matters(connection, checked, actor=planner, at=noon)

    return imported


def codes(connection: Connection, **wanted: object) -> list[str]:
    return [row["code"] for row in queries.listed(connection, Page(), Wanted(**wanted))]


def asked(*questions: dict[str, object]) -> str:
    return json.dumps(questions, ensure_ascii=False)


def test_a_bureaus_own_list_is_read_in_its_own_words(connection, taken):
    outcome = taken(FILE)

    assert (outcome.new, outcome.refused) == (2, 0)
    one, other = queries.one(connection, "A1"), queries.one(connection, "A2")
    assert (one["kind"], one["class_code"], one["class_zh"], one["small_code"]) == (
        "event", "01", "市容环境", "001",
    )  # fmt: skip
    assert (one["simple_limit"], one["complex_limit"], one["unit_kind"]) == (
        "4wh", None, "contractor",
    )  # fmt: skip
    assert (other["kind"], other["simple_limit"], other["complex_limit"]) == (
        "component", "2h", "20wd",
    )  # fmt: skip
    assert (one["photos_after"], one["public"], other["photos_after"]) == (2, True, 0)
    assert one["offered"]


def test_the_same_file_twice_changes_nothing_and_what_is_left_empty_stays(connection, taken):
    taken(FILE)

    again = taken(FILE)
    changed = taken([{"code": "A1", "offered": False, "name_en": "Exposed rubbish"}])

    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    assert (changed.new, changed.changed) == (0, 1)
    kept = queries.one(connection, "A1")
    assert (kept["name_zh"], kept["name_en"], kept["simple_limit"], kept["offered"]) == (
        "暴露垃圾", "Exposed rubbish", "4wh", False,
    )  # fmt: skip


def test_a_matter_of_which_only_the_code_is_known_is_called_by_it(connection, taken):
    taken([{"code": "A9"}])

    kept = queries.one(connection, "A9")
    assert (kept["name_zh"], kept["name_en"], kept["kind"], kept["questions"]) == (
        "A9", "A9", None, [],
    )  # fmt: skip


def test_how_much_a_matter_presses_is_said_in_a_number_or_a_word(connection, taken):
    taken([{"code": "A1", "priority": "紧急"}, {"code": "A2"}, {"code": "A3", "priority": "1"}])
    taken([{"code": "A3", "note": "x"}])

    assert [queries.one(connection, code)["priority"] for code in ("A1", "A2", "A3")] == [2, 0, 1]


def test_matters_that_came_along_with_cases_are_not_offered_until_they_are_imported(
    cast, connection, taken, noon
):
    cast.report(119.901, 29.701, noon)
    before = codes(connection, offered=True)

    taken([{"code": "S02", "kind": "event", "offered": True}])

    assert before == []
    assert codes(connection, offered=True) == ["S02"]


def test_matters_are_found_by_kind_and_class(connection, taken):
    taken(FILE)

    assert codes(connection, kind=MatterKind.EVENT) == ["A1"]
    assert codes(connection, class_code="01") == ["A1", "A2"]
    with pytest.raises(NotFound):
        queries.one(connection, "A3")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"kind": "animal"}, "component_or_event"),
        ({"unit_kind": "spaceport"}, "unknown_kind"),
        ({"arrive_limit": "soon"}, "bad_limit"),
        ({"complex_limit": "0d"}, "bad_limit"),
        ({"photos_before": -1}, "not_allowed"),
        ({"photos_after": 21}, "not_allowed"),
        ({"similar_m": 5001}, "not_allowed"),
        ({"questions": "[{}]"}, "bad_questions"),
        ({"priority": "3"}, "bad_priority"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_its_reason(connection, taken, row, code):
    outcome = taken([{"code": "A1", **row}, {"code": "A2"}])

    assert (outcome.new, outcome.refused) == (1, 1)
    assert [reason["code"] for reason in outcome.reasons] == [code]
    assert all(f"refused.{code}" in theme.catalogue(language) for language in theme.LANGUAGES)


def test_whoever_may_not_import_changes_no_matter(connection, noon):
    with pytest.raises(Forbidden):
        import_matters(
            connection, pd.DataFrame([{"code": "A1"}]), actor=Actor("x", frozenset()), at=noon
        )


# --- Limits ---------------------------------------------------------------------------------------


def test_a_limit_that_a_matter_does_not_have_is_the_one_for_all():
    own = {"arrive": None, "simple": "4wh", "opinion": None, "complex": "20wd"}

    found = {name: str(limit) for name, limit in rules.limits(own).items()}

    assert found == {"arrive": "30m", "simple": "4wh", "opinion": "1d", "complex": "20wd"}


# --- Questions ------------------------------------------------------------------------------------


def test_questions_are_kept_in_their_order_and_replaced_as_a_whole(connection, taken):
    since = {"code": "since", "datatype": "datetime", "zh": "何时", "en": "Since", "required": True}
    taken([{"code": "A1", "questions": asked(since, COVER)}])
    both = queries.one(connection, "A1")["questions"]

    taken([{"code": "A1", "questions": asked(COVER)}])

    assert both == [since, COVER]
    assert queries.one(connection, "A1")["questions"] == [COVER]
    assert taken([{"code": "A1", "questions": "[]"}]).changed == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[1]", "question?",
        asked({**COVER, "datatype": "colour"}),
        asked({**COVER, "values": []}),
        asked({**COVER, "datatype": "string"}),
        asked({**COVER, "values": COVER["values"] * 2}),
        asked({**COVER, "reqired": True}),
        asked({**COVER, "code": ""}),
        asked({**COVER, "zh": "a\u0000b"}),
        asked(COVER, COVER),
        asked({"code": "a", "datatype": "string", "zh": "问"}),
    ],
)  # fmt: skip
def test_what_is_no_list_of_questions_is_refused(text):
    with pytest.raises(Invalid):
        rules.questions_of(text)


# --- Files ----------------------------------------------------------------------------------------


def test_what_is_exported_is_what_an_import_takes(connection, taken):
    taken(FILE)
    taken(SAMPLE)

    outcome = taken(queries.kept(connection).to_dict("records"))

    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 17)


def test_the_sample_says_that_it_is_one_and_claims_no_official_code(connection, taken):
    outcome = taken(SAMPLE)

    rows = queries.listed(connection, Page(), Wanted())
    assert (outcome.new, outcome.refused, outcome.warnings) == (15, 0, [])
    assert all("sample" in row["note"] and "示例" in row["note"] for row in rows)
    assert all(row["code"].startswith("S") and row["small_code"] is None for row in rows)
    assert all(
        row[name] for row in rows for name in ("kind", "class_zh", "filing_standard", "unit_kind")
    )


def test_the_practice_town_has_the_sample_as_a_file_of_it_would_give(connection, taken):
    taken(SAMPLE)

    outcome = taken(read_matters().to_dict("records"))

    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 15)
