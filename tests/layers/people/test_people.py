"""Who somebody is and what they may do where, taken on one by one or from a file."""

from datetime import date, datetime
from time import perf_counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, text

from layers.access import Actor, Verb, actor_of
from layers.db import Page
from layers.errors import Conflict, Forbidden, Invalid
from layers.journal.tables import Entry
from layers.people import actions, queries, rules
from layers.people.tables import Person, Power
from layers.roles import BUREAU, VERBS, Area, AreaKind, Grant, Role
from maps import theme
from tests.cast import EAST, WEST
from tests.layers.people.bureau import DAY, IN_WEST, PASSWORD_HASH, SECOND, TODAY, changes, digest

# --- Roles and areas ----------------------------------------------------------------------------


def test_every_role_stands_in_the_table_of_verbs_and_in_both_catalogues():
    words = [*(f"role.{role}" for role in Role), *(f"verb.{verb}" for verb in Verb)]

    assert set(VERBS) == set(Role)
    assert all(word in theme.catalogue(language) for word in words for language in theme.LANGUAGES)


def test_an_actor_has_the_verbs_and_townships_of_all_grants_that_hold():
    grants = [
        Grant(Role.PLANNER, IN_WEST, TODAY),
        Grant(Role.LEADER, Area(AreaKind.TOWNSHIP, EAST), TODAY, TODAY + DAY),
        Grant(Role.ADMINISTRATOR, BUREAU, TODAY - DAY, TODAY),
        Grant(Role.GRID_WORKER, Area(AreaKind.GRID, "G1"), TODAY + DAY),
        Grant(Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S1"), TODAY),
    ]

    actor = actor_of("p", grants, TODAY)

    held = (Role.PLANNER, Role.LEADER, Role.SQUAD_MEMBER)
    assert actor.verbs == frozenset().union(*(VERBS[role] for role in held))
    assert actor.townships == {WEST, EAST}
    assert (actor.squads, actor.grids) == ({"S1"}, frozenset())


def test_one_power_over_the_bureau_shows_all_of_it():
    grants = [Grant(Role.PLANNER, IN_WEST, TODAY), Grant(Role.LEADER, BUREAU, TODAY)]

    assert actor_of("p", grants, TODAY).townships is None


def test_without_a_grant_nothing_is_seen_or_done():
    actor = actor_of("p", [], TODAY)

    assert (actor.verbs, actor.townships) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("role", "code", "refused"),
    [
        (Role.RESIDENT, "", "role_not_given"),
        (Role.GRID_WORKER, "", "area_needed"),
        (Role.ADMINISTRATOR, WEST, "area_not_for_role"),
        (Role.DISPATCHER, "S1", "unknown_area"),
        (Role.DISPATCHER, "nowhere", "unknown_area"),
    ],
)
def test_a_role_in_the_wrong_area_is_refused_in_words(role: Role, code: str, refused: str):
    there = {AreaKind.TOWNSHIP: {WEST}, AreaKind.SQUAD: {"S1"}}

    with pytest.raises(Invalid) as refusal:
        rules.area_of(role, code, there)

    assert refusal.value.code == refused
    assert all(f"problem.{refused}" in theme.catalogue(one) for one in theme.LANGUAGES)


def test_a_code_means_the_kind_of_area_that_it_names(connection: Connection, cast):
    grid = f"{WEST}001001"
    there = queries.areas(connection, [WEST, grid, "S1"], squads={"S1"}, today=TODAY)

    assert rules.area_of(Role.GRID_WORKER, grid, there) == Area(AreaKind.GRID, grid)
    assert rules.area_of(Role.GRID_WORKER, WEST, there) == IN_WEST
    assert rules.area_of(Role.SQUAD_LEADER, "S1", there) == Area(AreaKind.SQUAD, "S1")
    assert rules.area_of(Role.PLANNER, "", there) == BUREAU


# --- People -------------------------------------------------------------------------------------


@given(st.text(max_size=80))
def test_a_login_that_is_folded_folds_no_further(login: str):
    once = rules.folded(login)

    assert not rules.is_login(once) or rules.folded(once) == once


def test_two_logins_that_look_alike_are_the_same(join, connection, planner, noon):
    join("zhang.san")

    with pytest.raises(Conflict, match="login_taken"):
        actions.add_person(connection, "ＺＨＡＮＧ.San ", "", actor=planner, at=noon)


