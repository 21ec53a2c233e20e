"""Signing out, what ends at once, and what is remembered of whom."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from api import remembered as remembered_module
from layers.people import actions, rules
from layers.roles import Area, AreaKind, Role
from tests.api.signing_in.office import (
    IN_EAST,
    IN_WEST,
    TO_SIGN_IN,
    TODAY,
    Clock,
    Office,
    Open,
    bearer,
    by_form,
    enter,
    field,
    led,
)
from tests.cast import EAST, WEST

# --- Signing out, and what ends at once ---------------------------------------------------------


def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: Open, office: Office):
    _, login = office.join()
    here = browser()
    enter(here, login)
    kept = here.cookies["gridpatrol"]

    out = here.post("/sign-out", data={"csrf": field(here.get("/planning"))})

    assert led(out) == (303, "/sign-in")
    assert "gridpatrol" not in here.cookies
    here.cookies.set("gridpatrol", kept)
    assert led(here.get("/planning")) == TO_SIGN_IN


def test_a_lost_phone_is_signed_out_from_another_device(browser: Open, office: Office):
    _, login = office.join()
    here, phone = browser(), browser()
    enter(here, login)
    enter(phone, login)
    assert phone.get("/api/townships").status_code == 200

    here.post("/sign-out", data={"csrf": field(here.get("/planning")), "everywhere": "true"})

    assert [one.get("/api/townships").status_code for one in (here, phone)] == [401, 401]


def test_one_of_ones_devices_is_signed_out_and_nobody_elses(browser: Open, office: Office):
    _, login = office.join()
    here, phone, other = browser(), browser(), browser()
    for one in (here, phone):
        enter(one, login)
    enter(other, office.join()[1])
    page = here.get("/account")
    theirs = re.search(r"/account/sessions/[\w-]+/end", other.get("/account").text)
    assert page.text.count("this device") == 1
    [end] = re.findall(r"/account/sessions/[\w-]+/end", page.text)
    assert theirs is None  # one's only device is this one

    assert led(here.post(end, data={"csrf": field(page)})) == (303, "/account?done=session")

    assert [one.get("/api/townships").status_code for one in (here, phone)] == [200, 401]
    again = other.post(end, data={"csrf": field(other.get("/account"))})
    assert again.status_code == 404


def test_the_account_names_roles_and_areas_of_today(browser: Open, office: Office):
    person, login = office.join(Role.DISPATCHER, IN_WEST)
    office.do(actions.grant, person, Role.SQUAD_LEADER, Area(AreaKind.SQUAD, "S1"), today=TODAY)
    here = browser()
    enter(here, login)

    shown = here.get("/account").text

    assert "dispatcher" in shown and "西街" in shown and WEST in shown
    assert "squad leader" in shown and "S1" in shown
    assert EAST not in shown


@pytest.mark.parametrize("how", ["session", "token"])
def test_who_leaves_is_out_with_the_next_request(browser: Open, office: Office, how: str):
    """The change comes from another process: the database tells this one to forget."""
    person, login = office.join()
    program = browser()
    secret = by_form(program, login).json()["access_token"] if how == "session" else None
    mine = bearer(secret or office.token(person))
    assert program.get("/api/townships", headers=mine).status_code == 200

    office.do(actions.disable, person, today=TODAY)

    assert soon(lambda: program.get("/api/townships", headers=mine).status_code, 401)


def test_a_transfer_holds_with_the_next_request(browser: Open, office: Office):
    person, login = office.join(area=IN_WEST)
    here = browser()
    enter(here, login)
    assert [item["code"] for item in here.get("/api/townships").json()["items"]] == [WEST]

    power = office.power(person)
    office.do(actions.transfer, person, power, Role.PLANNER, IN_EAST, today=TODAY)

    assert soon(
        lambda: [item["code"] for item in here.get("/api/townships").json()["items"]], [EAST]
    )


def soon(asked: Callable[[], object], wanted: object) -> bool:
    """The word of another process takes a moment; what is remembered would last five seconds."""
    return any(asked() == wanted for _ in range(50))


def test_without_the_databases_word_nobody_is_remembered_for_longer_than_five_seconds(
    browser: Open, office: Office, monkeypatch: pytest.MonkeyPatch
):
    person, login = office.join()
    program, remembered = browser(), browser().app.state.remembered
    mine = bearer(by_form(program, login).json()["access_token"])
    monkeypatch.setattr(remembered, "forget", lambda **_: None)
    assert program.get("/api/townships", headers=mine).status_code == 200
    office.do(actions.disable, person, today=TODAY)

    kept = program.get("/api/townships", headers=mine).status_code
    begun = remembered_module.monotonic()
    monkeypatch.setattr(remembered_module, "monotonic", lambda: begun + 5)
    after = program.get("/api/townships", headers=mine).status_code

    assert (kept, after) == (200, 401)


def test_a_session_ends_idle_and_lives_while_it_is_used(
    browser: Open, office: Office, clock: Clock
):
    _, login = office.join()
    here = browser()
    enter(here, login)

    for _ in range(3):
        clock.now += rules.IDLE - timedelta(minutes=2)
        here.app.state.remembered.forget()
        assert here.get("/planning").status_code == 200
    clock.now += rules.IDLE
    here.app.state.remembered.forget()

    assert led(here.get("/planning")) == TO_SIGN_IN


# --- A crowd ------------------------------------------------------------------------------------


def test_what_is_remembered_stays_bounded(browser: Open, office: Office, monkeypatch):
    _, login = office.join()
    program, remembered = browser(), browser().app.state.remembered
    monkeypatch.setattr(remembered_module, "MOST", 2)

    for _ in range(5):
        mine = bearer(by_form(program, login).json()["access_token"])
        assert program.get("/api/account", headers=mine).status_code == 200

    assert len(remembered._kept) <= 2
