"""Times as people and programs write them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from layers.files import Field, Reading, read
from layers.files.times import dates, moments

SHANGHAI, CHICAGO = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Chicago")


def utc(cells: list[str | None], zone: ZoneInfo = SHANGHAI) -> list[str | None]:
    found = moments(pa.array(cells), zone).wall
    return [str(moment)[:19] for moment in found]


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-01 08:30",
        "2024-05-01T08:30:00",
        "2024/5/1 8:30",
        "2024.05.01 08:30:00",
        "2024年5月1日 8时30分",
        "20240501083000",
        "2024-05-01T00:30:00Z",
        "2024-05-01 02:30:00+02:00",
        "1714523400",
        "1714523400000",
        "45413.3541666667",
        "2024-05-01 08:30:00.000",
        "2024/05/01 8:30 AM",
    ],
)
def test_one_moment_is_read_from_any_way_of_writing_it(written):
    found = utc([written, "2024-06-01 09:07:03"])

    assert found == ["2024-05-01T00:30:00", "2024-06-01T01:07:03"]


def test_a_month_and_a_day_are_told_apart_by_another_row():
    assert utc(["03/04/2024 10:00 PM", "12/31/2023 10:00"])[0] == "2024-03-04T14:00:00"
    assert utc(["03/04/2024 10:00 PM", "31/12/2023 10:00"])[0] == "2024-04-03T14:00:00"


def test_a_month_and_a_day_that_nothing_tells_apart_are_refused():
    found = moments(pa.array(["03/04/2024 10:00", "2024-01-01 11:00"]), SHANGHAI)

    assert found.refused["time_ambiguous"].tolist() == [True, False]
    assert found.refused["time_unreadable"].tolist() == [False, False]


def test_days_that_are_in_no_calendar_are_refused():
    found = moments(
        pa.array(["2023-02-29 10:00", "2024-13-01", "soon", "2024-01-01 25:00"]), SHANGHAI
    )

    assert found.refused["time_unreadable"].all()


def test_a_date_has_the_precision_of_a_day():
    found = moments(pa.array(["2024-05-01", "2024-05-01 00:10", "2024年5月1日"]), SHANGHAI)

    assert found.day.tolist() == [True, False, True]


def test_midnight_all_over_a_column_means_dates_in_the_zone_of_the_bureau():
    found = moments(pa.array(["2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"]), CHICAGO)

    assert found.day.all()
    assert [str(moment)[:16] for moment in found.wall] == ["2024-05-01T05:00", "2024-05-02T05:00"]
    assert [note.code for note in found.notices] == ["times_all_midnight"]


@pytest.mark.parametrize(
    "written",
    [
        pa.array(["2026-11-01T08:00:00+08:00", "2026-11-02T08:00:00+08:00"]),
        pa.array(["2026-11-01 08:00:00 +0800", "2026/11/2 08:00:00 +0800"]),
        pa.array(["1793491200", "1793577600"]),
        pa.array([1793491200_000, 1793577600_000], pa.timestamp("ms", "Asia/Shanghai")),
    ],
)
def test_eight_in_the_morning_with_an_offset_is_never_midnight(written):
    found = moments(written, SHANGHAI)

    assert [str(moment)[:16] for moment in found.wall] == ["2026-11-01T00:00", "2026-11-02T00:00"]
    assert not found.day.any()


@pytest.mark.parametrize(
    "written",
    [
        pa.array(["2026-11-01T00:00:00+08:00", "2026-11-02T00:00:00+08:00"]),
        pa.array(["2026-11-01T00:00:00+08", "2026-11-02T00:00:00+08"]),
        pa.array(["1793462400", "1793548800"]),
        pa.array([1793462400_000, 1793548800_000], pa.timestamp("ms", "Asia/Shanghai")),
    ],
)
def test_midnight_with_the_offset_of_the_bureau_means_dates_and_stays_that_moment(written):
    found = moments(written, SHANGHAI)

    assert [str(moment)[:16] for moment in found.wall] == ["2026-10-31T16:00", "2026-11-01T16:00"]
    assert found.day.all()


def test_midnight_elsewhere_is_a_moment():
    found = moments(pa.array(["2026-11-01T00:00:00+02:00"]), SHANGHAI)

    assert [str(moment)[:16] for moment in found.wall] == ["2026-10-31T22:00"]
    assert not found.day.any()


def test_a_skipped_hour_moves_to_the_jump_and_a_repeated_one_is_the_first():
    found = moments(pa.array(["2024-03-10 02:30", "2024-11-03 01:30", "2024-05-01 10:00"]), CHICAGO)

    assert [str(moment)[:16] for moment in found.wall] == [
        "2024-03-10T08:00",
        "2024-11-03T06:30",
        "2024-05-01T15:00",
    ]
    assert [note.values for note in found.notices] == [{"skipped": 1, "twice": 1}]


def test_the_year_1900_and_the_future_are_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("at\n1900-01-01 08:00\n2024-05-01 08:30\n2031-01-01 08:00\n\n")
    limits = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))

    checked = read(Reading(path), [Field("at", "time", required=True, during=limits)])

    assert checked.frame["at"].tolist() == [datetime(2024, 5, 1, 0, 30, tzinfo=UTC)]
    assert checked.frame["at_precision"].tolist() == ["minute"]
    assert dict(zip(checked.refused["row"], checked.refused["code"], strict=True)) == {
        1: "time_too_early",
        3: "time_too_late",
    }


def test_dates_are_kept_without_a_clock(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("valid_from\n2024-05-01 23:59\n20240502\n")

    checked = read(Reading(path), [Field("valid_from", "date")])

    assert [str(day.date()) for day in checked.frame["valid_from"]] == ["2024-05-01", "2024-05-02"]


def test_a_date_with_an_offset_is_the_day_that_is_written():
    found = dates(pa.array(["2024-05-01T00:00:00+08:00", None]))

    assert str(found.wall[0])[:10] == "2024-05-01"
