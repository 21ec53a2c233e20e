"""Days that are counted together, and those that they are compared with."""

from datetime import UTC, date, datetime

import pytest

from layers.errors import Invalid
from layers.figures import rules
from layers.figures.rules import Period
from tests.layers.figures.week import SHANGHAI, WEEK


def test_a_period_is_whole_days_of_the_bureau():
    assert WEEK.since == datetime(2026, 11, 15, 16, tzinfo=UTC)
    assert WEEK.until == datetime(2026, 11, 22, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "earlier"),
    [
        (WEEK, (date(2026, 11, 9), date(2026, 11, 16))),
        (rules.month("2026-03", SHANGHAI), (date(2026, 2, 1), date(2026, 3, 1))),
        (rules.month("2026-01", SHANGHAI), (date(2025, 12, 1), date(2026, 1, 1))),
        (Period(date(2026, 11, 3), date(2026, 11, 5), SHANGHAI),
         (date(2026, 11, 1), date(2026, 11, 3))),
    ],
)  # fmt: skip
def test_a_period_is_compared_with_the_one_before(period, earlier):
    found = rules.before(period)

    assert (found.first, found.after) == earlier


@pytest.mark.parametrize(
    ("period", "today", "days", "earlier"),
    [
        (rules.month("2026-11", SHANGHAI), date(2026, 11, 22), (1, 23), (1, 23)),
        (WEEK, date(2026, 11, 16), (16, 17), (9, 10)),
        (WEEK, date(2026, 11, 22), (16, 23), (9, 16)),
        (WEEK, date(2026, 11, 23), (16, 23), (9, 16)),
        (WEEK, date(2026, 11, 15), (16, 23), (9, 16)),
    ],
)
def test_of_a_period_that_runs_as_many_days_are_compared(period, today, days, earlier):
    found = rules.compared(period, today)

    assert [(one.first.day, one.after.day) for one in found] == [days, earlier]


def test_a_long_month_is_compared_with_no_more_than_the_one_before():
    _, earlier = rules.compared(rules.month("2026-03", SHANGHAI), date(2026, 3, 30))

    assert earlier.after == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-01", "2026-1", "1999-01", "2026-01x"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(Invalid, match="bad_month"):
        rules.month(text, SHANGHAI)


def test_days_are_in_order_and_a_year_at_most():
    with pytest.raises(Invalid, match="since_after_until"):
        Period(date(2026, 11, 16), date(2026, 11, 16), SHANGHAI)
    with pytest.raises(Invalid, match="period_too_long"):
        Period(date(2024, 11, 16), date(2026, 11, 16), SHANGHAI)
