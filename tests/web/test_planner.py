"""A planner at the browser: from an empty bureau by upload to an approved plan."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from api import cluster as clusters
from api.settings import Settings
from data.town import Town, make
from layers import db
from tests.conftest import app_url, migrated_database
from tests.signed import signed_in
from tests.web.served import PATIENCE_MS, cookie, opened, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town() -> Town:
    return make("small")


@pytest.fixture(scope="module")
def files(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    town.townships.to_file(folder / "townships.geojson")
    town.grids.to_file(folder / "grids.gpkg")
    cases = town.incidents.tail(2000).copy()
    cases.iloc[0, cases.columns.get_loc("lon")] = 0.0
    cases.iloc[0, cases.columns.get_loc("lat")] = 0.0
    cases.to_csv(folder / "cases.csv", index=False)
    return {
        "townships": folder / "townships.geojson",
        "grids": folder / "grids.gpkg",
        "incidents": folder / "cases.csv",
    }


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_web")


@pytest.fixture(scope="module")
def address(own: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(var=tmp_path_factory.mktemp("var"), bureau="柳河区城管局")
    with serving(app_url(own), settings) as found:
        yield found


@pytest.fixture(scope="module")
def state(own: str) -> StorageState:
    """A browser in which somebody is signed in who may do everything."""
    engine = db.connect(own)
    with engine.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC))
    engine.dispose()
    return cookie(secret)


@pytest.fixture
def page(chromium: Browser, address: str, state: StorageState) -> Iterator[Page]:
    with opened(chromium, address, state) as (page, _):
        yield page


def upload(page: Page, layer: str, file: Path) -> None:
    page.locator(f"input[name=layer][value={layer}]").check()
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.locator("#outcome h3.good").wait_for()


@pytest.fixture(scope="module")
def imported(
    chromium: Browser, address: str, state: StorageState, files: dict[str, Path]
) -> dict[str, list[str]]:
    """Townships, grids and incidents brought in by upload; what was next before each."""
    page = chromium.new_page(base_url=address, locale="en-GB", storage_state=state)
    told: dict[str, list[str]] = {}
    page.goto("/")
    for layer, file in files.items():
        title = page.locator("#next h1")
        title.wait_for()
        told[layer] = [title.inner_text()]
        upload(page, layer, file)
        told[layer] += page.locator("#outcome dd").all_inner_texts()
        expect(title).not_to_have_text(told[layer][0])
    told["after"] = [page.locator("#next h1").inner_text()]
    page.close()
    return told


def test_the_start_page_leads_from_one_import_to_the_next(imported):
    assert imported["townships"][0] == "Import the township borders first"
    assert imported["grids"][0] == "Now import the grids"
    assert imported["incidents"][0] == "Now import the incidents"
    assert imported["after"][0].startswith("There is no patrol plan for")


def test_every_row_of_an_upload_is_accounted_for(imported):
    # read, new, changed, unchanged, refused, superseded
    assert imported["townships"][1:] == ["6", "6", "0", "0", "0", "0"]
    assert imported["grids"][1:] == ["300", "300", "0", "0", "0", "0"]
    assert imported["incidents"][1:] == ["2,000", "1,999", "0", "0", "1", "0"]


def test_refused_rows_can_be_downloaded_with_their_reasons(page, imported, files):
    page.goto("/")

    upload(page, "incidents", files["incidents"])

    expect(page.locator("#outcome .reasons")).to_contain_text("The coordinates are 0,0")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    assert "0,0" in Path(download.value.path()).read_text()


def test_checking_a_file_writes_nothing_and_offers_to_import_it(page, imported, files):
    page.goto("/")
    page.locator("input[name=layer][value=grids]").check()
    page.locator("#file").set_input_files(files["grids"])

    page.get_by_role("button", name="Check the file").click()

    expect(page.locator("#outcome h3")).to_contain_text("Checked, nothing written")
    expect(page.get_by_role("button", name="Import these 300 rows now")).to_be_visible()


def test_nothing_is_offered_to_import_where_every_row_was_refused(page, imported, tmp_path):
    page.goto("/")
    (tmp_path / "cases.csv").write_text("occurred_at,lon,lat\n2026-11-10 08:00,0,0\n")
    page.locator("input[name=layer][value=incidents]").check()
    page.locator("#file").set_input_files(tmp_path / "cases.csv")

    page.get_by_role("button", name="Check the file").click()

    expect(page.locator("#outcome .reasons")).to_contain_text("The coordinates are 0,0")
    expect(page.get_by_role("button", name="Import these")).to_have_count(0)


def test_a_file_that_cannot_be_read_is_told_in_words(page, imported, tmp_path):
    page.goto("/")
    (tmp_path / "broken.gpkg").write_text("no such thing")
    page.locator("#file").set_input_files(tmp_path / "broken.gpkg")

    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator("#outcome [role=alert]")).to_contain_text("is not what its name says")


def test_the_keyboard_alone_reaches_the_first_step(page, imported):
    page.goto("/")
    page.locator("#next h1").wait_for()

    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


@pytest.fixture(scope="module")
def approved(chromium: Browser, address: str, state: StorageState, imported) -> dict[str, str]:
    """The plan of the week whose Monday follows the town's last case, made and approved."""
    page = chromium.new_page(base_url=address, locale="en-GB", storage_state=state)
    page.goto("/planning?week=2026-W47")
    page.get_by_role("button", name="Make a draft").click()
    page.locator("#standing .chip.draft").wait_for(timeout=PATIENCE_MS)
    draft = page.locator("#standing strong").inner_text()
    page.get_by_role("button", name="Approve the plan").click()
    asked = page.locator("#confirm-text").inner_text()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.locator("#standing .chip.approved").wait_for()
    told = {"draft": draft, "asked": asked, "work": page.locator("#work").inner_text()}
    page.close()
    return told


