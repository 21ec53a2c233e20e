"""A leader at the browser: a week in figures, the cases behind each, and the same on paper."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from sqlalchemy import Engine

from api import cluster as clusters
from api.settings import Settings
from layers import clock, db
from layers.access import Actor, Verb
from layers.incidents.actions.chronicling import chronicle
from layers.roles import Area, AreaKind, Role
from tests.cast import EAST, WEST, Cast
from tests.conftest import ROOT, app_url, migrated_database
from tests.signed import signed_in
from tests.web.served import cookie, opened, serving

pytestmark = pytest.mark.browser
BUREAU = Actor("operator", frozenset(Verb))
MONDAY = datetime(2026, 11, 9, 4, tzinfo=UTC)
CALENDAR = clock.calendar_of(clock.shipped(), ZoneInfo("Asia/Shanghai"), clock.OFFICE_HOURS)
WAY = ("file", "dispatch", "accept", "arrive", "finish", "close")
PAGE = "/leader?week=2026-W46&lang=en"
AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"
SERIOUS = """async () => (await axe.run()).violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html)}`)"""


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_leader")


@pytest.fixture(scope="module")
def own(url: str) -> Iterator[Engine]:
    """Sixty cases of a week: in the west all in time, in the east every other one late."""
    engine = db.connect(url)
    with engine.begin() as connection:
        cast = Cast.settle(connection)
        rows = [row for number in range(60) for row in history(cast, number)]
        chronicle(connection, pd.DataFrame(rows), actor=BUREAU, at=MONDAY, calendar=CALENDAR)
    yield engine
    engine.dispose()


def history(cast: Cast, number: int) -> Iterator[dict[str, object]]:
    east, at = number % 2, MONDAY + timedelta(hours=number)
    case = cast.report(119.905 + 0.01 * east, 29.705, at)
    slow = 45 if number % 4 == 1 else 20
    for verb, minute in zip(WAY, (5, 10, 12, 10 + slow, 10 + 2 * slow, 200), strict=True):
        yield {"source": "resident", "external_id": str(case), "verb": verb, "reason": None,
               "squad": f"S{1 + east}", "until": None,
               "happened_at": at + timedelta(minutes=minute)}  # fmt: skip


@pytest.fixture(scope="module")
def address(url: str, own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(var=tmp_path_factory.mktemp("var"), bureau="柳河区城管局")
    with serving(app_url(url), settings) as found:
        yield found


def state(own: Engine, role: Role, login: str, area: Area | None = None) -> StorageState:
    with own.begin() as connection:
        given = {} if area is None else {"area": area}
        return cookie(signed_in(connection, datetime.now(UTC), role, login=login, **given))


@pytest.fixture(scope="module")
def leader(own: Engine) -> StorageState:
    return state(own, Role.LEADER, "leader")


@pytest.fixture
def page(chromium: Browser, address: str, leader: StorageState) -> Iterator[Page]:
    with opened(chromium, address, leader) as (page, _):
        page.set_viewport_size({"width": 1440, "height": 900})
        yield page


def card(page: Page, code: str):
    return page.locator(f"[data-figure={code}]")


def test_a_leader_reads_three_sentences_and_opens_exactly_the_cases_of_a_figure(page: Page):
    page.goto(PAGE)

    expect(page.locator("#findings li")).to_have_text([
        "Of 60 cases due, 75.0 % were closed on time",
        "Among the townships with at least 10 cases due, 西街 closed most on time (100.0 %),"
        " 东街 least (50.0 %)",
        re.compile("for nine in ten it took 45, beyond the 30 minutes promised"),
    ])  # fmt: skip
    expect(card(page, "on_time").locator(".value")).to_have_text("75.0 %")
    card(page, "on_time").get_by_role("button", name="Closed on time 45").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.locator("[data-case]")).to_have_count(45)
    expect(drawer).to_contain_text("formula version 2")
    drawer.get_by_role("button", name="Due 60").click()
    expect(drawer.locator("[data-case]")).to_have_count(50)
    drawer.get_by_role("button", name="More").click()
    expect(drawer.locator("[data-case]")).to_have_count(60)


def test_a_township_opens_its_own_cases_by_keyboard(page: Page):
    page.goto(PAGE)

    cell = page.locator("#township").get_by_role("button", name="东街 · Closed on time: 50.0 %")
    cell.focus()
    page.keyboard.press("Enter")

    drawer = page.get_by_role("dialog", name="Closed on time · 东街")
    expect(drawer.locator("[data-case]")).to_have_count(15)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_weeks_and_months_are_turned_and_stay_in_the_address(page: Page):
    page.goto(PAGE)
    expect(page.locator("#days")).to_have_text(
        "2026-11-09 to 2026-11-15, compared with 2026-11-02 to 2026-11-08"
    )

    page.get_by_role("button", name="Month").click()
    expect(page.locator("#days")).to_contain_text("2026-11-01 to ")
    page.get_by_role("button", name="Earlier").click()
    expect(page.locator("#named")).to_have_text("2026-10")
    expect(page.locator("#findings li")).to_have_text(
        ["Nothing fell due in the period; 0 cases were reported"]
    )
    page.reload()

    expect(page.locator("#named")).to_have_text("2026-10")
    expect(page.get_by_role("button", name="Month")).to_have_attribute("aria-pressed", "true")


def test_a_week_that_is_not_over_says_so_and_none_to_come_is_offered(page: Page):
    page.goto("/leader?lang=en")
    later = page.get_by_role("button", name="Later")
    today = datetime.now(CALENDAR.zone).date()

    later.click()

    expect(page.locator("#named")).to_contain_text(f", so far until {today}")
    expect(page.locator("#findings li").first).to_contain_text(f"So far, until {today}: ")
    expect(later).to_be_disabled()
    page.get_by_role("button", name="Month").click()
    expect(page.locator("#named")).to_contain_text(f"{today:%Y-%m}, so far")
    expect(later).to_be_disabled()


def test_two_maps_of_the_period_are_drawn(page: Page):
    page.goto(PAGE)

    expect(page.locator("#maps img")).to_have_count(2)
    expect(page.locator("#maps figure[aria-busy]")).to_have_count(0)
    expect(page.locator("#maps a").first).to_have_attribute(
        "href", "/maps/closure.html?since=2026-11-09&until=2026-11-15&lang=en"
    )


def test_a_map_that_is_there_first_takes_no_place_from_the_other(page: Page):
    page.goto(PAGE)
    expect(page.locator("#maps img")).to_have_count(2)
    expect(page.locator("#maps figure[aria-busy]")).to_have_count(0)

    page.locator("#maps img").first.evaluate("e => { e.style.height = '900px'; }")
    page.locator("#maps figure").last.evaluate(NOT_YET)

    first, second = page.locator("#maps figure").evaluate_all("all => all.map(e => e.clientWidth)")
    assert first == second


NOT_YET = "each => { each.replaceChildren(); each.setAttribute('aria-busy', 'true'); }"


def test_on_paper_it_is_a4_without_what_is_pressed(page: Page):
    page.goto(PAGE)
    expect(page.locator("#maps figure[aria-busy]")).to_have_count(0)

    page.emulate_media(media="print")
    expect(page.get_by_text("柳河区城管局", exact=True)).to_be_visible()
    paper = page.pdf(prefer_css_page_size=True)

    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.locator("#township-csv")).to_be_hidden()
    expect(card(page, "closure").locator(".value")).to_be_visible()
    expect(page.locator("#formulas dt").first).to_be_visible()
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}
    assert len(boxes) <= 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_a_phone(language: str, page: Page):
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto(f"/leader?week=2026-W46&lang={language}")
    expect(card(page, "closure")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for by in ("township", "squad"):
        beyond = "table => table.parentElement.scrollWidth - table.parentElement.clientWidth"
        assert page.locator(f"#{by}").evaluate(beyond) <= 0
    page.locator("#township-figure select").select_option("closure")
    expect(page.locator("#township thead th:visible")).to_have_count(2)
    card(page, "on_time").locator(".value").click()
    case = page.locator("[data-case]").first
    assert case.evaluate("row => row.getBoundingClientRect().right") <= 360


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_shuts_nobody_out(language: str, page: Page):
    found = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"/leader?week=2026-W46&lang={language}")
        card(page, "on_time").locator(".value").click()
        page.locator("[data-case]").first.wait_for()
        page.evaluate(AXE.read_text())
        found[scheme] = page.evaluate(SERIOUS)

    assert {scheme: wrong for scheme, wrong in found.items() if wrong} == {}


def test_a_case_of_a_figure_opens_in_full_beside_the_list(page: Page):
    page.goto(PAGE)
    card(page, "on_time").get_by_role("button", name="Closed on time 45").click()
    row = page.locator("[data-case]").first
    case = row.get_attribute("data-case")

    with page.context.expect_page() as opening:
        row.click()

    assert opening.value.url.endswith(f"/desk#case={case}")
    expect(opening.value.locator("#case-title")).to_contain_text("Closed")
    expect(opening.value.locator(".history")).to_contain_text("街中队")


def test_a_dispatcher_of_one_township_reads_of_that_one(
    chromium: Browser, address: str, own: Engine
):
    east = Area(AreaKind.TOWNSHIP, EAST)
    with opened(chromium, address, state(own, Role.DISPATCHER, "east", east)) as (page, _):
        page.goto(PAGE)

        expect(card(page, "on_time").locator(".value")).to_have_text("50.0 %")
        expect(page.locator("#township tbody tr")).to_have_count(1)
        expect(card(page, "satisfaction")).to_have_count(0)


def test_whoever_has_no_business_there_is_not_led_there(
    chromium: Browser, address: str, own: Engine
):
    west = Area(AreaKind.TOWNSHIP, WEST)
    with opened(chromium, address, state(own, Role.DEPARTMENT, "west", west)) as (page, _):
        page.goto("/")

        expect(page.get_by_role("link", name="Work report", exact=True)).to_have_count(0)
