"""What people are given to do from when till when, and who is left to give it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, select, text

from layers import db
from layers.access import Actor, Verb
from layers.db import Page
from layers.errors import Conflict, Invalid, NotFound
from layers.journal.tables import Entry
from layers.people import actions, queries
from layers.people.queries import Wanted
from layers.people.rules import State
from layers.people.tables import Power
from layers.roles import BUREAU, Area, AreaKind, Role
from tests.cast import EAST, WEST
from tests.conftest import migrated_database

TODAY, DAY = date(2026, 11, 16), timedelta(days=1)
TOMORROW, NEXT_MONTH = TODAY + DAY, TODAY + 30 * DAY
IN_WEST, IN_EAST = Area(AreaKind.TOWNSHIP, WEST), Area(AreaKind.TOWNSHIP, EAST)


@pytest.fixture
def who(planner: Actor, noon: datetime) -> dict[str, object]:
    return {"actor": planner, "at": noon, "today": TODAY}


@pytest.fixture
def join(connection: Connection, who, planner: Actor, noon: datetime):
    """Somebody with a password and a role."""

    def joined(login: str, role: Role = Role.PLANNER, area: Area = IN_WEST) -> UUID:
        person = actions.add_person(connection, login, login.title(), actor=planner, at=noon)
        actions.set_password(connection, person, "hash", actor=planner, at=noon)
        actions.grant(connection, person, role, area, **who)
        return person

    return joined


def days(connection: Connection, person: UUID) -> list[tuple[str, date, date | None]]:
    asked = select(Power.area_code, Power.valid_from, Power.valid_to)
    rows = connection.execute(asked.where(Power.person_id == person).order_by(Power.id))
    return [tuple(row) for row in rows]


def power_of(connection: Connection, person: UUID) -> int:
    asked = select(Power.id).where(Power.person_id == person)
    return connection.execute(asked.order_by(Power.id.desc()).limit(1)).scalar_one()


# --- Days ---------------------------------------------------------------------------------------


def test_a_power_for_some_days_is_held_on_those_alone(connection, cast, join, who, planner, noon):
    person = join("a")

    actions.grant(connection, person, Role.LEADER, IN_EAST, since=TOMORROW, until=NEXT_MONTH, **who)

    for day, held in ((TODAY, 1), (TOMORROW, 2), (NEXT_MONTH - DAY, 2), (NEXT_MONTH, 1)):
        assert len(queries.one(connection, planner, "a", today=day)["powers"]) == held
    assert len(queries.detail(connection, planner, person, at=noon, today=TODAY).powers) == 2


@pytest.mark.parametrize(
    ("since", "until", "refused"),
    [(TODAY - DAY, None, "day_past"), (TOMORROW, TOMORROW, "power_ends_first")],
)
def test_a_power_of_the_past_or_of_no_day_is_refused(connection, join, who, since, until, refused):
    with pytest.raises(Invalid, match=refused):
        actions.grant(connection, join("a"), Role.LEADER, BUREAU, since=since, until=until, **who)


def test_giving_what_is_held_changes_nothing(connection, join, who):
    person = join("a")

    actions.grant(connection, person, Role.PLANNER, IN_WEST, **who)
    actions.grant(
        connection, person, Role.PLANNER, IN_WEST, since=TOMORROW, until=NEXT_MONTH, **who
    )

    assert days(connection, person) == [(WEST, TODAY, None)]


def test_a_power_beside_a_part_of_itself_is_refused_so_that_revoking_takes_all(
    connection, join, who
):
    person = join("a")
    actions.grant(connection, person, Role.LEADER, IN_WEST, since=TOMORROW, **who)

    with pytest.raises(Conflict, match="power_overlaps"):
        actions.grant(connection, person, Role.LEADER, IN_WEST, **who)


def test_a_power_ends_on_a_day_to_come_and_no_later_than_it_would(connection, join, who):
    person = join("a")
    power = power_of(connection, person)

    actions.revoke(connection, person, power, on=NEXT_MONTH, **who)

    assert days(connection, person) == [(WEST, TODAY, NEXT_MONTH)]
    with pytest.raises(NotFound, match="no_power"):
        actions.revoke(connection, person, power, on=NEXT_MONTH + DAY, **who)


def test_a_power_to_come_that_is_taken_back_never_begins(connection, join, who):
    person = join("a")
    actions.grant(connection, person, Role.LEADER, BUREAU, since=NEXT_MONTH, **who)
    power = power_of(connection, person)

    actions.revoke(connection, person, power, **who)

    assert days(connection, person)[-1] == ("", NEXT_MONTH, NEXT_MONTH)
    with pytest.raises(NotFound, match="no_power"):
        actions.revoke(connection, person, power, **who)


def test_a_power_is_revoked_from_its_own_person_alone(connection, join, who):
    person, other = join("a"), join("b")

    with pytest.raises(NotFound, match="no_power"):
        actions.revoke(connection, other, power_of(connection, person), **who)


def test_a_transfer_ends_one_power_on_the_day_on_which_the_other_begins(connection, join, who):
    person = join("a")

    actions.transfer(
        connection, person, power_of(connection, person), Role.PLANNER, IN_EAST, on=TOMORROW, **who
    )

    assert days(connection, person) == [(WEST, TODAY, TOMORROW), (EAST, TOMORROW, None)]


# --- Who is left --------------------------------------------------------------------------------


@pytest.fixture
def administrator(join) -> UUID:
    return join("root", Role.ADMINISTRATOR, BUREAU)


def test_the_last_administrator_keeps_the_power_and_the_account(connection, administrator, who):
    power = power_of(connection, administrator)

    for takes_away in (
        lambda: actions.disable(connection, administrator, **who),
        lambda: actions.revoke(connection, administrator, power, **who),
        lambda: actions.revoke(connection, administrator, power, on=NEXT_MONTH, **who),
    ):
        with pytest.raises(Conflict, match="last_administrator"), connection.begin_nested():
            takes_away()


def test_who_cannot_sign_in_or_will_soon_end_does_not_count_as_an_administrator(
    connection, administrator, join, who, planner, noon
):
    new = actions.add_person(connection, "new", "", actor=planner, at=noon)
    actions.grant(connection, new, Role.ADMINISTRATOR, BUREAU, **who)
    guest = join("guest")
    actions.grant(connection, guest, Role.ADMINISTRATOR, BUREAU, until=NEXT_MONTH, **who)

    with pytest.raises(Conflict, match="last_administrator"), connection.begin_nested():
        actions.disable(connection, administrator, **who)


def test_with_two_administrators_one_may_go(connection, administrator, join, who):
    join("second", Role.ADMINISTRATOR, BUREAU)

    actions.disable(connection, administrator, **who)

    asked = text("SELECT login FROM people WHERE state = 'active'")
    assert connection.execute(asked).scalars().all() == ["second"]


def test_nobody_voids_the_own_password(connection, administrator, noon):
    own = Actor(str(administrator), frozenset(Verb))

    with pytest.raises(Conflict, match="own_code"):
        actions.issue_codes(connection, {administrator: b"code"}, actor=own, at=noon)


@pytest.fixture(scope="module")
def beside(cluster) -> Iterator[Engine]:
    """A database of this file's own, on which several work at the same time."""
    url = migrated_database(cluster, "test_powers")
    engine = db.connect(url)
    yield engine
    engine.dispose()


