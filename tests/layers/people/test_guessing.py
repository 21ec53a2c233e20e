"""How fast a stranger may guess at a password."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text

from layers.errors import TooSoon
from layers.people import actions, rules
from layers.people.rules import Tries
from layers.people.tables import SignIn
from tests.layers.people.bureau import DAY, OFFICE, SECOND, STRANGER


def test_the_pause_doubles_from_a_second_to_a_minute():
    pauses = [rules.pause(failures, rules.Limit(5)).total_seconds() for failures in range(4, 14)]

    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(st.integers(0, 10_000), st.integers(1, 100))
def test_no_pause_is_longer_than_a_minute(failures: int, free: int):
    assert timedelta(0) <= rules.pause(failures, rules.Limit(free)) <= rules.LONGEST_PAUSE


def test_trying_during_a_pause_does_not_lengthen_it(noon):
    tries = Tries(9, noon + 8 * SECOND)

    for seconds in range(8):
        with pytest.raises(TooSoon) as refusal:
            rules.one_more(tries, rules.LOGIN, noon + seconds * SECOND)
        assert refusal.value.values["seconds"] == 8 - seconds
    assert rules.one_more(tries, rules.LOGIN, noon + 8 * SECOND).failures == 10
    assert rules.one_more(tries, rules.LOGIN, noon + 2 * DAY).failures == 1


def test_guessing_is_slowed_and_the_right_password_works_after_the_pause(join, enter, noon):
    join()
    for _ in range(5):
        enter(right=False)

    with pytest.raises(TooSoon):
        enter()
    enter(at=noon + SECOND)


def test_an_hour_of_guessing_gets_few_tries(noon):
    tries, admitted = Tries(0, noon), 0
    for second in range(3600):
        with suppress(TooSoon):
            tries = rules.one_more(tries, rules.LOGIN, noon + second * SECOND)
            admitted += 1

    assert admitted == 69


def test_who_asked_a_moment_earlier_and_is_counted_later_is_let_in(join, enter, noon):
    join()
    join("li.si")
    for number in range(rules.ADDRESS.free):
        enter(right=False, login=f"user{number}")

    enter(at=noon + 2 * SECOND)
    enter(login="li.si", secret="other", at=noon + 2 * SECOND - timedelta(milliseconds=5))


def test_guesses_from_elsewhere_do_not_keep_out_who_signed_in_here_before(join, enter, noon):
    join()
    enter()
    for _ in range(5):
        enter(right=False, address=STRANGER)

    with pytest.raises(TooSoon):
        enter(right=False, address=STRANGER)
    enter(secret="again")


def test_a_guess_a_minute_keeps_nobody_from_a_first_sign_in(join, enter, noon):
    join()
    for minute in range(15):
        with suppress(TooSoon):
            enter(right=False, address=STRANGER, at=noon + minute * 60 * SECOND)

    last = noon + 14 * 60 * SECOND
    with pytest.raises(TooSoon):
        enter(address=STRANGER, at=last)
    enter(right=False, at=last)
    enter(at=last)


def test_a_crowd_of_addresses_slows_a_new_one_by_two_seconds_at_most(join, enter, noon):
    join()
    admitted = 0
    for number in range(150):
        with suppress(TooSoon):
            enter(right=False, address=f"203.0.113.{number}", at=noon)
            admitted += 1

    with pytest.raises(TooSoon) as refusal:
        enter()
    assert (admitted, refusal.value.values["seconds"]) == (rules.CROWD.free, 1)
    for number in range(9):
        enter(right=False, address=f"198.51.100.{number}", at=noon + (2 + 2 * number) * SECOND)
    enter(at=noon + 20 * SECOND)


def test_addresses_that_have_spent_their_tries_have_one_a_minute_together(enter, noon):
    addresses, admitted = [f"203.0.113.{number}" for number in range(15)], 0
    for address in addresses * rules.LOGIN.free:
        enter(right=False, address=address)

    for minute in range(1, 11):
        for address in addresses:
            with suppress(TooSoon):
                enter(right=False, address=address, at=noon + minute * 60 * SECOND)
                admitted += 1

    assert admitted == rules.LOGIN.free + 9
    enter(right=False, address=OFFICE, at=noon + 600 * SECOND)
    enter(right=False, address=addresses[0], at=noon + 3 * DAY)


def test_one_who_guesses_at_many_logins_is_slowed_by_the_address(enter, noon):
    for number in range(rules.ADDRESS.free):
        enter(right=False, login=f"user{number}", address="2001:db8::1")

    with pytest.raises(TooSoon):
        enter(right=False, login="another", address="2001:db8::ffff:2")
    enter(right=False, login="another", address="2001:db8:1::1")


def test_a_morning_of_a_whole_bureau_behind_one_address_is_not_slowed(join, enter, connection):
    for number in range(rules.ADDRESS.free + 10):
        join(f"user{number}")
        enter(login=f"user{number}", secret=f"s{number}")

    signed_in = connection.execute(text("SELECT count(*) FROM sessions")).scalar_one()
    assert signed_in == rules.ADDRESS.free + 10


def test_an_unknown_login_is_counted_and_answered_like_a_known_one(enter, connection, noon):
    for _ in range(5):
        enter(right=False, login="nobody")

    with pytest.raises(TooSoon):
        enter(right=False, login="nobody")


def test_what_no_longer_counts_is_forgotten(join, enter, connection, planner, noon):
    due = {"limit": 9, "actor": planner}
    # What other tests tried in vain, for tries are counted in transactions of their own.
    connection.execute(delete(SignIn))
    join()
    enter()
    last, end = noon, noon + rules.LONGEST_SESSION

    kept = [
        actions.forget_sign_ins(connection, before=last - SECOND, **due),
        actions.forget_sessions(connection, before=end, **due),
    ]
    gone = [
        actions.forget_sign_ins(connection, before=last + SECOND, **due),
        actions.forget_sessions(connection, before=end + SECOND, **due),
    ]

    # Of the four keys of a sign-in, the known address is remembered until now.
    assert [len(some) for some in kept + gone] == [3, 0, 1, 1]
