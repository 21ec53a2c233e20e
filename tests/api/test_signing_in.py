"""Signing in over HTTP as browsers and programs do it, on a database of its own."""

import logging
import re
from collections.abc import Callable, Iterator
from csv import DictReader
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from api import app as door
from api import auth, deps, logs, pages, sessions
from api import cluster as clusters
from api import remembered as remembered_module
from api.settings import Settings
from layers.people import actions, rules
from layers.people.tables import Power
from layers.roles import BUREAU, Area, AreaKind, Role
from tests.cast import EAST, WEST
from tests.conftest import app_url, town_of_its_own
from tests.signed import MANAGER

HERE, SAFE = "http://127.0.0.1", "https://127.0.0.1"
OFFICE, STRANGER = "10.0.0.7", "203.0.113.9"
PASSWORD, OTHER = "correct horse battery", "another long password"
NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
TODAY = NOON.date()
IN_WEST = Area(AreaKind.TOWNSHIP, WEST)
IN_EAST = Area(AreaKind.TOWNSHIP, EAST)
TO_SIGN_IN = (303, "/sign-in?next=%2Fplanning")


class Clock:
    """What the server takes for the time."""

    now = NOON


class Office:
    """The people's own table, as the administrator's command line changes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def do(self, action: Callable[..., object], *given: object, **named: object) -> object:
        with self._engine.begin() as connection:
            return action(connection, *given, actor=MANAGER, at=NOON, **named)

    def join(
        self, role: Role = Role.PLANNER, area: Area = BUREAU, password: str | None = PASSWORD
    ) -> tuple[UUID, str]:
        """Somebody new with a login of their own."""
        login = f"p{uuid4().hex}"
        person = self.do(actions.add_person, login, "张三<b>")
        self.do(actions.grant, person, role, area, today=TODAY)
        if password is not None:
            self.do(actions.set_password, person, auth.hashed(login, password))
        return person, login

    def power(self, person: UUID) -> int:
        """The number of the one power that somebody holds."""
        with self._engine.begin() as connection:
            asked = select(Power.id).where(Power.person_id == person)
            return connection.execute(asked).scalar_one()

    def code(self, person: UUID) -> str:
        code = auth.new_code()
        self.do(actions.issue_codes, {person: auth.code_digest(code)})
        return code

    def token(self, person: UUID, *scopes: str, life: timedelta | None = None) -> str:
        secret = auth.new_secret(auth.TOKEN)
        self.do(actions.issue_token, person, "gateway", auth.digest(secret), scopes,
                life=life, today=TODAY)  # fmt: skip
        return secret


Open = Callable[..., TestClient]


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    """The owner's way into a database with the small town."""
    with town_of_its_own(cluster, "test_signing_in") as engine:
        yield engine


@pytest.fixture
def office(own: Engine) -> Office:
    return Office(own)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def browser(own: Engine, clock: Clock, tmp_path: Path) -> Iterator[Open]:
    """Opens a browser at an address; each has cookies of its own, the server is one."""
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    app = door.create(Settings(var=tmp_path, language="en"), url)
    app.dependency_overrides[deps.now] = lambda: clock.now

    def opened(base: str = HERE, address: str = OFFICE) -> TestClient:
        made = TestClient(
            app, base, client=(address, 5000), raise_server_exceptions=False,
            follow_redirects=False, headers={"accept": "text/html"},
        )  # fmt: skip
        made.portal = running.portal
        return made

    with TestClient(app, HERE) as running:
        yield opened


def enter(browser: TestClient, login: str, password: str = PASSWORD, next: str = "/planning"):
    """What a browser does whose user fills the form."""
    page = browser.get("/sign-in", params={"next": next})
    fields = {"login": login, "password": password, "csrf": field(page)}
    return browser.post("/sign-in", params={"next": next}, data=fields)


def field(page) -> str:
    return re.search(r'name="csrf" value="(\w+)"', page.text)[1]


def token_of(page) -> str:
    return re.search(r'<meta name="csrf" content="(\w+)">', page.text)[1]


def led(answer) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("location", "")


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def by_form(client: TestClient, login: str, password: str = PASSWORD):
    return client.post("/api/token", data={"username": login, "password": password})


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


# --- A program ----------------------------------------------------------------------------------


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


def choose(browser: TestClient, page, password: str, again: str = "", old: str = ""):
    fields = {"password": password, "again": again or password, "old": old, "csrf": field(page)}
    return browser.post(str(page.url), data=fields)


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


# --- A crowd ------------------------------------------------------------------------------------


def test_what_is_remembered_stays_bounded(browser: Open, office: Office, monkeypatch):
    _, login = office.join()
    program, remembered = browser(), browser().app.state.remembered
    monkeypatch.setattr(remembered_module, "MOST", 2)

    for _ in range(5):
        mine = bearer(by_form(program, login).json()["access_token"])
        assert program.get("/api/account", headers=mine).status_code == 200

    assert len(remembered._kept) <= 2


# --- Where they come to -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.GRID_WORKER, "/field"), (Role.SQUAD_MEMBER, "/squad"), (Role.ACCEPTOR, "/desk"),
     (Role.DISPATCHER, "/desk"), (Role.LEADER, "/leader"), (Role.PLANNER, "/")],
)  # fmt: skip
def test_whoever_wishes_for_no_page_comes_to_that_of_their_work(office, browser, role, home):
    _, login = office.join(role)

    assert led(enter(browser(), login, next="/")) == (303, home)
    assert led(enter(browser(), login, next="/planning")) == (303, "/planning")


def test_a_newcomer_comes_to_their_work_once_the_password_is_chosen(office, browser):
    person, login = office.join(Role.ACCEPTOR, password=None)
    here = browser()
    first = enter(here, login, office.code(person), next="/")
    page = here.get("/choose-password?next=/")
    chosen = {"password": PASSWORD, "again": PASSWORD, "csrf": token_of(page)}

    assert led(first) == (303, "/")
    assert led(here.post("/choose-password?next=/", data=chosen)) == (303, "/desk")


def test_the_start_page_names_all_pages_of_use_and_no_other(office, browser):
    _, login = office.join(Role.GRID_WORKER)
    here = browser()
    enter(here, login)

    listed = re.search(r'<ul class="pages">.*?</ul>', here.get("/").text, re.DOTALL)[0]

    paths = re.findall(r'href="([^"]+)"', listed)
    assert paths == ["/planning", "/field", "/report", "/account", "/api/docs"]


def test_every_page_that_is_named_is_there(office, browser):
    person, login = office.join(Role.GRID_WORKER)
    for role in (Role.ACCEPTOR, Role.SQUAD_LEADER, Role.ADMINISTRATOR, Role.LEADER):
        office.do(actions.grant, person, role, BUREAU, today=TODAY)
    here = browser()
    enter(here, login)

    assert {page.path: here.get(page.path).status_code for page in pages.PAGES} == {
        page.path: 200 for page in pages.PAGES
    }
