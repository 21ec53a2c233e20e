"""With whose powers a job is done: those that its asker has when it is done."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from api.worker import actor_of
from layers.access import WORKER, Actor, Verb
from layers.errors import Forbidden
from layers.people import actions
from layers.queue.actions import Claimed
from layers.roles import BUREAU, VERBS, Area, AreaKind, Role
from tests.cast import EAST, WEST

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 16)


@pytest.fixture
def person(connection: Connection, planner: Actor, noon: datetime) -> UUID:
    return actions.add_person(connection, "zhang.san", "张三", actor=planner, at=noon)


@pytest.fixture
def grant(connection: Connection, planner: Actor, noon: datetime, person: UUID):
    def granted(role: Role, *codes: str) -> None:
        for area in [Area(AreaKind.TOWNSHIP, code) for code in codes] or [BUREAU]:
            actions.grant(connection, person, role, area, actor=planner, at=noon, today=TODAY)

    return granted


def asked_by(name: object, job: str = "plan") -> Claimed:
    return Claimed(uuid4(), job, {}, str(name), None)


def test_a_person_works_with_the_powers_of_today(connection, person, grant):
    grant(Role.PLANNER, WEST)
    grant(Role.AUDITOR)

    at_work = actor_of(connection, asked_by(person), NOON, TODAY)

    assert at_work == Actor(
        str(person),
        VERBS[Role.PLANNER] | VERBS[Role.AUDITOR],
        narrower={Verb.PLAN: frozenset({WEST}), Verb.STUDY: frozenset({WEST})},
    )


def test_a_power_that_was_taken_since_is_gone(connection, person, grant):
    grant(Role.PLANNER, WEST, EAST)
    before = actor_of(connection, asked_by(person), NOON, TODAY)
    connection.exec_driver_sql(
        "UPDATE powers SET valid_to = valid_from WHERE area_code = %s", (EAST,)
    )

    after = actor_of(connection, asked_by(person), NOON, TODAY)

    assert (before.townships, after.townships) == ({WEST, EAST}, {WEST})


def test_a_person_without_any_power_may_and_sees_nothing(connection, person):
    at_work = actor_of(connection, asked_by(person), NOON, TODAY)

    assert at_work == Actor(str(person), frozenset(), frozenset())


def test_who_has_left_or_never_was_works_no_more(connection, person, grant):
    grant(Role.PLANNER)
    connection.exec_driver_sql("UPDATE people SET state = 'disabled'")

    for gone in (person, uuid4(), "public", "door"):
        with pytest.raises(Forbidden, match="asker_left"):
            actor_of(connection, asked_by(gone), NOON, TODAY)


@pytest.mark.parametrize("name", ["operator", "worker"])
def test_who_is_no_person_keeps_the_operators_powers(connection, name):
    assert actor_of(connection, asked_by(name), NOON, TODAY) == Actor(name, frozenset(Verb))


def test_what_follows_from_an_import_is_done_even_if_the_importer_has_left(connection, person):
    connection.exec_driver_sql("UPDATE people SET state = 'disabled'")

    assert actor_of(connection, asked_by(person, "grids.changed"), NOON, TODAY) is WORKER
