"""Deadlines on real dates: noon, nights, weekends, National Day, Spring Festival, summer time."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from layers.clock import (
    Calendar,
    Day,
    DayKind,
    Due,
    Kind,
    Limit,
    Pause,
    State,
    calendar_of,
    due,
    elapsed,
    limit_of,
    moved_on,
    published,
    remaining,
    shifts_of,
    shipped,
    state,
)
from layers.errors import Invalid

SHANGHAI, CHICAGO = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Chicago")
NATIONAL = calendar_of(shipped(), SHANGHAI)
HOUR = timedelta(hours=1)


def wall(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """The wall clock; 24:00 is the end of a day."""
    day, _, clock = text.partition(" ")
    if clock == "24:00":
        return datetime.combine(
            date.fromisoformat(day) + timedelta(days=1), datetime.min.time(), zone
        )
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def at(text: str, start: str, *pauses: Pause, calendar: Calendar = NATIONAL) -> Due:
    return due(limit_of(text), wall(start, calendar.zone), calendar, pauses)


def pause(begin: str, end: str | None = None) -> Pause:
    return Pause(wall(begin), None if end is None else wall(end))


@pytest.mark.parametrize(
    ("limit", "start", "end"),
    [
        # Monday 2026-11-16: noon, before and after work, midnight
        ("4wh", "2026-11-16 09:00", "2026-11-16 15:00"),
        ("30wm", "2026-11-16 11:50", "2026-11-16 14:20"),
        ("30wm", "2026-11-16 11:30", "2026-11-16 12:00"),
        ("30wm", "2026-11-16 12:00", "2026-11-16 14:30"),
        ("30wm", "2026-11-16 13:00", "2026-11-16 14:30"),
        ("30wm", "2026-11-16 06:00", "2026-11-16 08:30"),
        ("30wm", "2026-11-16 18:00", "2026-11-17 08:30"),
        ("4wh", "2026-11-16 00:00", "2026-11-16 12:00"),
        ("8wh", "2026-11-16 08:00", "2026-11-16 18:00"),
        ("1wm", "2026-11-16 17:59:30", "2026-11-17 08:00:30"),
        # the weekend of 2026-11-21
        ("30wm", "2026-11-20 17:45", "2026-11-23 08:15"),
        ("30wm", "2026-11-21 10:00", "2026-11-23 08:30"),
        # National Day 2026: rest from Thursday 1 to Wednesday 7 October, work on Sunday
        # 20 September and Saturday 10 October
        ("4wh", "2026-09-30 17:00", "2026-10-08 11:00"),
        ("1wh", "2026-10-09 17:30", "2026-10-10 08:30"),
        ("1wh", "2026-09-19 10:00", "2026-09-20 09:00"),
        ("1wh", "2026-10-10 17:30", "2026-10-12 08:30"),
        # Spring Festival 2026: rest from Sunday 15 to Monday 23 February, work on both
        # Saturdays about it
        ("1wh", "2026-02-14 17:30", "2026-02-24 08:30"),
        ("8wh", "2026-02-27 18:00", "2026-02-28 18:00"),
        # National Day 2025 met Mid-Autumn: eight days
        ("1wh", "2025-09-30 18:00", "2025-10-09 09:00"),
        # Spring Festival 2024: the eve, Friday 9 February, was no holiday
        ("2wh", "2024-02-09 17:00", "2024-02-18 09:00"),
        # working days: the day of the event does not count, the last ends at 24:00
        ("1wd", "2026-11-16 00:00", "2026-11-17 24:00"),
        ("1wd", "2026-11-16 23:59", "2026-11-17 24:00"),
        ("3wd", "2026-11-16 09:00", "2026-11-19 24:00"),
        ("1wd", "2026-11-20 09:00", "2026-11-23 24:00"),
        ("1wd", "2026-11-21 09:00", "2026-11-23 24:00"),
        ("1wd", "2026-09-30 09:00", "2026-10-08 24:00"),
        ("7wd", "2026-09-28 09:00", "2026-10-13 24:00"),
        ("2wd", "2026-02-13 09:00", "2026-02-24 24:00"),
        ("5wd", "2025-09-26 09:00", "2025-10-10 24:00"),
        # calendar days
        ("1d", "2026-09-30 00:00", "2026-10-01 24:00"),
        ("15d", "2026-09-30 23:59", "2026-10-15 24:00"),
        ("60d", "2026-01-05 10:00", "2026-03-06 24:00"),
        ("1d", "2024-02-28 10:00", "2024-02-29 24:00"),
        # always
        ("30m", "2026-09-30 23:45", "2026-10-01 00:15"),
        ("24h", "2026-02-14 10:00", "2026-02-15 10:00"),
    ],
)
def test_a_limit_ends_when_its_clock_says(limit, start, end):
    assert at(limit, start) == Due(wall(end))


@pytest.mark.parametrize(
    ("limit", "start", "end"),
    [
        # On Sunday 2026-03-08 the clock jumps from 2 to 3, on 2026-11-01 it goes back from 2 to 1.
        ("24h", "2026-03-07 12:00", "2026-03-08 13:00"),
        ("24h", "2026-10-31 12:00", "2026-11-01 11:00"),
        ("1d", "2026-03-07 12:00", "2026-03-08 24:00"),
        ("1wd", "2026-10-31 12:00", "2026-11-01 24:00"),
        ("3wh", "2026-03-08 00:00", "2026-03-08 04:00"),
        ("3wh", "2026-11-01 00:00", "2026-11-01 02:00"),
        ("8wh", "2026-03-07 22:00", "2026-03-08 23:00"),
    ],
)
def test_summer_time_takes_an_hour_and_gives_it_back(limit, start, end):
    nights = Calendar(CHICAGO, shifts=shifts_of("00:00-06:00,22:00-24:00"), weekly_rest=frozenset())

    ends = at(limit, start, calendar=nights)

    assert ends.at == wall(end, CHICAGO).astimezone(UTC)


def test_a_shift_that_ends_in_the_hour_that_comes_twice_ends_the_first_time():
    nights = Calendar(CHICAGO, shifts=shifts_of("00:00-01:30"), weekly_rest=frozenset())

    ends = at("2wh", "2026-11-01 00:00", calendar=nights)

    assert ends.at == wall("2026-11-02 00:30", CHICAGO).astimezone(UTC)


def test_office_hours_do_not_notice_summer_time():
    chicago = calendar_of([], CHICAGO)

    assert at("8wh", "2026-03-06 14:00", calendar=chicago).at == wall("2026-03-09 12:00", CHICAGO)


@pytest.mark.parametrize(
    ("limit", "start", "pauses", "end"),
    [
        # an hour was used before National Day, three are left on the 8th
        ("4wh", "2026-09-30 15:00", [("2026-09-30 16:00", "2026-10-08 09:00")], "2026-10-08 12:00"),
        # a pause in the holiday alone changes nothing
        ("4wh", "2026-09-30 15:00", [("2026-10-01 09:00", "2026-10-07 18:00")], "2026-10-08 09:00"),
        # pauses that overlap or meet stand once
        (
            "2h",
            "2026-11-16 09:00",
            [
                ("2026-11-16 10:00", "2026-11-16 11:00"),
                ("2026-11-16 09:30", "2026-11-16 10:30"),
                ("2026-11-16 11:00", "2026-11-16 11:15"),
            ],
            "2026-11-16 12:45",
        ),
        (
            "2h",
            "2026-11-16 09:00",
            [("2026-11-16 10:00", "2026-11-16 11:30"), ("2026-11-16 10:30", "2026-11-16 11:00")],
            "2026-11-16 12:30",
        ),
        # what was before the start or after the end does not count
        (
            "2h",
            "2026-11-16 09:00",
            [("2026-11-16 08:00", "2026-11-16 09:30"), ("2026-11-16 12:00", "2026-11-16 13:00")],
            "2026-11-16 11:30",
        ),
        # a day counts if the clock runs when it ends
        ("3wd", "2026-09-29 09:00", [("2026-09-30 10:00", "2026-10-09 09:00")], "2026-10-12 24:00"),
        ("3wd", "2026-11-16 09:00", [("2026-11-17 09:00", "2026-11-17 17:00")], "2026-11-19 24:00"),
        ("3wd", "2026-11-16 09:00", [("2026-11-17 23:00", "2026-11-18 01:00")], "2026-11-20 24:00"),
        ("3wd", "2026-11-16 09:00", [("2026-11-16 10:00", "2026-11-17 00:00")], "2026-11-19 24:00"),
        ("3d", "2026-11-16 09:00", [("2026-11-17 00:00", "2026-11-18 00:00")], "2026-11-20 24:00"),
    ],
)
def test_the_clock_stands_while_a_case_is_suspended(limit, start, pauses, end):
    assert at(limit, start, *[pause(*one) for one in pauses]) == Due(wall(end))


def test_nobody_knows_the_end_while_the_clock_stands():
    standing = at("4wh", "2026-11-16 09:00", pause("2026-11-16 10:00"))

    assert standing == Due(None)
    assert state(standing, wall("2030-01-01 00:00"), HOUR) is State.SUSPENDED


def test_time_stands_once_however_many_pauses_lie_over_it():
    pauses = [pause("2026-11-16 10:00"), pause("2026-11-16 10:30", "2026-11-16 11:00")]
    start, end = wall("2026-11-16 09:00"), wall("2026-11-16 12:00")

    assert elapsed(Kind.WORKING_HOURS, start, end, NATIONAL, pauses) == HOUR


def test_a_suspension_after_the_end_comes_too_late():
    assert at("1h", "2026-11-16 09:00", pause("2026-11-16 10:00")) == Due(wall("2026-11-16 10:00"))


def test_an_extension_adds_to_the_limit():
    three = limit_of("3wd").extended(limit_of("2wd"))

    assert due(three, wall("2026-11-16 09:00"), NATIONAL) == Due(wall("2026-11-23 24:00"))
    with pytest.raises(ValueError, match="cannot extend"):
        limit_of("3wd").extended(limit_of("2d"))


@pytest.mark.parametrize(
    ("limit", "start", "end", "provisional"),
    [
        ("3wd", "2026-12-30 09:00", "2027-01-04 24:00", True),
        ("1wh", "2027-05-03 09:00", "2027-05-03 10:00", True),
        # New Year may yet take the last days of the year
        ("1wd", "2026-12-28 09:00", "2026-12-29 24:00", True),
        ("1wd", "2026-12-24 09:00", "2026-12-25 24:00", False),
        ("1wd", "2025-12-30 09:00", "2025-12-31 24:00", False),
        ("1wd", "2023-12-29 09:00", "2024-01-02 24:00", True),
        # holidays change nothing for these
        ("15d", "2026-12-30 09:00", "2027-01-14 24:00", False),
        ("48h", "2026-12-31 09:00", "2027-01-02 09:00", False),
    ],
)
def test_a_deadline_through_a_year_that_is_not_published_is_provisional(
    limit, start, end, provisional
):
    assert at(limit, start) == Due(wall(end), provisional)


@pytest.mark.parametrize(
    ("start", "end", "moved"),
    [
        ("2026-09-21 09:00", "2026-10-01 24:00", "2026-10-08 24:00"),
        ("2026-11-11 09:00", "2026-11-21 24:00", "2026-11-23 24:00"),
        ("2026-09-10 09:00", "2026-09-20 24:00", "2026-09-20 24:00"),
        ("2026-11-09 09:00", "2026-11-19 24:00", "2026-11-19 24:00"),
    ],
)
def test_a_period_of_procedure_does_not_end_on_a_day_of_rest(start, end, moved):
    ends = at("10d", start)

    assert ends == Due(wall(end))
    assert moved_on(ends, NATIONAL) == Due(wall(moved))


def test_where_a_period_moves_to_is_provisional_in_a_year_that_is_not_published():
    ends = at("10d", "2026-12-23 09:00")

    assert moved_on(ends, NATIONAL) == Due(wall("2027-01-04 24:00"), provisional=True)
    assert moved_on(Due(None), NATIONAL) == Due(None)


def test_what_is_left_is_told_on_the_limits_own_clock():
    morning, start = wall("2026-10-08 09:00"), wall("2026-09-30 17:00")

    assert remaining(limit_of("4wh"), start, morning, NATIONAL) == 2 * HOUR
    assert remaining(limit_of("1wh"), start, morning, NATIONAL) == -HOUR
    assert remaining(limit_of("3wd"), start, morning, NATIONAL) == timedelta(days=3)
    assert elapsed(Kind.CONTINUOUS, morning, start, NATIONAL) == timedelta(0)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2026-11-16 09:59", State.ON_TIME),
        ("2026-11-16 10:00", State.DUE_SOON),
        ("2026-11-16 11:00", State.DUE_SOON),
        ("2026-11-16 11:00:01", State.OVERDUE),
    ],
)
def test_the_last_instant_is_still_in_time(now, found):
    assert state(at("2h", "2026-11-16 09:00"), wall(now), HOUR) is found


# --- Days -----------------------------------------------------------------------------------------


def test_the_published_years_have_as_many_working_days_as_the_notices_leave():
    """365 or 366 days without 104 of weekly rest and the statutory ones on other days of the week:
    11 in 2024, 13 since."""
    for year, worked in ((2024, 251), (2025, 248), (2026, 248)):
        whole = elapsed(
            Kind.WORKING_DAYS,
            wall(f"{year - 1}-12-31 12:00"),
            wall(f"{year}-12-31 24:00"),
            NATIONAL,
        )

        assert whole == timedelta(days=worked), year


def test_every_day_we_bring_along_names_its_notice_and_is_no_plain_day():
    days = shipped()
    notices = Counter((day.date.year, day.notice) for day in days)

    assert notices == {
        (2024, "国办发明电〔2023〕7号"): 36,
        (2025, "国办发明电〔2024〕12号"): 33,
        (2026, "国办发明电〔2025〕7号"): 39,
    }
    assert all(d.date.weekday() in {5, 6} for d in days if d.kind is DayKind.WORK)
    assert len({day.date for day in days}) == len(days)
    assert published(days) == {2024, 2025, 2026}


def test_a_bureaus_own_day_wins_and_a_local_day_off_publishes_no_year():
    own = [
        Day(date(2026, 10, 8), DayKind.REST, "本地", "Local"),
        Day(date(2027, 5, 3), DayKind.REST, "本地", "Local"),
    ]
    calendar = calendar_of([*shipped(), *own], SHANGHAI)

    assert at("1wd", "2026-09-30 09:00", calendar=calendar) == Due(wall("2026-10-09 24:00"))
    assert calendar.published == {2024, 2025, 2026}


# --- Words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "amount", "short"),
    [
        ("30m", Kind.CONTINUOUS, HOUR / 2, "30m"),
        ("30 分钟", Kind.CONTINUOUS, HOUR / 2, "30m"),
        ("120 minutes", Kind.CONTINUOUS, 2 * HOUR, "2h"),
        ("2紧急工作时", Kind.CONTINUOUS, 2 * HOUR, "2h"),
        ("4 工作时", Kind.WORKING_HOURS, 4 * HOUR, "4wh"),
        ("90wm", Kind.WORKING_HOURS, 1.5 * HOUR, "90wm"),
        ("7个工作日", Kind.WORKING_DAYS, timedelta(days=7), "7wd"),
        ("1 Working Day", Kind.WORKING_DAYS, timedelta(days=1), "1wd"),
        ("15天", Kind.CALENDAR_DAYS, timedelta(days=15), "15d"),
        ("15 days", Kind.CALENDAR_DAYS, timedelta(days=15), "15d"),
    ],
)
def test_a_limit_is_read_in_words_and_told_in_short(text, kind, amount, short):
    limit = limit_of(text)

    assert (limit, str(limit)) == (Limit(kind, amount), short)
    assert limit_of(short) == limit


@pytest.mark.parametrize("text", ["", "0d", "-1d", "1.5d", "d", "3", "3 weeks", "30mm", "1d 2h"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(Invalid):
        limit_of(text)


def test_a_limit_is_above_nothing_and_in_whole_days_where_days_count():
    for kind, amount in ((Kind.CONTINUOUS, timedelta(0)), (Kind.WORKING_DAYS, HOUR)):
        with pytest.raises(ValueError, match="no limit"):
            Limit(kind, amount)


@pytest.mark.parametrize(
    "text", ["", "08:00", "12:00-08:00", "08:00-12:00,11:00-18:00", "08:00-25:00", "8-12"]
)
def test_what_are_no_shifts_is_refused(text):
    with pytest.raises(Invalid):
        shifts_of(text)


def test_a_calendar_has_shifts_one_after_the_other():
    for shifts in ((), ((480, 720), (700, 1080)), ((-1, 60),), ((0, 1441),)):
        with pytest.raises(ValueError, match="no shifts"):
            Calendar(SHANGHAI, shifts=shifts)


def test_a_clock_that_is_asked_beyond_its_calendar_refuses():
    for start in ("1999-12-31 12:00", "2099-12-31 12:00"):
        with pytest.raises(Invalid):
            at("7wd", start)
