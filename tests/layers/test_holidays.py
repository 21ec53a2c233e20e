"""The days of a year come by import; a bureau's own stand over those brought along."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Connection

from layers.access import Actor
from layers.clock import OFFICE_HOURS, Due, due, limit_of, shipped
from layers.errors import Forbidden
from layers.files import Reading, read
from layers.holidays import queries
from layers.holidays.actions import HOLIDAY_FIELDS, import_holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
FILE = """日期,休/班,节日,文号,备注
2027-01-01,休,元旦,国办〔甲〕1号,
2027-01-02,放假,元旦,国办〔甲〕1号,
2027/1/3,调休上班,元旦,国办〔甲〕1号,x
"""


@pytest.fixture
def taken(connection: Connection, planner, noon, tmp_path: Path):
    """Import a file's text, or rows; give the outcome."""

    def imported(given: str | list[dict[str, object]]):
        if isinstance(given, str):
            (tmp_path / "days.csv").write_text(given)
            checked = read(Reading(tmp_path / "days.csv"), HOLIDAY_FIELDS)
        else:
            checked = pd.DataFrame(given)
        return import_holidays(connection, checked, actor=planner, at=noon)

    return imported


def own(connection: Connection) -> list[tuple[str, str, str, str]]:
    return [
        (str(day.date), day.kind, day.name_zh, day.name_en)
        for day, is_own in queries.days(connection).items()
        if is_own
    ]


def test_a_year_is_published_by_importing_it(connection, taken):
    before = queries.calendar(connection, SHANGHAI, OFFICE_HOURS)
    start = datetime(2026, 12, 31, 9, tzinfo=SHANGHAI)

    outcome = taken(FILE)

    after = queries.calendar(connection, SHANGHAI, OFFICE_HOURS)
    assert (outcome.new, outcome.refused) == (3, 0)
    assert due(limit_of("1wd"), start, before) == Due(datetime(2027, 1, 2, tzinfo=SHANGHAI), True)
    assert due(limit_of("1wd"), start, after) == Due(datetime(2027, 1, 4, tzinfo=SHANGHAI))


def test_the_same_file_twice_changes_nothing_and_what_is_left_empty_stays(connection, taken):
    taken(FILE)

    again = taken(FILE)
    named = taken(
        [{"date": date(2027, 1, 1), "kind": "rest", "name_zh": "元旦", "name_en": "New Year"}]
    )

    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    assert (named.new, named.changed) == (0, 1)
    kept = queries.kept(connection)
    assert kept[kept["date"] == date(2027, 1, 1)].values.tolist() == [
        [date(2027, 1, 1), "rest", "元旦", "New Year", "国办〔甲〕1号"]
    ]


def test_the_bureaus_own_day_stands_in_place_of_the_one_brought_along(connection, taken):
    taken([{"date": date(2026, 10, 7), "kind": "上班", "name_zh": "抢险"}])

    assert own(connection) == [("2026-10-07", "work", "抢险", "抢险")]
    assert len(queries.days(connection)) == len(shipped())
    worked = queries.calendar(connection, SHANGHAI, OFFICE_HOURS).worked
    assert date(2026, 10, 7) in worked


def test_rows_that_name_no_kind_or_no_day_are_refused(connection, taken):
    outcome = taken("date,kind,name\n2027-01-01,maybe,x\nsoon,rest,x\n1999-12-31,rest,x\n,rest,x\n")

    assert {reason["code"]: reason["rows"] for reason in outcome.reasons} == {
        "rest_or_work": [1], "time_unreadable": [2], "time_too_early": [3], "missing": [4],
    }  # fmt: skip
    assert own(connection) == []


def test_of_one_day_twice_in_a_file_the_last_row_counts(connection, taken):
    outcome = taken("date,kind,name\n2027-05-04,rest,a\n2027-05-04,work,b\n")

    assert (outcome.new, outcome.superseded) == (1, 1)
    assert own(connection) == [("2027-05-04", "work", "b", "b")]


def test_what_is_exported_is_what_an_import_takes(connection, taken):
    taken(FILE)
    exported = queries.kept(connection)

    outcome = taken(exported.to_dict("records"))

    assert (outcome.new, outcome.changed, outcome.unchanged) == (len(shipped()), 0, 3)
    assert queries.kept(connection).equals(exported)


def test_whoever_may_not_import_changes_no_day(connection, noon):
    given = pd.DataFrame([{"date": date(2027, 1, 1), "kind": "rest", "name_zh": "元旦"}])

    with pytest.raises(Forbidden):
        import_holidays(connection, given, actor=Actor("x", frozenset()), at=noon)
