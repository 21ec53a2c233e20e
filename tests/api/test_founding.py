"""The first people: a bureau's administrator, and those of the practice town."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection

from api import auth, founding
from api.people import Desk
from data.people import PASSWORD, PEOPLE
from layers.access import Actor
from layers.db import Page
from layers.people import actions, queries
from layers.roles import Role
from maps import theme
from tests.cast import WEST, Cast


@pytest.fixture
def desk(connection: Connection, planner: Actor, noon: datetime) -> Desk:
    return Desk(connection, planner, noon, noon.date())


@pytest.fixture
def enter(connection: Connection, noon: datetime) -> Callable[[str], actions.Attempt]:
    def entered(login: str) -> actions.Attempt:
        return actions.admit(connection, login, "127.0.0.1", at=noon)

    return entered


def powers(desk: Desk) -> dict[str, list[tuple[str, str]]]:
    people = queries.listed(desk.connection, desk.actor, Page(limit=100), today=desk.today)
    return {
        person["login"]: [(power["role"], power["area"]) for power in person["powers"]]
        for person in people
    }


def test_a_bureau_without_people_gets_one_administrator_with_a_one_time_code(desk: Desk, enter):
    code = founding.administrator(desk)

    assert powers(desk) == {"admin": [(Role.ADMINISTRATOR, "")]}
    attempt = enter("admin")
    assert attempt.password_hash is None
    assert attempt.code_hash == auth.code_digest(code)


def test_a_bureau_with_people_gets_no_other(desk: Desk):
    founding.administrator(desk)

    assert founding.administrator(desk) is None
    assert list(powers(desk)) == ["admin"]


def test_in_the_practice_town_there_is_somebody_for_each_role(desk: Desk, cast: Cast, enter):
    areas = founding.practise(desk)

    held = powers(desk)
    assert set(held) == set(areas) == {role.value for role in Role if role is not Role.RESIDENT}
    assert all(held[login] == [(login, area)] for login, area in areas.items())
    assert areas["dispatcher"] == WEST
    assert (areas["squad_leader"], areas["grid_worker"]) == ("S1", f"{WEST}001001")
    assert auth.matches(PASSWORD, enter("planner").password_hash)


def test_who_is_there_already_stays_as_they_are(desk: Desk, cast: Cast, enter):
    founding.practise(desk)
    before = enter("planner").password_hash

    founding.practise(desk)

    assert enter("planner").password_hash == before
    assert founding.administrator(desk) is None


def test_the_practice_password_may_be_a_password_and_every_area_has_a_word():
    assert all(auth.hashed(member.login, PASSWORD) for member in PEOPLE[:1])
    for member in PEOPLE:
        assert f"area.{member.area or 'bureau'}" in theme.catalogue("zh")
