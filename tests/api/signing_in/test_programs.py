"""Programs with a token of their own or for login and password, and whoever guesses."""

import re
from csv import DictReader
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest

from layers.roles import Role
from tests.api.signing_in.office import (
    NOON,
    OTHER,
    PASSWORD,
    STRANGER,
    Clock,
    Office,
    Open,
    bearer,
    by_form,
    enter,
    field,
    led,
)


def test_a_program_gets_a_token_for_login_and_password_and_ends_it(browser: Open, office: Office):
    _, login = office.join()
    program = browser()

    given = by_form(program, login)

    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    assert given.json().items() >= {"token_type": "bearer", "expires_in": 2_592_000}.items()
    mine = bearer(given.json()["access_token"])
    account = program.get("/api/account", headers=mine).json()
    assert UUID(account.pop("id"))
    assert account == {
        "login": login, "name": "张三<b>", "verbs": ["plan", "study"], "squads": [],
        "csrf": None,
    }  # fmt: skip
    assert program.delete("/api/token", headers=mine).status_code == 204
    assert program.get("/api/account", headers=mine).status_code == 401


def test_a_program_does_not_end_the_token_that_it_was_given(browser: Open, office: Office):
    person, _ = office.join()
    program, mine = browser(), bearer(office.token(person))

    assert program.delete("/api/token", headers=mine).status_code == 404
    assert program.get("/api/account", headers=mine).status_code == 200


@pytest.mark.parametrize("path", ["/sign-out", "/account/sessions/{own}/end",
                                  "/account/tokens/{own}/end", "/choose-password"])  # fmt: skip
def test_no_program_takes_from_its_person_what_they_sign_in_with(
    browser: Open, office: Office, path: str
):
    person, login = office.join()
    here, program = browser(), bearer(office.token(person))
    enter(here, login)
    sent = {"everywhere": "true", "password": OTHER, "again": OTHER, "old": PASSWORD}

    answer = browser().post(path.format(own=uuid4()), data=sent, headers=program | PLAIN)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_by_token")
    assert here.get("/api/townships").status_code == 200


PLAIN = {"accept": "application/json"}


def test_a_person_sees_the_programs_that_do_their_work_and_ends_one(browser: Open, office: Office):
    person, login = office.join()
    here, mine = browser(), bearer(office.token(person, "plan"))
    enter(here, login)
    page = here.get("/account")
    [end] = re.findall(r"/account/tokens/[\w-]+/end", page.text)

    ended = here.post(end, data={"csrf": field(page)})

    assert "issued by an administrator" in page.text and "gateway" in page.text
    assert led(ended) == (303, "/account?done=token")
    assert "/account/tokens/" not in here.get("/account?done=token").text
    assert browser().get("/api/townships", headers=mine).status_code == 401


def test_a_useless_scope_is_refused_with_all_that_is_useless(browser: Open, office: Office):
    person, _ = office.join()
    _, login = office.join(Role.ADMINISTRATOR)
    manager = bearer(by_form(browser(), login).json()["access_token"])
    wanted = {"name": "x", "scopes": ["plan", "import", "audit"], "days": 1}

    answer = browser().post(f"/api/people/{person}/tokens", json=wanted, headers=manager)

    assert (answer.status_code, answer.json()["code"]) == (422, "useless_scope")
    assert "audit, import. They hold: plan, read, study" in answer.json()["title"]


