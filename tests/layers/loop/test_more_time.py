"""More time is asked for, and given or refused."""

import pytest

from layers.errors import Conflict, Invalid
from layers.incidents import queries
from tests.layers.loop.bureau import ACCEPTOR, DISPATCHER, HOUR, LEADER, MINUTE, SQUAD, row


def test_more_time_is_asked_for_and_given_twice_at_most(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    with pytest.raises(Conflict, match="extension_not_asked"):
        do(LEADER, "extend")
    for turn in (1, 2):
        do(DISPATCHER, "ask_extension", reason="路远")
        do(LEADER, "extend")
        assert row(connection, case)["due_at"] == noon + MINUTE + 30 * MINUTE * (1 + turn)

    with pytest.raises(Conflict, match="extended_enough"):
        do(DISPATCHER, "ask_extension", reason="x")


def test_time_that_was_given_or_asked_for_stays_when_the_order_is_accepted(
    do, connection, case, noon
):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(DISPATCHER, "ask_extension", reason="路远")
    do(LEADER, "extend")
    do(DISPATCHER, "ask_extension", reason="再远")

    do(SQUAD, "accept")

    told = row(connection, case)
    assert (told["due_at"], told["extension_asked"]) == (noon + 61 * MINUTE, True)
    do(SQUAD, "arrive")
    assert (row(connection, case)["due_at"], row(connection, case)["extension_asked"]) == (
        noon + 31 * MINUTE, False)  # fmt: skip


def test_a_case_is_given_more_time_twice_in_whatever_states_that_was(do):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    for verb in ("accept", "arrive"):
        do(DISPATCHER, "ask_extension", reason="路远")
        do(LEADER, "extend")
        do(SQUAD, verb)

    with pytest.raises(Conflict, match="extended_enough"):
        do(DISPATCHER, "ask_extension", reason="x")


def test_more_time_may_be_refused_and_asked_for_again(do, connection, case, noon):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    with pytest.raises(Conflict, match="extension_not_asked"):
        do(LEADER, "refuse_extension", reason="x")
    do(DISPATCHER, "ask_extension", reason="路远")
    with pytest.raises(Invalid, match="step_needs"):
        do(LEADER, "refuse_extension")

    do(LEADER, "refuse_extension", 2 * HOUR, reason="来得及")

    told = row(connection, case)
    assert (told["extension_asked"], told["due_at"]) == (False, noon + 31 * MINUTE)


def test_no_time_is_given_to_what_is_overdue_and_the_last_instant_is_in_time(do):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")

    with pytest.raises(Conflict, match="overdue_already"):
        do(DISPATCHER, "ask_extension", 2 * HOUR, reason="x")
    assert do(DISPATCHER, "ask_extension", 31 * MINUTE, reason="x") == "dispatched"


def test_whether_more_time_was_asked_for_too_late_goes_by_when_it_was_asked_unless_that_is_late(
    do, noon
):
    """It is due after 31 minutes."""
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    then = {"happened_at": noon + 30 * MINUTE, "reason": "x"}

    with pytest.raises(Conflict, match="overdue_already"):
        do(DISPATCHER, "ask_extension", 47 * MINUTE, **then)
    asked = do(DISPATCHER, "ask_extension", 45 * MINUTE, **then)

    assert asked == "dispatched"


def test_whoever_gives_more_time_cannot_say_that_it_was_before_the_deadline(
    do, connection, case, noon
):
    do(ACCEPTOR, "file", standard=True)
    do(DISPATCHER, "dispatch", squad="S1")
    do(DISPATCHER, "ask_extension", reason="x")
    after = noon + 32 * MINUTE

    with pytest.raises(Conflict, match="overdue_already"):
        do(LEADER, "extend", 32 * MINUTE, happened_at=noon + 30 * MINUTE)

    assert "extend" not in queries.verbs(LEADER, queries.locked(connection, LEADER, case), after)
