"""What holds of every deadline, against a walk from shift to shift and from day to day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.clock import (
    Calendar,
    Kind,
    Limit,
    Pause,
    calendar_of,
    due,
    due_many,
    elapsed,
    shifts_of,
    shipped,
)

NATIONAL = calendar_of(shipped(), ZoneInfo("Asia/Shanghai"))
CALENDARS = {
    "national": NATIONAL,
    # Nights and a noon shift where the clock changes, Mondays off
    "chicago": Calendar(
        ZoneInfo("America/Chicago"),
        rest=frozenset({date(2026, 3, 10)}),
        worked=frozenset({date(2026, 3, 9)}),
        shifts=shifts_of("00:00-01:30,02:30-04:00,11:00-13:00,23:00-24:00"),
        weekly_rest=frozenset({0}),
    ),
    # Midnight itself is skipped here on 2026-03-29.
    "beirut": Calendar(ZoneInfo("Asia/Beirut"), shifts=shifts_of("00:00-24:00")),
}
KINDS = st.sampled_from(list(Kind))
TICK = timedelta(microseconds=1)

pytestmark = pytest.mark.parametrize("calendar", CALENDARS.values(), ids=CALENDARS)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """About holidays and changes of the clock; often on a full hour."""
    near = draw(
        st.sampled_from(["2026-02-12", "2026-03-07", "2026-03-28", "2026-09-29", "2026-10-30"])
    )
    hours = draw(st.integers(0, 14 * 24))
    odd = draw(st.sampled_from([timedelta(0), timedelta(0), timedelta(minutes=17, microseconds=3)]))
    return datetime.fromisoformat(near).replace(tzinfo=UTC) + timedelta(hours=hours) + odd


@st.composite
def limits(draw: st.DrawFn, kinds: st.SearchStrategy[Kind] = KINDS) -> Limit:
    kind = draw(kinds)
    if kind.whole_days:
        return Limit(kind, timedelta(days=draw(st.integers(1, 12))))
    return Limit(kind, timedelta(minutes=draw(st.integers(1, 3000))))


PAUSES = st.lists(
    st.builds(lambda a, b: Pause(min(a, b), max(a, b)), moments(), moments()), max_size=3
)


def running(kind: Kind, start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Stretches in which the clock runs; for whole days the day, which counts at its end."""
    if kind is Kind.CONTINUOUS:
        yield start, datetime.max.replace(tzinfo=UTC)
    day = start.astimezone(calendar.zone).date()
    while True:
        worked = day in calendar.worked or (
            day.weekday() not in calendar.weekly_rest and day not in calendar.rest
        )
        shifts = calendar.shifts if kind is Kind.WORKING_HOURS else ((0, 24 * 60),)
        for shift in shifts if worked or kind is Kind.CALENDAR_DAYS else ():
            begin, end = (_instant(day, minutes, calendar.zone) for minutes in shift)
            yield begin, end
        day += timedelta(days=1)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The first moment at which the wall clock shows this time or, if it skips it, a later one."""
    wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    instant = wall.replace(tzinfo=zone).astimezone(UTC) - timedelta(hours=3)
    while instant.astimezone(zone).replace(tzinfo=None) < wall:
        instant += timedelta(minutes=30)
    return instant


def by_hand(limit: Limit, start: datetime, calendar: Calendar) -> datetime:
    """Shift by shift or day by day, until the limit is used up."""
    left = limit.amount
    for begin, end in running(limit.kind, start, calendar):
        if limit.kind.whole_days:
            left -= timedelta(days=1) if begin > start else timedelta(0)
            if not left:
                return end
        elif end > start:
            first = max(begin, start)
            if left <= end - first:
                return first + left
            left -= end - first
    raise AssertionError("the days have no end")


@given(limits(), moments())
def test_a_deadline_is_what_a_walk_finds(calendar, limit, start):
    assert due(limit, start, calendar).at == by_hand(limit, start, calendar)


@given(limits(), moments(), PAUSES)
def test_a_deadline_has_come_exactly_when_the_limit_has_passed(calendar, limit, start, pauses):
    end = due(limit, start, calendar, pauses).at

    assert elapsed(limit.kind, start, end, calendar, pauses) == limit.amount
    assert elapsed(limit.kind, start, end - TICK, calendar, pauses) < limit.amount


@given(limits(), moments(), moments(), PAUSES)
def test_who_starts_later_is_never_due_earlier(calendar, limit, one, other, pauses):
    first, second = sorted([one, other])

    assert due(limit, first, calendar, pauses).at <= due(limit, second, calendar, pauses).at


@given(limits(), limits(), moments())
def test_two_limits_one_after_the_other_are_their_sum(calendar, limit, more, start):
    more = Limit(limit.kind, more.amount if more.kind.whole_days else limit.amount)
    first = due(limit, start, calendar).at
    # The end of a day is the beginning of the next, which would not count.
    again = first - TICK if limit.kind.whole_days else first

    assert due(more, again, calendar) == due(limit.extended(more), start, calendar)


@given(limits(), moments(), PAUSES)
def test_a_pause_moves_the_deadline_by_the_time_that_the_clock_stood(
    calendar, limit, start, pauses
):
    end = due(limit, start, calendar, pauses).at
    stood = elapsed(limit.kind, start, end, calendar) - elapsed(
        limit.kind, start, end, calendar, pauses
    )

    assert end == due(Limit(limit.kind, limit.amount + stood), start, calendar).at


@given(st.sampled_from([Kind.CONTINUOUS, Kind.WORKING_HOURS]), moments(), moments(), moments())
def test_time_that_passed_adds_up(calendar, kind, one, two, three):
    first, middle, last = sorted([one, two, three])

    whole = elapsed(kind, first, last, calendar)

    assert whole == elapsed(kind, first, middle, calendar) + elapsed(kind, middle, last, calendar)
    assert timedelta(0) <= whole <= last - first


@settings(max_examples=30)
@given(st.lists(st.tuples(limits(), moments(), PAUSES), min_size=1, max_size=20), moments())
def test_many_at_once_are_what_each_is_alone(calendar, cases, since):
    cases = [(*cases[0][:2], [Pause(since)]), *cases]
    starts = np.array([start.replace(tzinfo=None) for _, start, _ in cases], dtype="M8[us]")

    many = due_many([c[0] for c in cases], starts, calendar, [c[2] for c in cases])

    alone = [due(limit, start, calendar, pauses) for limit, start, pauses in cases]
    naive = [None if one.at is None else one.at.replace(tzinfo=None) for one in alone]
    assert many.at.tolist() == naive
    assert many.provisional.tolist() == [one.provisional for one in alone]
