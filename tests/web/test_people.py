"""An administrator among the people, and an auditor at the journal, both at the browser."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from sqlalchemy import Engine, text

from api import cluster as clusters
from api.settings import Settings
from layers import db
from layers.people import actions, queries
from layers.roles import Role
from tests.cast import Cast
from tests.conftest import app_url, migrated_database
from tests.signed import MANAGER, signed_in
from tests.web.served import cookie, opened, serving

pytestmark = pytest.mark.browser
SCRIPT, FORMULA = "<script>alert(1)</script>", "=HYPERLINK(1)"
REFUSED = "status of 4"
MANY = 120


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_people")


@pytest.fixture(scope="module")
def own(url: str) -> Iterator[Engine]:
    """A small town with many people who have no password yet."""
    engine, at = db.connect(url), datetime.now(UTC)
    with engine.begin() as connection:
        Cast.settle(connection)
        for number in range(MANY):
            actions.add_person(connection, f"p{number:03}", FORMULA, actor=MANAGER, at=at)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(url: str, own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(app_url(url), Settings(var=tmp_path_factory.mktemp("var"))) as found:
        yield found


@pytest.fixture(scope="module")
def state(own: Engine) -> StorageState:
    with own.begin() as connection:
        return cookie(signed_in(connection, datetime.now(UTC), Role.ADMINISTRATOR, login="root"))


@pytest.fixture
def page(chromium: Browser, address: str, state: StorageState) -> Iterator[Page]:
    with opened(chromium, address, state, REFUSED) as (page, _):
        yield page


@pytest.fixture
def auditing(chromium: Browser, address: str, own: Engine, request) -> Iterator[Page]:
    """The browser of an auditor."""
    with own.begin() as connection:
        login = f"auditor.{abs(hash(request.node.name))}"
        secret = signed_in(connection, datetime.now(UTC), Role.AUDITOR, login=login)
    with opened(chromium, address, cookie(secret), REFUSED) as (page, _):
        yield page


def find(page: Page, login: str) -> None:
    """Opens the drawer of somebody by the keyboard alone."""
    page.goto("/admin#people")
    page.get_by_label("Login or name").fill(login)
    rows = page.locator(".people tbody tr")
    expect(rows).to_have_count(1)
    rows.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".drawer code").first).to_have_text(login)


def take_on(page: Page, login: str, name: str = "") -> None:
    page.goto("/admin#people")
    page.get_by_role("button", name="Take somebody on").click()
    page.locator(".drawer [name=login]").fill(login)
    page.locator(".drawer [name=name]").fill(name)
    page.locator(".drawer [name=role]").select_option("planner")
    page.locator(".drawer").get_by_role("button", name="Take somebody on").click()


# --- People -------------------------------------------------------------------------------------


def test_somebody_is_taken_on_with_a_code_that_is_shown_once(page):
    take_on(page, "li.si", SCRIPT)

    expect(page.locator(".drawer h2")).to_have_text(SCRIPT)
    code = page.locator(".drawer .secret code").inner_text()
    page.keyboard.press("Escape")
    find(page, "li.si")

    assert len(code) == 19
    expect(page.locator(".drawer")).to_contain_text("No password yet")
    assert code not in page.content()


def test_what_is_refused_is_told_in_the_form_and_nothing_typed_is_lost(page):
    take_on(page, "root", "again")

    expect(page.locator(".drawer .failure")).to_have_text("The login root is taken")
    expect(page.locator(".drawer [name=name]")).to_have_value("again")


def test_many_people_come_page_by_page(page):
    page.goto("/admin#people")
    rows = page.locator(".people tbody tr")

    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(100)
    page.locator("[name=state]").select_option("waiting")
    page.get_by_label("Login or name").fill("p11")
    expect(rows).to_have_count(10)


def test_a_role_is_given_for_some_days_and_taken_back(page):
    find(page, "p001")
    drawer = page.locator(".drawer")
    drawer.get_by_text("Give a role").click()
    drawer.locator("[name=role]").select_option("squad_leader")
    drawer.locator("[name=area]").select_option("S2")
    drawer.locator("[name=last]").fill("2099-12-31")
    drawer.get_by_role("button", name="Give", exact=True).click()

    expect(drawer.locator(".powers li")).to_contain_text("东街中队")
    expect(drawer.locator(".powers li")).to_contain_text("to 2099-12-31")
    expect(page.locator(".people tbody")).to_contain_text("squad leader · 东街中队")
    drawer.get_by_role("button", name="End now").click()
    page.locator("dialog:not(.drawer)").get_by_role("button", name="End now").click()
    expect(drawer).to_contain_text("no role")
    expect(page.locator(".people tbody")).to_contain_text("no role")


def test_the_last_administrator_is_kept_and_told_why(page):
    find(page, "root")
    page.get_by_role("button", name="Has left").click()
    asked = page.locator("dialog:not(.drawer)")
    asked.get_by_role("button", name="Has left").click()

    expect(asked.locator(".failure")).to_contain_text("This is the last administrator")


def test_a_token_is_shown_once_and_ended_from_the_list(page):
    find(page, "root")
    drawer = page.locator(".drawer")
    drawer.get_by_text("Issue a token").click()
    drawer.locator("details[open] [name=name]").fill("12345 gateway")
    drawer.get_by_role("button", name="Issue the token").click()
    expect(drawer.locator(".secret code")).to_contain_text("gpt_")

    page.goto("/admin#tokens")
    row = page.locator("tbody tr", has_text="12345 gateway")
    expect(row).to_contain_text("root")
    row.get_by_role("button", name="End").click()
    page.locator("dialog").get_by_role("button", name="End").click()
    expect(row).to_have_count(0)


def test_codes_for_all_are_saved_as_a_file_that_runs_nothing(page, own):
    with own.begin() as connection:
        [first] = queries.listed(connection, MANAGER, db.Page(limit=1), today=date.today())
        actions.issue_codes(connection, {first["id"]: b"c"}, actor=MANAGER, at=datetime.now(UTC))
    page.goto("/admin#people")
    page.get_by_role("button", name="Make one-time codes").click()
    asked = page.locator("dialog")
    asked.get_by_role("button", name="Make one-time codes").click()
    asked.get_by_role("checkbox").check()
    with page.expect_download() as download:
        asked.get_by_role("button", name="Make one-time codes").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()

    assert lines[0] == '"login","name","code"'
    assert any(line.startswith(f'"p000","\'{FORMULA}","') for line in lines)


def test_the_drawer_gives_the_keyboard_back_where_it_was(page):
    find(page, "p002")

    page.keyboard.press("Escape")

    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.locator(".people tbody .link")).to_be_focused()


# --- The journal --------------------------------------------------------------------------------


def test_an_auditor_reads_the_journal_and_cannot_manage(auditing):
    auditing.goto("/audit")
    rows = auditing.locator("#rows tr")

    expect(rows).to_have_count(100)
    auditing.get_by_role("button", name="Older rows").click()
    expect(rows.nth(100)).to_be_visible()
    expect(auditing.get_by_role("link", name="Administration")).to_have_count(0)
    assert auditing.goto("/admin").status == 403


def test_rows_are_filtered_by_what_was_done_and_by_whom_and_the_view_can_be_handed_on(auditing):
    auditing.goto("/audit")
    rows = auditing.locator("#rows tr")
    auditing.locator("[name=verb]").select_option("sign_in")
    auditing.get_by_label("Who", exact=True).fill("root")

    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("signed in")
    auditing.reload()
    expect(rows).to_have_count(1)
    expect(auditing.get_by_label("Who", exact=True)).to_have_value("root")
    with auditing.expect_download() as download:
        auditing.get_by_role("link", name="Download CSV").click()
    assert len(Path(download.value.path()).read_text("utf-8-sig").splitlines()) == 2


def test_the_head_of_a_sound_journal_is_told_and_a_changed_row_is_shown(auditing, own):
    auditing.goto("/audit")
    auditing.get_by_role("button", name="Verify now").click()
    expect(auditing.locator("#verdict .good")).to_contain_text("each follows from the one before")
    head = auditing.locator("#verdict code").inner_text()

    with own.begin() as connection:
        connection.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_is_never_changed"))
        connection.execute(text("UPDATE journal SET verb = 'study' WHERE id = 3"))
    auditing.get_by_label("A head noted earlier").fill(head)
    auditing.get_by_role("button", name="Verify now").click()

    expect(auditing.locator("#verdict .failure")).to_contain_text("Row 3 of seal 3 was changed")
    auditing.get_by_role("link", name="Show it").click()
    expect(auditing.locator("#rows tr").first).to_contain_text("studied")
