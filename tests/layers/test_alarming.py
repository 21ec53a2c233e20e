"""Deadlines that come near or are past, each told once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from layers import access
from layers.clock import limit_of
from layers.incidents.actions.alarming import TOLD, tell_due
from layers.incidents.rules import notice
from layers.queue.tables import Job
from tests.conftest import plans_of
from tests.crowd import crowd
from tests.layers.loop.bureau import ACCEPTOR, DISPATCHER, LEADER, MINUTE, SQUAD
from tests.layers.loop.conftest import calendar, case, do, offered  # noqa: F401  (fixtures)
from tests.wall import as_application


@pytest.fixture
def tell(connection, noon):
    """What the worker tells so long after noon: event and squad of each."""
    told = []

    def at(after: timedelta) -> list[tuple[str, str | None]]:
        with as_application(connection, access.WORKER) as ours:
            tell_due(ours, acknowledge_in=5 * MINUTE, actor=access.WORKER, at=noon + after)
        jobs = connection.execute(select(Job.arguments).where(Job.name == "message")).scalars()
        events = sorted((job["event"], job["event_id"], job["squad"]) for job in jobs)
        new = [one for one in events if one not in told and one[0] in TOLD]
        told.extend(new)
        return [(event, squad) for event, _, squad in new]

    return at


@pytest.fixture
def sent(do, case):  # noqa: F811
    """An order that its squad has 30 minutes for, from a minute after noon."""
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(SQUAD, "accept")
    return case


@pytest.mark.parametrize(
    ("limit", "minutes"),
    [("30m", 10), ("2h", 40), ("24h", 60), ("4wh", 60), ("7wd", 1440), ("1d", 1440)],
)
def test_notice_is_given_as_the_limit_is_long(limit, minutes):
    assert notice(limit_of(limit)) == minutes * MINUTE


def test_each_deadline_is_told_once_as_it_comes_near_and_once_as_it_is_past(sent, tell):
    assert tell(20 * MINUTE) == []
    assert tell(21 * MINUTE) == [("due_soon", "S1")]
    assert tell(22 * MINUTE) == []
    assert tell(32 * MINUTE) == [("overdue", "S1")]
    assert tell(90 * MINUTE) == []


def test_what_was_past_before_anybody_looked_is_told_as_past_alone(sent, tell):
    assert tell(90 * MINUTE) == [("overdue", "S1")]


def test_the_deadline_of_the_next_step_is_told_anew(sent, tell, do):  # noqa: F811
    assert tell(40 * MINUTE) == [("overdue", "S1")]
    do(SQUAD, "arrive", 42 * MINUTE)

    assert tell(43 * MINUTE) == []
    assert tell(63 * MINUTE) == [("due_soon", "S1")]


def test_what_waits_is_told_by_its_promise_and_then_its_squad_by_its_own_time(
    do, case, tell  # noqa: F811
):  # fmt: skip
    do(ACCEPTOR, "file", standard=True)
    waiting = [tell(after * MINUTE) for after in (19, 20, 31, 32)]
    do(DISPATCHER, "dispatch", 35 * MINUTE, squad="S1")
    do(SQUAD, "accept", 36 * MINUTE)

    assert waiting == [[], [("due_soon", None)], [("overdue", None)], []]
    assert [tell(after * MINUTE) for after in (37, 56, 66)] == [
        [], [("due_soon", "S1")], [("overdue", "S1")],
    ]  # fmt: skip


def test_a_clock_that_stands_is_not_told(sent, tell, do, noon):  # noqa: F811
    do(LEADER, "suspend", reason="flood", until=(noon + timedelta(days=9)).date())

    assert tell(90 * MINUTE) == []


def test_an_order_nobody_accepts_is_told_once_each_time(do, case, tell, noon):  # noqa: F811
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    first = [tell(after * MINUTE) for after in (6, 7, 8)]
    do(LEADER, "suspend", 9 * MINUTE, reason="雨", until=(noon + timedelta(days=9)).date())
    do(LEADER, "resume", 10 * MINUTE)

    assert first == [[], [("unacknowledged", "S1")], []]
    assert [tell(after * MINUTE) for after in (14, 16)] == [[], [("unacknowledged", "S1")]]
    do(SQUAD, "accept", 17 * MINUTE)
    assert tell(21 * MINUTE) == []


def test_no_deadline_is_looked_for_among_the_closed(connection, sent, noon):
    crowd(connection, "closed")
    with as_application(connection, access.WORKER) as ours:
        at = noon + 90 * MINUTE
        looks = {"acknowledge_in": 5 * MINUTE, "actor": access.WORKER, "at": at}
        plans = plans_of(ours, lambda: tell_due(ours, **looks), "FOR UPDATE")

    assert len(plans) == 3
    assert [plan for plan in plans if "Seq Scan on incidents" in plan] == []