@pytest.mark.parametrize("login", ["", " ", "zhang san", "a\x00b", "x" * 65, "a\u202eb"])
def test_a_login_that_cannot_be_read_aloud_is_refused(login, connection, planner, noon):
    with pytest.raises(Invalid, match="bad_login"):
        actions.add_person(connection, login, "", actor=planner, at=noon)


def test_a_password_is_long_and_not_the_login_and_that_is_all():
    rules.check_password("zhang.san", "一二三四五六七八九十")

    with pytest.raises(Invalid, match="password_length"):
        rules.check_password("zhang.san", "Tr0ub4d&3")
    with pytest.raises(Invalid, match="password_is_login"):
        rules.check_password("zhang.san.1", "ZHANG.San.1")


def test_only_who_manages_people_may_touch_them(join, connection, noon):
    person, clerk = join(), Actor("clerk", frozenset(Verb) - {Verb.MANAGE})

    for action in (
        *changes(connection, person, clerk, noon),
        lambda: queries.listed(connection, clerk, Page(), today=TODAY),
        lambda: queries.one(connection, clerk, "zhang.san", today=TODAY),
        lambda: actions.list_waiting(connection, "", today=TODAY, actor=clerk, at=noon),
        lambda: actions.look_at(connection, person, today=TODAY, actor=clerk, at=noon),
        lambda: queries.tokens(connection, clerk, Page(), at=noon),
    ):
        with pytest.raises(Forbidden, match="may_not"):
            action()


def test_people_are_listed_with_what_they_hold_and_without_their_secrets(join, connection, planner):
    join("b", Role.LEADER, BUREAU)
    join("a")

    first, second = queries.listed(connection, planner, Page(), today=TODAY)
    behind = queries.listed(connection, planner, Page(after="a"), today=TODAY)

    assert (first["login"], second["login"]) == ("a", "b")
    held = {"role": "planner", "kind": "township", "area": WEST, "area_name": None}
    assert [power | held for power in first["powers"]] == first["powers"]
    assert [person["login"] for person in behind] == ["b"]
    assert not {"password_hash", "code_hash"} & set(first)


def test_of_who_left_the_name_goes_and_the_id_stays(join, connection, planner, noon):
    gone, here = join("li.si"), join("zhang.san")
    actions.issue_token(connection, gone, "李四的程序", digest("t"), [],
                        life=None, actor=planner, at=noon, today=TODAY)  # fmt: skip
    actions.disable(connection, gone, actor=planner, at=noon, today=TODAY)
    due = {"limit": 9, "actor": planner}

    early = actions.forget_names(connection, before=noon, **due)
    forgotten = actions.forget_names(connection, before=noon + SECOND, **due)
    again = actions.forget_names(connection, before=noon + SECOND, **due)

    assert (early, forgotten, again) == ([], [str(gone)], [])
    names = connection.execute(select(Person.id, Person.login, Person.name)).all()
    assert {tuple(row) for row in names} == {
        (gone, str(gone), str(gone)), (here, "zhang.san", "张三"),
    }  # fmt: skip
    assert connection.execute(text("SELECT count(*) FROM tokens")).scalar_one() == 0


# --- Import -------------------------------------------------------------------------------------


@pytest.fixture
def take(connection: Connection, planner: Actor, noon: datetime, cast):
    """Import rows of (login, name, role, area)."""

    def taken(*rows: tuple[str | None, ...], today: date = TODAY, squads=frozenset({"S1"})):
        frame = pd.DataFrame(rows, columns=["login", "name", "role", "area"])
        return actions.import_people(
            connection, frame, squads=squads, actor=planner, at=noon, today=today
        )

    return taken


def powers(connection: Connection, planner: Actor, login: str, today: date = TODAY):
    found = queries.one(connection, planner, login, today=today)
    return sorted((power["role"], power["area"]) for power in found["powers"])


def test_people_are_imported_and_twice_is_once(take, connection, planner):
    rows = [("Zhang.San", "张三", "网格员", f"{WEST}001001"), ("lisi", None, "planner", None)]

    first, second = take(*rows), take(*rows)

    assert (first.new, second.new, second.unchanged) == (2, 0, 2)
    assert powers(connection, planner, "zhang.san") == [("grid_worker", f"{WEST}001001")]
    assert queries.one(connection, planner, "lisi", today=TODAY)["name"] == "lisi"


