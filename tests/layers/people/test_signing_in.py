"""Sessions, passwords and codes: who is in, and who is out at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from layers.access import Actor
from layers.errors import Forbidden, NotFound, Unrecognised
from layers.people import actions, queries, rules
from layers.roles import VERBS, Area, AreaKind, Role
from tests.cast import EAST, WEST
from tests.layers.people.bureau import OFFICE, PASSWORD_HASH, SECOND, TODAY, digest, known, power_of


def test_a_session_is_its_person_until_signed_out(join, enter, connection, noon):
    person = join()
    enter()

    found = known(connection, at=noon)
    actions.sign_out(connection, digest("s"), at=noon)

    assert (found.person_id, found.must_choose) == (person, False)
    assert found.actor == Actor(str(person), VERBS[Role.PLANNER], frozenset({WEST}))
    with pytest.raises(Unrecognised, match="not_signed_in"):
        known(connection, at=noon)


def test_a_session_ends_when_it_is_idle_and_lives_while_it_is_used(join, enter, connection, noon):
    join()
    enter()
    later, next_day = noon + timedelta(hours=11), noon + timedelta(hours=22)

    with pytest.raises(Unrecognised):
        known(connection, at=next_day)
    actions.touch(connection, digest("s"), at=later)

    assert known(connection, at=next_day)


def test_no_session_outlives_its_month(join, enter, connection, noon):
    join()
    enter()
    end = noon + rules.LONGEST_SESSION
    actions.touch(connection, digest("s"), at=end - SECOND)

    assert known(connection, at=end - SECOND)
    with pytest.raises(Unrecognised):
        known(connection, at=end)


def test_a_power_that_is_given_or_taken_holds_at_once(join, enter, connection, planner, noon):
    person, who = join(), {"actor": planner, "at": noon, "today": TODAY}
    enter()

    actions.grant(connection, person, Role.LEADER, Area(AreaKind.TOWNSHIP, EAST), **who)
    more = known(connection, at=noon).actor
    held = power_of(connection, person, Role.PLANNER)
    actions.revoke(connection, person, held, **who)
    less = known(connection, at=noon).actor

    assert (more.verbs, more.townships) == (VERBS[Role.PLANNER] | VERBS[Role.LEADER], {WEST, EAST})
    assert (less.verbs, less.townships) == (VERBS[Role.LEADER], {EAST})
    with pytest.raises(NotFound, match="no_power"):
        actions.revoke(connection, person, held, **who)


def test_a_lost_phone_is_signed_out_everywhere_by_its_owner(join, enter, connection, noon):
    person = join()
    enter(secret="phone")
    enter(secret="desk")

    owner = known(connection, "desk", at=noon).actor
    actions.end_all_sessions(connection, person, actor=owner, at=noon)

    for secret in ("phone", "desk"):
        with pytest.raises(Unrecognised):
            known(connection, secret, at=noon)


def test_one_chooses_ones_own_password_and_nobody_elses(join, enter, connection, noon):
    person, other = join(), join("li.si")
    enter()
    owner = known(connection, at=noon).actor

    actions.set_password(connection, person, "new", actor=owner, at=noon)

    assert actions.admit(connection, "zhang.san", OFFICE, at=noon).password_hash == "new"
    with pytest.raises(Unrecognised):
        known(connection, at=noon)
    with pytest.raises(Forbidden):
        actions.set_password(connection, other, "new", actor=owner, at=noon)


def test_whoever_left_is_out_at_once_with_all_tokens(join, enter, token, connection, planner, noon):
    person = join()
    enter()
    kept = token(person)

    actions.disable(connection, person, actor=planner, at=noon, today=TODAY)

    with pytest.raises(Unrecognised):
        known(connection, at=noon)
    with pytest.raises(Unrecognised):
        queries.by_token(connection, kept, at=noon, today=TODAY)
    assert actions.admit(connection, "zhang.san", OFFICE, at=noon).person_id is None


def test_whoever_left_gets_neither_code_nor_token_nor_password(
    join, token, connection, planner, noon
):
    person = join()
    actions.disable(connection, person, actor=planner, at=noon, today=TODAY)

    for gives in (
        lambda: actions.issue_codes(connection, {person: b"code"}, actor=planner, at=noon),
        lambda: actions.set_password(connection, person, "new", actor=planner, at=noon),
        lambda: token(person),
    ):
        with pytest.raises(NotFound, match="no_person"):
            gives()


def test_whoever_comes_back_has_no_password_and_no_old_session(
    join, enter, connection, planner, noon
):
    person = join()
    enter()
    actions.disable(connection, person, actor=planner, at=noon, today=TODAY)

    actions.enable(connection, person, actor=planner, at=noon)

    assert actions.admit(connection, "zhang.san", OFFICE, at=noon).password_hash is None
    with pytest.raises(Unrecognised):
        known(connection, at=noon)


def test_who_leaves_while_the_password_is_compared_does_not_get_in(join, connection, planner, noon):
    person = join()
    attempt = actions.admit(connection, "zhang.san", OFFICE, at=noon)
    actions.disable(connection, person, actor=planner, at=noon, today=TODAY)

    with pytest.raises(Unrecognised, match="wrong_password"):
        actions.sign_in(connection, attempt, digest("s"), at=noon)


def test_a_code_voids_the_password_and_signs_in_only_to_choose_another(
    join, enter, connection, planner, noon
):
    person = join()
    enter(secret="old")

    actions.issue_codes(connection, {person: digest("code")}, actor=planner, at=noon)
    attempt = actions.admit(connection, "zhang.san", OFFICE, at=noon)
    actions.sign_in(connection, attempt, digest("s"), at=noon)
    found = known(connection, at=noon)

    assert (attempt.password_hash, attempt.code_hash) == (None, digest("code"))
    assert found.must_choose
    assert (found.actor.verbs, found.actor.townships) == (frozenset(), frozenset())
    with pytest.raises(Unrecognised):
        known(connection, "old", at=noon)
    actions.set_password(connection, person, "chosen", actor=found.actor, at=noon)
    assert actions.admit(connection, "zhang.san", OFFICE, at=noon).code_hash is None


def test_a_code_is_worth_nothing_after_its_time(join, connection, planner, noon):
    person = join()
    actions.issue_codes(connection, {person: digest("code")}, actor=planner, at=noon)

    late = actions.admit(connection, "zhang.san", OFFICE, at=noon + rules.CODE_LIFE)

    assert late.code_hash is None


def test_an_attempt_shows_no_secret_where_it_is_printed(join, connection, noon):
    join()

    attempt = actions.admit(connection, "zhang.san", OFFICE, at=noon)

    assert PASSWORD_HASH not in repr(replace(attempt, code_hash=b"code"))
    assert "code" not in repr(replace(attempt, code_hash=b"code")).replace("code_hash", "")