def test_two_administrators_who_disable_each_other_at_the_same_time_do_not_both_succeed(
    beside: Engine, planner: Actor, noon: datetime
):
    who = {"actor": planner, "at": noon, "today": TODAY}
    with beside.begin() as connection:
        one, other = [
            actions.add_person(connection, login, "", actor=planner, at=noon)
            for login in ("one", "other")
        ]
        for person in (one, other):
            actions.set_password(connection, person, "hash", actor=planner, at=noon)
            actions.grant(connection, person, Role.ADMINISTRATOR, BUREAU, **who)

    def disable(person: UUID) -> None:
        with beside.begin() as connection:
            actions.disable(connection, person, **who)

    with ThreadPoolExecutor() as pool:
        with beside.begin() as first:
            actions.disable(first, one, **who)
            second = pool.submit(disable, other)
            with suppress(TimeoutError):
                second.result(0.2)

        with pytest.raises(Conflict, match="last_administrator"):
            second.result()


# --- Looking ------------------------------------------------------------------------------------


def test_people_are_found_by_login_name_role_area_and_state(connection, join, who, planner, noon):
    join("zhang.san")
    join("li_si", Role.LEADER, IN_EAST)
    actions.add_person(connection, "wang.wu", "王五", actor=planner, at=noon)
    actions.disable(connection, join("zhao.liu"), **who)

    def found(**wanted: object) -> list[str]:
        rows = queries.listed(connection, planner, Page(), Wanted(**wanted), today=TODAY)
        return [row["login"] for row in rows]

    assert found(text="ＺＨＡＮＧ") == ["zhang.san"]
    assert found(text="五") == ["wang.wu"]
    assert found(text="_") == ["li_si"]
    assert found(role=Role.PLANNER) == ["zhang.san", "zhao.liu"]
    assert found(areas={EAST}) == ["li_si"]
    assert found(role=Role.PLANNER, areas={EAST}) == []
    assert found(state=State.WAITING) == ["wang.wu"]
    assert found(state=State.DISABLED) == ["zhao.liu"]
    assert len(found()) == 4


def test_looking_at_somebody_is_written_down(connection, join, who):
    person = join("zhang.san")

    actions.look_at(connection, person, **who)
    actions.list_waiting(connection, "", **who)

    asked = select(Entry.kind, Entry.subject, Entry.details).where(Entry.verb == "read")
    assert connection.execute(asked.order_by(Entry.id)).all() == [
        ("people", str(person), {"rows": 1}),
        ("people", "", {"rows": 0}),
    ]


def test_a_name_is_corrected_and_stays_out_of_the_journal(connection, join, who, planner, noon):
    person = join("zhang.san")

    actions.rename(connection, person, " <script>张</script> ", actor=planner, at=noon)

    assert (
        queries.one(connection, planner, "zhang.san", today=TODAY)["name"] == "<script>张</script>"
    )
    with pytest.raises(Invalid, match="bad_name"):
        actions.rename(connection, person, "\u202egnahz", actor=planner, at=noon)
    assert "张" not in str(connection.execute(select(Entry.details)).all())