def test_a_plan_is_made_looked_at_and_approved(approved, town):
    total = f"{town.townships['visits_per_week'].sum()} visits"

    assert approved["draft"] == total
    assert approved["asked"].startswith(total)
    assert approved["work"] == "The plan is approved"


def test_the_table_is_sorted_filtered_and_explains_itself(page, approved, town):
    page.goto("/planning?week=2026-W47")
    rows = page.locator("#rows tr")
    rows.first.wait_for()
    most = int(rows.first.locator("td.visits").inner_text())

    page.locator("th[data-sort=visits] button").click()
    expect(page.locator("th[data-sort=visits]")).to_have_attribute("aria-sort", "ascending")
    assert int(rows.first.locator("td.visits").inner_text()) < most

    page.locator("#township").select_option(index=1)
    shown = page.locator("#shown").inner_text()
    code = page.locator("#township").input_value()
    assert shown == f"{(town.grids['township'] == code).sum()} of " + shown.split(" of ")[1]
    rows.first.get_by_role("button").click()
    expect(page.locator("#why .reasons li").first).to_be_visible()


def test_a_click_on_the_map_asks_for_the_nearest_squad(page, approved):
    page.goto("/planning?week=2026-W47")
    inner = page.frame_locator("#map")
    inner.locator("html[data-idle=yes]").wait_for()

    inner.locator("#map_sheet").click(position={"x": 200, "y": 150})

    expect(page.locator("#nearest")).to_contain_text("there are no squads")
    assert float(page.locator("[name=lon]").input_value()) > 100


def test_a_server_that_is_away_is_said_and_does_no_harm(page, approved):
    page.goto("/planning?week=2026-W47")
    page.locator("#rows tr").first.wait_for()
    page.wait_for_load_state("networkidle")  # the map's own files too
    page.route("**/*", lambda route: route.abort())

    page.get_by_role("button", name="Week after").click()

    expect(page.locator("#offline")).to_be_visible()
    page.unroute("**/*")
    expect(page.locator("#offline")).to_be_hidden(timeout=10_000)
    expect(page.locator("#week-name")).to_have_text("2026-W48")


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/planning?week=2026-W47&", "/planning?week=2030-W01&"])
def test_nothing_is_wider_than_the_screen(page, approved, path, language, width):
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(f"{path}{'' if '?' in path else '?'}lang={language}")
    page.wait_for_load_state("networkidle")

    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_description_of_the_interface_is_drawn_from_our_own_files(page, imported, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/api/docs")
    page.locator("#docs .opblock").first.wait_for()

    assert all(url.startswith((address, "data:")) for url in asked)
