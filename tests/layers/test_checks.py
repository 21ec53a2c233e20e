"""Checks go to the workers of the case's grid or, where it has none, of the nearest that has."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from layers.access import Actor, Verb, actor_of
from layers.clock import Calendar
from layers.errors import Forbidden, NotFound
from layers.incidents import queries
from layers.incidents.actions.stepping import Said, step
from layers.people import actions as people
from layers.photos import actions as photos
from layers.roles import Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST
from tests.layers.loop.bureau import SHANGHAI
from tests.wall import as_application

DAY = date(2026, 11, 16)
OWN, NORTH, EASTERN = f"{WEST}001001", f"{WEST}001002", f"{EAST}001001"
CHIEF = Actor("chief", frozenset(Verb))
ACCEPTOR = actor_of("a", [Grant(Role.ACCEPTOR, Area(AreaKind.TOWNSHIP, WEST), DAY)], DAY)


def worker_of(grid: str) -> Actor:
    return actor_of("w", [Grant(Role.GRID_WORKER, Area(AreaKind.GRID, grid), DAY)], DAY)


@pytest.fixture
def staffed(connection: Connection, cast, noon: datetime):
    """So many people are responsible for a grid."""

    def take_on(grid: str, many: int = 1) -> list[UUID]:
        who = {"actor": CHIEF, "at": noon}
        taken = []
        for _ in range(many):
            person = people.add_person(connection, f"p{uuid4().hex}", "张", **who)
            people.grant(connection, person, Role.GRID_WORKER, Area(AreaKind.GRID, grid), **who,
                         today=DAY)  # fmt: skip
            taken.append(person)
        return taken

    return take_on


@pytest.fixture
def case(cast, noon) -> UUID:
    """In the south of the west, nearer to the east than to the north."""
    return cast.report(119.9090, 29.7030, noon)


@pytest.fixture
def do(connection: Connection, case: UUID, noon: datetime):
    def done(actor: Actor, verb: str, **said: object) -> str:
        with as_application(connection, actor) as ours:
            step(ours, case, Said(verb, uuid4(), noon, **said), actor=actor, at=noon,
                 calendar=Calendar(SHANGHAI))  # fmt: skip
            return queries.one(ours, actor, case)["state"]

    return done


def asked(connection: Connection, case: UUID) -> str | None:
    found = connection.execute(text("SELECT check_grid FROM incidents WHERE id = :i"), {"i": case})
    return found.scalar_one()


def test_a_check_goes_to_the_cases_own_grid(do, connection, case, staffed):
    staffed(OWN, 2)
    staffed(EASTERN)

    with as_application(connection, ACCEPTOR) as ours:
        told = queries.checkers(ours, ACCEPTOR, case, DAY)
    do(ACCEPTOR, "request_check")

    assert told == queries.Checkers(OWN, 2, "West south", 0)
    assert asked(connection, case) == OWN
    assert queries.steps(connection, case)[-1]["details"] == {"to_grid": OWN}


def test_where_nobody_is_responsible_it_goes_to_the_nearest_grid_that_has_somebody(
    do, connection, case, staffed
):
    staffed(NORTH)
    staffed(EASTERN)

    with as_application(connection, ACCEPTOR) as ours:
        told = queries.checkers(ours, ACCEPTOR, case, DAY)
    do(ACCEPTOR, "request_check")

    assert asked(connection, case) == EASTERN
    assert told == queries.Checkers(EASTERN, 1, None, None)


def test_the_neighbour_that_would_look_is_named_and_how_far_it_is(connection, case, staffed):
    staffed(NORTH)

    with as_application(connection, ACCEPTOR) as ours:
        told = queries.checkers(ours, ACCEPTOR, case, DAY)

    assert told is not None and told.metres is not None
    assert (told.grid, told.name, round(told.metres)) == (NORTH, "West north", 776)


def test_whoever_left_is_sent_nowhere_and_without_anybody_it_goes_to_whoever_may(
    do, connection, case, staffed, noon
):
    (gone,) = staffed(OWN)
    people.disable(connection, gone, actor=CHIEF, at=noon, today=DAY)

    do(ACCEPTOR, "request_check")

    assert asked(connection, case) is None
    assert queries.steps(connection, case)[-1]["details"] == {}
    assert do(worker_of(OWN), "report_check", result=True, photos=("photo",)) == "reported"


def test_the_workers_of_that_grid_see_the_case_look_and_photograph_it(
    do, connection, case, staffed
):
    staffed(EASTERN)
    neighbour = worker_of(EASTERN)
    with as_application(connection, neighbour) as ours, pytest.raises(NotFound):
        queries.one(ours, neighbour, case)

    do(ACCEPTOR, "request_check")

    with as_application(connection, neighbour) as ours:
        row = queries.one(ours, neighbour, case)
        photos.check_may_add(ours, case, uuid4(), actor=neighbour)
    assert row["state"] == "to_check"
    assert do(neighbour, "report_check", result=True, photos=("photo",)) == "reported"


def test_they_see_it_until_somebody_goes_on_from_what_they_found(do, connection, case, staffed):
    staffed(EASTERN)
    neighbour = worker_of(EASTERN)
    do(ACCEPTOR, "request_check")
    do(neighbour, "report_check", result=True, photos=("photo",))

    do(ACCEPTOR, "file", standard=True)

    assert asked(connection, case) is None
    with as_application(connection, neighbour) as ours, pytest.raises(NotFound):
        queries.one(ours, neighbour, case)


def test_whoever_reported_the_case_goes_on_seeing_it(do, connection, case, staffed):
    staffed(EASTERN)
    neighbour = worker_of(EASTERN)
    reported = text("UPDATE incidents SET reported_by = :name")
    connection.execute(reported, {"name": neighbour.name})
    do(ACCEPTOR, "request_check")
    do(neighbour, "report_check", result=True, photos=("photo",))

    do(ACCEPTOR, "file", standard=True)

    with as_application(connection, neighbour) as ours:
        assert queries.one(ours, neighbour, case)["state"] == "filed"


def test_a_check_goes_on_whatever_else_is_done_meanwhile(do, connection, case, staffed, cast, noon):
    staffed(EASTERN)
    do(ACCEPTOR, "request_check")

    do(CHIEF, "suspend", reason="x", until=date(2026, 11, 20))
    do(CHIEF, "resume")
    do(ACCEPTOR, "merge", reason="x", into=cast.report(119.9091, 29.7030, noon))

    assert do(ACCEPTOR, "unmerge", reason="x") == "to_check"
    assert asked(connection, case) == EASTERN


def test_they_may_do_no_more_than_that(do, connection, case, staffed, noon):
    staffed(EASTERN)
    neighbour = worker_of(EASTERN)
    do(ACCEPTOR, "request_check")
    do(neighbour, "report_check", result=True, photos=("photo",))

    assert queries.verbs(neighbour, queries.one(connection, neighbour, case), noon) == []
    with pytest.raises(Forbidden, match="may_not_step"):
        do(neighbour, "fix_on_spot", photos=("photo_before", "photo_after"))


def test_nobody_is_told_who_would_look_at_a_case_out_of_sight(connection, case, staffed):
    staffed(OWN)
    eastern = actor_of("e", [Grant(Role.ACCEPTOR, Area(AreaKind.TOWNSHIP, EAST), DAY)], DAY)

    with as_application(connection, eastern) as ours, pytest.raises(NotFound, match="no_incident"):
        queries.checkers(ours, eastern, case, DAY)


@pytest.mark.parametrize("role", [Role.DEPARTMENT, Role.DISPATCHER])
def test_whoever_sees_a_case_and_asks_for_no_check_is_not_told_who_would_look(
    role, connection, case, staffed
):
    staffed(EASTERN)
    looker = actor_of("w", [Grant(role, Area(AreaKind.TOWNSHIP, WEST), DAY)], DAY)

    with as_application(connection, looker) as ours, pytest.raises(Forbidden, match="may_not"):
        queries.checkers(ours, looker, case, DAY)
