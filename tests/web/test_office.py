"""An administrator at the browser: the bureau itself, its units, imports and jobs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from sqlalchemy import Engine, update

from api import cluster as clusters
from api.settings import Settings
from layers import db
from layers.access import Actor
from layers.queue import actions as queue
from layers.queue.rules import TRIES
from layers.queue.tables import Job
from tests.cast import Cast
from tests.conftest import app_url, migrated_database
from tests.signed import signed_in
from tests.web.served import cookie, opened, serving

pytestmark = pytest.mark.browser
TABS = ("bureau", "units", "imports", "jobs")
UNITS = (
    "code,name,kind,township,parent\nB,局,执法局,,\nW,西街队,执法中队,339901101,B\nX,坏,飞船,,\n"
)


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_office")


@pytest.fixture(scope="module")
def own(url: str) -> Iterator[Engine]:
    """A bureau with two townships and a case."""
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection).report(119.905, 29.705, datetime.now(UTC))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(url: str, own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(var=tmp_path_factory.mktemp("var"), source="市测绘院")
    with serving(app_url(url), settings) as found:
        yield found


@pytest.fixture(scope="module")
def state(own: Engine) -> StorageState:
    with own.begin() as connection:
        return cookie(signed_in(connection, datetime.now(UTC), login="office"))


@pytest.fixture
def page(chromium: Browser, address: str, state: StorageState) -> Iterator[Page]:
    with opened(chromium, address, state, "status of 422") as (page, _):
        yield page


# --- Imports and units --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported(
    chromium: Browser, address: str, state: StorageState, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Units brought in by upload; what the list of imports then says."""
    file = tmp_path_factory.mktemp("files") / "单位.csv"
    file.write_text(UNITS)
    with opened(chromium, address, state) as (page, _):
        page.goto("/admin#imports")
        page.locator("input[name=layer][value=units]").check()
        page.locator("#file").set_input_files(file)
        page.get_by_role("button", name="Import", exact=True).click()
        page.locator("#outcome h3.good").wait_for()
        past = page.locator(".past > li").first
        past.locator("summary").click()
        expect(past.locator(".reasons")).to_contain_text("There is no such kind of unit")
        return past.inner_text()


def test_a_past_import_tells_its_layer_file_sender_and_counts(imported):
    assert all(told in imported for told in ("Units", "单位.csv", "by office", "Done"))
    assert "2 new · 1 refused" in imported


def test_imports_are_found_again_after_a_reload(page, imported):
    page.goto("/admin#imports")

    expect(page.locator(".past > li")).to_have_count(1)
    expect(page.get_by_role("link", name="Open the journal")).to_be_visible()


def test_an_upload_of_which_every_row_was_refused_is_told_as_none(page, imported, tmp_path):
    file = tmp_path / "坏.csv"
    file.write_text("code,name,kind\nX,坏,飞船\n")
    page.goto("/admin#imports")
    page.locator("input[name=layer][value=units]").check()
    page.locator("#file").set_input_files(file)

    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator("#outcome h3.failure")).to_have_text("Nothing imported of Units: 坏.csv")
    expect(page.locator("#outcome .good")).to_have_count(0)
    expect(page.locator(".past > li", has_text="坏.csv")).to_contain_text(
        re.compile("1 refused.*Nothing imported")
    )


def test_a_device_is_made_tried_and_shut_out(page, own: Engine):
    page.goto("/admin#devices")
    page.get_by_role("button", name="Add a device").click()
    page.get_by_label("Code", exact=True).fill("P1")
    page.locator("dialog input[name=name]").fill("西街车 <b>")
    page.locator("dialog input[name=squad]").fill("S1")
    page.locator("dialog").get_by_role("button", name="Add a device").click()
    token = page.locator(".secret code").inner_text()
    row = page.locator(".cards tbody tr", has_text="西街车 <b>")
    expect(row).to_contain_text("never")

    mock = {"id": token, "lat": "29.705", "lon": "119.905", "mock": "true"}
    assert page.request.get("/positions/osmand", params=mock).ok
    for _ in range(20):  # it is written a moment later
        page.get_by_role("button", name="Look again").click()
        if "an app made" in row.inner_text():
            break
        page.wait_for_timeout(500)

    expect(row).to_contain_text("the phone says that an app made the position up")
    row.get_by_role("button", name="Disable").click()
    page.locator("dialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("disabled 20")


def test_units_are_found_by_kind_and_word(page, imported):
    page.goto("/admin#units")
    rows = page.locator(".cards tbody tr")
    expect(rows).to_have_count(2)

    page.get_by_label("Find").fill("西街")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("局")
    page.get_by_label("Kind").select_option("department")
    expect(rows).to_have_count(0)


def test_a_unit_is_entered_changed_and_ended(page, imported):
    page.goto("/admin#units")
    page.get_by_role("button", name="Add a unit").click()
    page.get_by_label("Code", exact=True).fill("P1")
    page.get_by_label("Name", exact=True).fill("东街所 <b>")
    page.locator(".drawer select[name=kind]").select_option("police_station")
    page.get_by_label("Unit above").fill("P1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".drawer .failure")).to_contain_text("would stand above itself")
    page.get_by_label("Unit above").fill("B")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("button", name="东街所 <b>").click()
    page.get_by_label("Office telephone").fill("0578-110")
    page.get_by_role("button", name="Save").click()
    row = page.locator(".cards tr", has_text="东街所")
    expect(row).to_contain_text("0578-110")

    row.get_by_role("button").click()
    page.locator(".drawer").get_by_role("button", name="End it").click()
    expect(row).to_have_count(0)
    page.get_by_label("With those that ended").check()
    expect(row).to_contain_text("until before")


# --- The bureau ---------------------------------------------------------------------------------


def test_the_bureaus_name_is_saved_and_stands_on_the_page(page):
    page.goto("/admin#bureau")
    page.get_by_label("Name in English").fill("Liuhe <Enforcement>")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".good", has_text="Saved")).to_be_visible()
    expect(page.locator(".top .name")).to_contain_text("Liuhe <Enforcement>")


