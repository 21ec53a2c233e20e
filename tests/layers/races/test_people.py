"""Somebody signs in while another one puts an end to it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, text

from layers.access import DOOR, Actor
from layers.people import actions
from layers.people.tables import Person
from layers.roles import BUREAU, Role
from tests.wall import as_application


@pytest.fixture
def person(own: Engine, noon) -> UUID:
    who = uuid4()
    row = {"id": who, "login": "li", "name": "李", "state": "active", "made_at": noon}
    with own.begin() as connection:
        connection.execute(insert(Person).values(row | {"password_hash": "old"}))
    return who


def anew(connection, person, noon):
    me = Actor(str(person), frozenset())
    with as_application(connection, me) as ours:
        actions.set_password(ours, person, "new", actor=me, at=noon)


def everywhere(connection, person, noon):
    me = Actor(str(person), frozenset())
    with as_application(connection, me) as ours:
        actions.end_all_sessions(ours, person, actor=me, at=noon)


@pytest.mark.parametrize("ending", [anew, everywhere])
def test_a_session_that_just_begins_ends_with_all_others(ending, own, person, beside, noon):
    attempt = actions.Attempt(person, "old", None, ("k",), "pair")
    with own.begin() as first:
        with as_application(first, DOOR) as ours:
            actions.sign_in(ours, attempt, b"token", at=noon)
        beginning = beside(ending, person, noon)
        assert not beginning.done()

    beginning.result()

    with own.connect() as connection:
        (ended,) = connection.execute(text("SELECT ended_at FROM sessions")).scalars()
    assert ended == noon


def test_a_token_that_is_just_issued_ends_with_whoever_leaves(own, person, beside, planner, noon):
    today = noon.date()
    with own.begin() as connection:
        actions.grant(connection, person, Role.PLANNER, BUREAU, actor=planner, at=noon, today=today)
    with own.begin() as first:
        given = {"life": None, "actor": planner, "at": noon, "today": today}
        actions.issue_token(first, person, "feed", b"token", ["plan"], **given)
        leaving = beside(actions.disable, person, actor=planner, at=noon, today=today)
        assert not leaving.done()

    leaving.result()

    with own.connect() as connection:
        assert connection.execute(text("SELECT ended_at FROM tokens")).scalars().all() == [noon]
