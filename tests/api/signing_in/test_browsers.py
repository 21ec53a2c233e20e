"""Strangers, and whoever signs in with a browser; what pages of others may not do."""

import re

import pytest

from tests.api.signing_in.office import (
    IN_WEST,
    PASSWORD,
    SAFE,
    TO_SIGN_IN,
    Office,
    Open,
    bearer,
    enter,
    field,
    led,
    token_of,
)
from tests.cast import WEST

# --- Nobody is let in unasked -------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/planning", "/admin", "/account", "/maps/squads.html"])
def test_a_page_leads_a_stranger_to_signing_in_and_back(browser: Open, path: str):
    answer = browser().get(path)

    assert led(answer) == (303, f"/sign-in?next={path.replace('/', '%2F')}")


def test_the_interface_tells_a_stranger_401_and_how_to_sign_in(browser: Open):
    answer = browser().get("/api/townships")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_route_asks_who_is_there_but_those_for_everybody(browser: Open):
    app = browser().app
    described = app.openapi()["paths"]
    unasked = {
        path
        for path, operations in described.items()
        for operation in operations.values()
        if "security" not in operation
    }

    assert unasked == {
        "/healthz", "/readyz", "/readyz/worker", "/api/token", "/api/problems/{code}",
        "/api/public/ticket", "/api/public/near", "/api/public/reports",
        "/api/public/reports/{token}", "/api/public/reports/{token}/photos/{photo_id}",
        "/api/public/reports/{token}/satisfaction",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/readyz", "/sign-in", "/api/openapi.json", "/api/docs",
     "/api/problems/not_signed_in", "/assets/theme.css"],
)  # fmt: skip
def test_what_everybody_may_read_needs_no_sign_in(browser: Open, path: str):
    assert browser().get(path).status_code == 200


def test_the_operator_has_no_token(browser: Open):
    for secret in ("operator", "gps_operator", "gpt_", ""):
        answer = browser().get("/api/townships", headers=bearer(secret))
        assert answer.status_code == 401


# --- A browser ----------------------------------------------------------------------------------


def test_a_browser_signs_in_and_is_led_to_where_it_wanted(browser: Open, office: Office):
    _, login = office.join(area=IN_WEST)
    here = browser()

    entered = enter(here, login.upper())

    assert led(entered) == (303, "/planning")
    page = here.get("/planning")
    assert "张三&lt;b&gt;" in page.text and "/account" in page.text
    seen = here.get("/api/townships").json()["items"]
    assert [township["code"] for township in seen] == [WEST]


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_other_hosts(
    browser: Open, office: Office
):
    _, login = office.join()

    plain = enter(browser(), login).headers["set-cookie"]
    safe = enter(browser(SAFE), login).headers["set-cookie"]

    assert re.fullmatch(
        r"gridpatrol=gps_[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax", plain
    )
    assert re.fullmatch(
        r"__Host-gridpatrol=gps_[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure",
        safe,
    )


def test_over_https_a_cookie_without_the_prefix_counts_for_nothing(browser: Open, office: Office):
    _, login = office.join()
    here, safe = browser(), browser(SAFE)
    enter(here, login)

    safe.cookies.set("gridpatrol", here.cookies["gridpatrol"])

    assert led(safe.get("/planning")) == TO_SIGN_IN


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/planning?week=2026-W48", "/planning?week=2026-W48"),
        ("/maps/热点.html", "/maps/%E7%83%AD%E7%82%B9.html"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("evil.example", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_on_to_paths_of_ours_only(
    browser: Open, office: Office, wanted: str, path: str
):
    _, login = office.join()

    assert led(enter(browser(), login, next=wanted)) == (303, path)


def test_whoever_signs_in_anew_leaves_no_session_behind(browser: Open, office: Office):
    _, login = office.join()
    _, other = office.join()
    here, elsewhere = browser(), browser()
    enter(here, login)
    before = here.cookies["gridpatrol"]

    enter(here, other)

    elsewhere.cookies.set("gridpatrol", before)
    assert led(elsewhere.get("/planning")) == TO_SIGN_IN
    assert other in here.get("/account").text


def test_a_page_that_is_not_ones_own_says_so_and_whom_to_ask(browser: Open, office: Office):
    _, login = office.join()
    here = browser()
    enter(here, login)

    refused = here.get("/admin")

    assert refused.status_code == 403
    assert "You may not do this: manage people" in refused.text
    assert "Ask your administrator" in refused.text
    assert 'href="/admin"' not in here.get("/planning").text


def test_a_wrong_password_is_told_on_the_page_and_the_login_kept(browser: Open, office: Office):
    _, login = office.join()

    answer = enter(browser(), login, "wrong horse battery")

    assert answer.status_code == 401
    assert "The login or the password is wrong" in answer.text
    assert f'value="{login}"' in answer.text and "wrong horse" not in answer.text
    assert "gps_" not in answer.headers["set-cookie"]


def test_what_was_typed_as_login_is_escaped(browser: Open):
    answer = enter(browser(), '"><script>alert(1)</script>')

    assert "<script>alert" not in answer.text


# --- Other pages than ours ----------------------------------------------------------------------


def test_a_form_that_is_not_ours_signs_nobody_in(browser: Open, office: Office):
    _, login = office.join()
    here, elsewhere = browser(), browser()
    fields = {"login": login, "password": PASSWORD}

    without = here.post("/sign-in", data=fields)
    of_another = field(elsewhere.get("/sign-in"))
    foreign = here.post("/sign-in", data={**fields, "csrf": of_another})

    for answer in (without, foreign):
        assert answer.status_code == 403
        assert "out of date" in answer.text
        assert "gps_" not in answer.headers["set-cookie"]


@pytest.mark.parametrize("sent", ["none", "wrong", "of another session"])
def test_a_cookie_alone_changes_nothing(browser: Open, office: Office, sent: str):
    _, login = office.join()
    here, other = browser(), browser()
    enter(here, login)
    enter(other, login)
    told = {"none": {}, "wrong": {"X-CSRF-Token": "0" * 64},
            "of another session": {"X-CSRF-Token": token_of(other.get("/planning"))}}  # fmt: skip

    for method, path in (("POST", "/api/plans"), ("DELETE", "/api/token"), ("POST", "/sign-out")):
        answer = here.request(method, path, headers={**told[sent], "accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_our_page")
    assert here.get("/planning").status_code == 200


def test_our_own_page_changes_things_with_its_token(browser: Open, office: Office):
    _, login = office.join()
    here = browser()
    enter(here, login)
    token = token_of(here.get("/planning"))

    answer = here.post("/api/plans", json={"week": "2026-W48"}, headers={"X-CSRF-Token": token})

    assert answer.status_code == 202
    assert here.get("/api/account").json()["csrf"] == token


def test_a_program_needs_no_such_token(browser: Open, office: Office):
    person, _ = office.join()
    secret = office.token(person, "plan")

    answer = browser().post("/api/plans", json={"week": "2026-W48"}, headers=bearer(secret))

    assert answer.status_code == 202