def test_a_file_transfers_whom_it_names_and_keeps_other_roles(take, connection, planner):
    take(("a", "A", "acceptor", WEST), ("a", "A", "planner", None))

    outcome = take(("a", "B", "acceptor", EAST), today=TODAY + DAY)

    assert (outcome.new, outcome.changed) == (0, 1)
    assert powers(connection, planner, "a", TODAY) == [("acceptor", WEST), ("planner", "")]
    assert powers(connection, planner, "a", TODAY + DAY) == [("acceptor", EAST), ("planner", "")]
    assert queries.one(connection, planner, "a", today=TODAY)["name"] == "B"


def test_rows_that_cannot_be_are_refused_with_the_reason(take, connection, planner, noon):
    take(("gone", "G", "planner", None))
    gone = queries.one(connection, planner, "gone", today=TODAY)
    actions.disable(connection, gone["id"], actor=planner, at=noon, today=TODAY)

    outcome = take(
        ("gone", "G", "planner", None), ("with space", "", "planner", None),
        ("b", "", "king", None), ("c", "", "grid_worker", None),
        ("d", "", "administrator", WEST), ("e", "", "planner", "nowhere"),
        ("f", "", "planner", WEST), ("f", "", "planner", WEST),
    )  # fmt: skip

    assert {reason["code"]: reason["rows"] for reason in outcome.reasons} == {
        "has_left": [1], "bad_login": [2], "unknown_role": [3], "area_needed": [4],
        "area_not_for_role": [5], "unknown_area": [6],
    }  # fmt: skip
    assert (outcome.new, outcome.superseded, outcome.refused) == (1, 1, 6)
    for reason in outcome.reasons:
        assert f"refused.{reason['code']}" in theme.catalogue("zh")


def test_an_area_that_lost_its_leading_zero_is_found_where_only_one_fits(take, connection, planner):
    connection.execute(text("UPDATE squads SET code = '007' WHERE code = 'S1'"))

    outcome = take(("a", "A", "squad_member", "7"), ("b", "B", "planner", None), squads={"007"})

    assert powers(connection, planner, "a") == [("squad_member", "007")]
    assert outcome.warnings == [{"code": "leading_zero_restored", "field": "area", "rows": 1}]


def test_twenty_thousand_people_are_imported_within_seconds(take, connection):
    rows = [(f"worker{number}", f"网格员{number}", "网格员", WEST) for number in range(20_000)]

    begun = perf_counter()
    outcome = take(*rows)
    seconds = perf_counter() - begun

    assert outcome.new == 20_000
    assert connection.execute(select(func.count()).select_from(Power)).scalar_one() == 20_000
    assert seconds < 10


def test_nobody_who_was_imported_can_sign_in_before_a_code(take, connection, planner, noon):
    take(("a", "A", "planner", None), ("b", "B", "acceptor", WEST))

    who = {"actor": planner, "at": noon, "today": TODAY}
    waiting = actions.list_waiting(connection, "", **who)
    western = actions.list_waiting(connection, WEST, **who)

    secrets = select(func.count(Person.password_hash), func.count(Person.code_hash))
    assert connection.execute(secrets).one() == (0, 0)
    assert [person.login for person in waiting] == ["a", "b"]
    assert [person.login for person in western] == ["b"]


# --- The journal --------------------------------------------------------------------------------


def test_the_journal_tells_all_that_was_done_by_ids_alone(
    join, enter, token, take, connection, planner, noon
):
    person = join()
    enter(secret="phone")
    token(person, "plan")
    actions.end_token(connection, person, "gateway", actor=planner, at=noon)
    actions.issue_codes(connection, {person: digest("code")}, actor=planner, at=noon)
    actions.disable(connection, person, actor=planner, at=noon, today=TODAY)
    take(("lisi", "李四", "planner", None))

    rows = connection.execute(select(Entry.verb, Entry.actor, Entry.subject, Entry.details)).all()
    written = str(rows)

    assert {row.verb for row in rows} == {
        "add", "set_password", "grant", "sign_in", "issue_token", "end_token", "issue_codes",
        "disable", "imported",
    }  # fmt: skip
    secrets = ("zhang.san", "张三", "lisi", "李四", PASSWORD_HASH, "gateway",
               digest("phone").hex(), digest("code").hex(), digest("plant").hex())  # fmt: skip
    assert not [secret for secret in secrets if secret in written]
