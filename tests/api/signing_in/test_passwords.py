"""A one-time code, the password that is chosen with it, and secrets that are told nobody."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from api import logs, sessions
from layers.people import actions
from tests.api.signing_in.office import (
    OTHER,
    PASSWORD,
    TO_SIGN_IN,
    Office,
    Open,
    by_form,
    choose,
    enter,
    field,
    led,
)

# --- A one-time code ----------------------------------------------------------------------------


def test_a_code_signs_in_to_choose_a_password_and_to_nothing_else(browser: Open, office: Office):
    person, login = office.join(password=None)
    code = office.code(person)
    here = browser()

    assert led(enter(here, login, code.lower())) == (303, "/planning")
    assert led(here.get("/planning")) == (303, "/choose-password?next=%2Fplanning")
    refused = here.get("/api/townships")
    assert (refused.status_code, refused.json()["code"]) == (403, "choose_password")

    page = here.get("/choose-password?next=/planning")
    assert 'name="old"' not in page.text
    chosen = choose(here, page, PASSWORD)
    assert led(chosen) == (303, "/planning")
    assert here.get("/planning").status_code == 200
    assert enter(browser(), login, code).status_code == 401
    assert led(enter(browser(), login)) == (303, "/planning")


def test_whoever_came_with_a_code_can_sign_out(browser: Open, office: Office):
    person, login = office.join(password=None)
    here = browser()
    enter(here, login, office.code(person))

    out = here.post("/sign-out", data={"csrf": field(here.get("/choose-password"))})

    assert led(out) == (303, "/sign-in")
    assert led(here.get("/choose-password"))[0] == 303


@pytest.mark.parametrize(
    ("new", "again", "old", "wrong", "status"),
    [
        ("short", "short", PASSWORD, "10 to 256 letters", 422),
        (OTHER, OTHER + "!", PASSWORD, "The two passwords differ", 422),
        (OTHER, OTHER, "wrong horse battery", "The login or the password is wrong", 401),
        (OTHER, OTHER, "", "The login or the password is wrong", 401),
    ],
)
def test_a_password_is_not_changed_by_mistake_nor_without_the_old_one(
    browser: Open, office: Office, new: str, again: str, old: str, wrong: str, status: int
):
    _, login = office.join()
    here = browser()
    enter(here, login)

    answer = choose(here, here.get("/choose-password"), new, again, old)

    assert answer.status_code == status
    assert wrong in answer.text
    assert here.get("/planning").status_code == 200
    assert led(enter(browser(), login)) == (303, "/planning")


def test_a_changed_password_signs_out_everywhere_else(browser: Open, office: Office):
    _, login = office.join()
    here, lost = browser(), browser()
    enter(here, login)
    enter(lost, login)
    assert lost.get("/planning").status_code == 200

    changed = choose(here, here.get("/choose-password"), OTHER, old=PASSWORD)

    assert led(changed) == (303, "/account?done=password")
    assert "other devices are signed out" in here.get("/account?done=password").text
    assert led(lost.get("/planning")) == TO_SIGN_IN
    assert enter(browser(), login).status_code == 401


# --- Secrets ------------------------------------------------------------------------------------


@pytest.fixture
def said() -> Iterator[StringIO]:
    """What the server's log says, down to the least."""
    handlers, level = list(logging.root.handlers), logging.root.level
    out = StringIO()
    logs.configure(logging.DEBUG, out)
    yield out
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_no_secret_reaches_a_log_or_an_address(
    browser: Open, office: Office, said: StringIO, monkeypatch: pytest.MonkeyPatch
):
    person, login = office.join()
    here, code = browser(), office.code(person)

    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError(login, OTHER)

    enter(here, login, "wrong horse battery")
    enter(here, login, code)
    answers = [choose(here, here.get("/choose-password"), PASSWORD)]
    secret = here.cookies["gridpatrol"]
    monkeypatch.setattr(actions, "admit", broken)
    answers += [enter(here, login, OTHER), by_form(here, login, OTHER)]

    assert [answer.status_code for answer in answers] == [303, 500, 500]
    assert "ZeroDivisionError" in said.getvalue()
    for typed in ("wrong horse battery", PASSWORD, OTHER, code, secret, login):
        assert typed not in said.getvalue()
        assert all(typed not in answer.headers.get("location", "") for answer in answers)


def test_what_is_sent_back_does_not_tell_the_cookie():
    proof = sessions.Proof("gps_secret", by_cookie=True)

    assert "secret" not in f"{proof.csrf} {proof}"
