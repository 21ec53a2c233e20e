"""What a program may do in somebody's name."""

import pytest
from sqlalchemy import select

from layers.access import Verb, may, nobody
from layers.db import Page
from layers.errors import Forbidden, Invalid, Unrecognised
from layers.journal.actions import note
from layers.journal.tables import Entry
from layers.people import actions, queries
from layers.people.tables import Token
from layers.roles import BUREAU, Role
from tests.cast import WEST
from tests.layers.people.bureau import DAY, TODAY, changes, power_of


def test_a_token_may_do_what_both_its_scopes_and_its_person_may(
    join, token, connection, planner, noon
):
    person = join()

    who = {"actor": planner, "at": noon, "today": TODAY}
    actions.grant(connection, person, Role.LEADER, BUREAU, **who)

    secrets = [token(person, *scopes) for scopes in (["read"], ["plan"], ["approve", "study"])]
    actions.revoke(connection, person, power_of(connection, person, Role.LEADER), **who)
    reads, plans, approves = (
        queries.by_token(connection, secret, at=noon, today=TODAY).actor for secret in secrets
    )

    assert (reads.verbs, plans.verbs) == (frozenset(), {Verb.PLAN})
    assert approves.verbs == {Verb.STUDY}
    assert reads.townships == plans.townships == {WEST}
    with pytest.raises(Forbidden):
        may(approves, Verb.APPROVE)


def test_a_token_ends_by_its_time_or_by_hand(join, token, connection, planner, noon):
    person = join()
    short, long = token(person, "plan", life=DAY), token(person, "study")

    with pytest.raises(Unrecognised):
        queries.by_token(connection, short, at=noon + DAY, today=TODAY)
    assert queries.by_token(connection, long, at=noon + DAY, today=TODAY)
    actions.end_token(connection, person, "gateway", actor=planner, at=noon)
    with pytest.raises(Unrecognised):
        queries.by_token(connection, long, at=noon, today=TODAY)


def test_a_scope_that_is_not_known_is_refused(join, token):
    with pytest.raises(Invalid, match="no_scope"):
        token(join(), "everything")


def test_a_token_that_would_be_good_for_nothing_is_refused_and_told_all_that_is_useless(
    join, token, connection, planner, noon
):
    person = join()
    later = {"since": TODAY + DAY, "actor": planner, "at": noon, "today": TODAY}
    actions.grant(connection, person, Role.AUDITOR, BUREAU, **later)

    with pytest.raises(Invalid) as refusal:
        token(person, "plan", "manage", "import", "audit")

    assert refusal.value.code == "useless_scope"
    assert refusal.value.values["scopes"] == ["import", "manage"]
    assert token(person, "plan", "audit")


def test_a_program_is_told_from_its_person_by_its_token_and_whose_word_it_came_by(
    join, token, connection, noon
):
    secret = token(join(), "plan")
    actor = queries.by_token(connection, secret, at=noon, today=TODAY).actor

    note(connection, "draft", "plans", "7", actor=actor, at=noon)

    asked = select(Entry.details).where(Entry.verb == "draft")
    issued = connection.execute(select(Token.id)).scalar_one()
    assert connection.execute(asked).scalar_one() == {
        "by_token": str(issued), "token_issuer": "planner",
    }  # fmt: skip


def test_no_program_changes_people_their_powers_or_what_they_sign_in_with(
    join, token, connection, planner, noon
):
    person, other = join(), join("li.si")
    actions.grant(connection, person, Role.ADMINISTRATOR, BUREAU, actor=planner, at=noon,
                  today=TODAY)  # fmt: skip
    secret = token(person, "manage")
    program = queries.by_token(connection, secret, at=noon, today=TODAY).actor

    for action in (
        *changes(connection, other, program, noon), *changes(connection, person, program, noon),
        lambda: actions.end_session(connection, person, actor=program, at=noon),
    ):  # fmt: skip
        with pytest.raises(Forbidden, match="not_by_token"):
            action()


def test_a_lost_phone_ends_the_tokens_unless_their_person_says_it(
    join, token, connection, planner, noon
):
    person = join()
    kept = token(person, "plan")

    actions.end_all_sessions(connection, person, actor=nobody(str(person)), at=noon)
    after_own = queries.by_token(connection, kept, at=noon, today=TODAY)
    actions.end_all_sessions(connection, person, actor=planner, at=noon)

    assert after_own.person_id == person
    with pytest.raises(Unrecognised):
        queries.by_token(connection, kept, at=noon, today=TODAY)


def test_ones_own_token_can_be_ended_and_nobody_elses(join, token, connection, noon):
    mine, other = join(), join("li.si")
    token(mine, "plan")
    [own] = queries.own_tokens(connection, nobody(str(mine)), at=noon)

    with pytest.raises(Forbidden):
        actions.end_token(connection, mine, own["id"], actor=nobody(str(other)), at=noon)
    actions.end_token(connection, mine, own["id"], actor=nobody(str(mine)), at=noon)

    assert queries.own_tokens(connection, nobody(str(mine)), at=noon) == []


def test_who_reads_tokens_or_has_people_suggested_is_written_down(
    join, token, connection, planner, noon
):
    token(join(), "plan")

    actions.list_tokens(connection, Page(), actor=planner, at=noon)
    actions.suggest(connection, "zhang", actor=planner, at=noon)

    read = select(Entry.kind, Entry.actor, Entry.details).where(Entry.verb == "read")
    assert [tuple(row) for row in connection.execute(read)] == [
        ("people", "planner", {"rows": 1}), ("people", "planner", {"rows": 1}),
    ]  # fmt: skip
