"""Somebody new at the browser: from the one-time code to the work, and out again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Connection, Engine, select

from api import auth
from api import cluster as clusters
from api.settings import Settings
from layers import db
from layers.people import actions
from layers.people.tables import Person
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import app_url, migrated_database
from tests.signed import MANAGER, signed_in
from tests.web.served import cookie, opened, serving

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
EVERYTHING = [role for role in Role if role is not Role.RESIDENT]
REFUSED = "Failed to load resource"
"""What the browser's console says of every answer that is no success."""
Opened = tuple[Page, BrowserContext]


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = migrated_database(cluster, "test_web_signing")
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection).report(119.905, 29.705, datetime(2026, 11, 9, tzinfo=UTC))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=tmp_path_factory.mktemp("var"))) as found:
        yield found


@pytest.fixture
def here(chromium: Browser, address: str) -> Iterator[Opened]:
    with opened(chromium, address, expected=REFUSED) as (page, context):
        yield page, context


def join(own: Engine, login: str, *roles: Role) -> str:
    """Somebody new with these roles; their one-time code."""
    at, code = datetime.now(UTC), auth.new_code()
    with own.begin() as connection:
        signed_in(connection, at, *roles, login=login)
        codes = {id_of(connection, login): auth.code_digest(code)}
        actions.issue_codes(connection, codes, actor=MANAGER, at=at)
    return code


def id_of(connection: Connection, login: str) -> UUID:
    return connection.execute(select(Person.id).where(Person.login == login)).scalar_one()


def enter(page: Page, login: str, password: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password or one-time code").fill(password)
    page.get_by_role("button", name="Sign in").click()


def choose(page: Page, password: str) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_label("The same again").fill(password)
    page.get_by_role("button", name="Keep this password").click()


def test_a_newcomer_signs_in_chooses_a_password_works_and_signs_out(own: Engine, here: Opened):
    page, _ = here
    code = join(own, "new.comer", Role.PLANNER)

    page.goto("/planning?week=2030-W01")
    enter(page, "new.comer", "not the code")
    expect(page.get_by_role("alert")).to_have_text("The login or the password is wrong")
    expect(page.get_by_label("Login")).to_have_value("new.comer")
    enter(page, "new.comer", code)
    expect(page.get_by_role("heading")).to_have_text("Choose a password")
    choose(page, PASSWORD)

    page.wait_for_url("**/planning?week=2030-W01")
    page.locator("summary", has_text="new.comer").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in")
    page.goto("/planning")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def planning(own: Engine, here: Opened) -> Page:
    """The page of a planner whose sign-in has just ended, with a place typed into it."""
    page, _ = here
    login = f"p{uuid4().hex}"
    page.goto("/planning?week=2030-W01")
    enter(page, login, join(own, login, Role.PLANNER))
    choose(page, PASSWORD)
    page.get_by_label("Longitude").fill("119.905")
    page.get_by_label("Latitude").fill("29.705")
    expect(page.locator("#nearest-go")).to_be_enabled()
    page.wait_for_load_state("networkidle")
    with own.begin() as connection:
        person = id_of(connection, login)
        actions.end_all_sessions(connection, person, actor=MANAGER, at=datetime.now(UTC))
    page.locator("#nearest-go").click()
    expect(page.locator("#signed-out")).to_be_visible()
    return page


def test_who_is_signed_out_in_the_midst_of_it_signs_in_beside_it_and_goes_on(
    planning: Page, here: Opened
):
    login = planning.locator("html").get_attribute("data-login") or ""
    with here[1].expect_page() as beside:
        planning.locator("#signed-out a").click()
    enter(beside.value, login, PASSWORD)
    expect(beside.value.get_by_role("status")).to_contain_text("Close this tab")

    expect(planning.locator("#signed-out")).to_be_hidden()
    expect(planning.get_by_label("Longitude")).to_have_value("119.905")
    planning.locator("#nearest-go").click()
    expect(planning.locator("#nearest .squads li")).to_have_count(2)


def test_a_page_is_not_left_to_whoever_signs_in_next(own: Engine, planning: Page, here: Opened):
    code = join(own, "next.one", Role.PLANNER)
    with here[1].expect_page() as beside:
        planning.locator("#signed-out a").click()
    enter(beside.value, "next.one", code)
    choose(beside.value, PASSWORD)

    expect(planning.locator("summary", has_text="next.one")).to_be_visible()
    expect(planning.get_by_label("Longitude")).to_have_value("")


def test_buttons_that_would_be_refused_are_not_shown(own: Engine, here: Opened):
    page, _ = here
    code = join(own, "looks.on", Role.ACCEPTOR)
    page.goto("/planning?week=2030-W01")
    enter(page, "looks.on", code)
    choose(page, PASSWORD)

    page.locator("#standing p").wait_for()
    expect(page.locator("#draft-form")).to_be_hidden()
    page.goto("/")
    page.locator("#next h1").wait_for()
    expect(page.locator("#import")).to_be_hidden()
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)


def test_whoever_sees_one_grid_is_shown_the_work_and_no_maps_of_nothing(own: Engine, here: Opened):
    page, context = here
    one = Area(AreaKind.GRID, f"{WEST}001001")
    with own.begin() as connection:
        secret = signed_in(
            connection, datetime.now(UTC), Role.GRID_WORKER, login="one.grid", area=one
        )
    context.add_cookies(cookie(secret)["cookies"])

    page.goto("/?lang=en")

    expect(page.get_by_role("heading", name="Report and check in your grid")).to_be_visible()
    expect(page.locator("#figures-section")).to_be_hidden()
    expect(page.locator("#maps-section")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wider_than_the_screen(own: Engine, here: Opened, language: str, width: int):
    page, context = here
    login = f"p{uuid4().hex}"
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/sign-in?lang={language}")
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    with own.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), *EVERYTHING, login=login)
    context.add_cookies(cookie(secret)["cookies"])

    for path in ("/account", "/choose-password", "/"):
        page.goto(path)
        page.locator(".me summary").click()
        widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert max(widths) <= width
    page.goto("/audit")
    expect(page.locator(".top nav [aria-current]")).to_be_in_viewport(ratio=0.9)