def test_what_the_environment_says_is_shown_and_cannot_be_changed(page):
    page.goto("/admin#bureau")

    source = page.get_by_label("Source line of maps")

    expect(source).to_be_disabled()
    expect(source).to_have_value("市测绘院")
    expect(page.locator("#source-hint")).to_contain_text("GRIDPATROL_SOURCE")


def test_another_time_zone_is_asked_about_where_there_are_cases(page):
    page.goto("/admin#bureau")
    zone = page.get_by_label("Time zone")
    zone.fill("Asia/Urumqi")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_contain_text("There are 1 incidents already")
    page.get_by_role("button", name="Cancel").click()
    assert page.locator("html").get_attribute("data-zone") == "Asia/Shanghai"

    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Change it all the same").click()

    expect(page.locator(".good", has_text="Saved")).to_be_visible()
    assert page.locator("html").get_attribute("data-zone") == "Asia/Urumqi"


def test_a_code_that_is_none_is_refused_in_words(page):
    page.goto("/admin#bureau")
    page.get_by_label("Division code").fill("12")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".bureau .failure")).to_contain_text("12 is not a division code")


def test_the_extent_comes_from_the_townships(page):
    page.goto("/admin#bureau")

    expect(page.locator(".where")).to_contain_text("119.9000 to 119.9200")
    picture = page.locator(".where img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 500


# --- Jobs ---------------------------------------------------------------------------------------


@pytest.fixture
def dead(own: Engine) -> Iterator[str]:
    """A job that was given up, for a file that is gone; and one that waits for tomorrow."""
    at, actor = datetime.now(UTC), Actor("operator", frozenset())
    with own.begin() as connection:
        job = queue.put(connection, "plan", {"week": "2026-W48"}, actor=actor, at=at)
        for _ in range(TRIES):
            queue.begin(connection, job, at=at)
            gone = {"code": "database_away", "values": {}}
            queue.fail(connection, job, gone, again=True, at=at)
        waits = queue.put(connection, "hotspots", {}, actor=actor, at=at)
        late = datetime(2100, 1, 1, tzinfo=UTC)
        connection.execute(update(Job).where(Job.id == waits).values(run_after=late))
    yield str(job)
    with own.begin() as connection:
        connection.execute(Job.__table__.delete())


def test_a_dead_job_is_seen_at_a_glance_and_tried_again(page, dead):
    page.goto("/admin#jobs")
    expect(page.locator(".glance")).to_contain_text("At work")
    row = page.locator(".jobs > .dead")
    expect(row).to_contain_text(f"Failed {TRIES} times and stopped")

    row.get_by_role("button", name="Try again").click()

    expect(page.locator(".jobs > .dead")).to_have_count(0)
    expect(page.locator(".glance .ill")).to_have_count(0)


def test_a_waiting_job_is_called_off(page, dead):
    page.goto("/admin#jobs")
    page.get_by_label("Waiting").check()
    rows = page.locator(".jobs > .card")
    expect(rows).to_have_count(1)

    rows.get_by_role("button", name="Call it off").click()

    expect(rows).to_have_count(0)
    page.get_by_label("Failed").check()
    expect(page.locator(".jobs")).to_contain_text("The administrator called it off")


# --- How it looks -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wider_than_the_screen(page, imported, dead, language, width):
    page.set_viewport_size({"width": width, "height": 800})
    for tab in TABS:
        page.goto(f"/admin?lang={language}#{tab}")
        page.reload()
        page.locator("#tab section > .stack > *").first.wait_for()

        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