def test_the_journal_names_the_token_and_whose_word_it_was(browser: Open, office: Office):
    person, _ = office.join(Role.AUDITOR)
    _, login = office.join(Role.ADMINISTRATOR)
    here = browser()
    manager = bearer(by_form(here, login).json()["access_token"])
    wanted = {"name": "archive", "scopes": ["audit"], "days": 1}
    given = here.post(f"/api/people/{person}/tokens", json=wanted, headers=manager).json()
    program = bearer(given["secret"])
    about = {"actor": str(person), "kind": "journal"}

    here.get("/api/journal.csv", params=about, headers=program)
    [row] = here.get("/api/journal", params=about, headers=program).json()["items"]
    [line] = DictReader(
        StringIO(here.get("/api/journal.csv", params=about, headers=program).text[1:])
    )

    assert (row["verb"], row["token_name"], row["token_issuer"]) == ("read", "archive", login)
    assert {line[name] for name in ("token", "token_name", "token_issuer")} == {
        row["token"], "archive", login,
    }  # fmt: skip
    assert row["token"] in here.get(f"/api/people/{person}", headers=manager).text


def test_a_wrong_password_gets_no_token(browser: Open, office: Office):
    _, login = office.join()

    answer = by_form(browser(), login, "wrong horse battery")

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_password")


def test_guessing_is_slowed_and_the_person_signs_in_from_a_known_address(
    browser: Open, office: Office
):
    _, login = office.join()
    assert by_form(browser(), login).status_code == 200
    guesser = browser(address=STRANGER)

    guesses = [by_form(guesser, login, f"guess number {n}") for n in range(8)]
    shown = enter(guesser, login)

    assert [guess.status_code for guess in guesses] == [401] * 5 + [429] * 3
    assert guesses[-1].json()["code"] == "too_many_tries"
    assert guesses[-1].headers["retry-after"] == str(guesses[-1].json()["values"]["seconds"]) == "1"
    assert (shown.status_code, shown.headers["retry-after"]) == (429, "1")
    assert "try again in 1 s" in shown.text
    assert by_form(browser(), login).status_code == 200


def test_failed_sign_ins_are_counted_without_a_name(browser: Open, office: Office):
    _, login = office.join()
    here = browser(address="127.0.0.1")
    by_form(here, login, "wrong horse battery")

    told = here.get("/metrics").text

    assert re.search(r'gridpatrol_sign_ins_failed_total\{code="wrong_password"\} \d', told)
    assert login not in told


def test_the_figures_are_for_this_machine_and_administrators(browser: Open, office: Office):
    planner, _ = office.join()
    administrator, _ = office.join(Role.ADMINISTRATOR)
    afar = browser(address=STRANGER)
    asked = [
        afar.get("/metrics", headers={"accept": "text/plain", **headers}).status_code
        for headers in (
            {}, bearer(office.token(planner, "plan")), bearer(office.token(administrator)),
            bearer(office.token(administrator, "manage")),
        )
    ]  # fmt: skip

    assert asked == [401, 403, 403, 200]


def test_a_token_does_no_more_than_its_scopes_and_ends_on_its_day(
    browser: Open, office: Office, clock: Clock
):
    person, _ = office.join()
    program, week = browser(), {"json": {"week": "2026-W48"}}
    reading = bearer(office.token(person))
    planning = bearer(office.token(person, "plan", life=timedelta(days=1)))

    assert program.get("/api/townships", headers=reading).status_code == 200
    refused = program.post("/api/plans", **week, headers=reading)
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not")
    assert refused.json()["title"] == "You may not do this: plan"
    assert program.post("/api/plans", **week, headers=planning).status_code == 202

    clock.now = NOON + timedelta(days=1)
    program.app.state.remembered.forget()
    assert program.post("/api/plans", **week, headers=planning).status_code == 401


def test_a_token_gives_nobody_a_token_or_a_power(browser: Open, office: Office):
    person, _ = office.join(Role.ADMINISTRATOR)
    program, managing = browser(), bearer(office.token(person, "manage"))
    asked = {"tokens": {"name": "x", "scopes": ["audit"], "days": 1},
             "powers": {"role": "leader"}, "code": None}  # fmt: skip

    answers = [
        program.post(f"/api/people/{person}/{what}", json=sent, headers=managing)
        for what, sent in asked.items()
    ]

    assert [answer.json()["code"] for answer in answers] == ["not_by_token"] * 3
