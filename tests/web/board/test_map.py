"""A dispatcher at the desk with its map: a squad sent by keyboard alone, what lies in one place."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cast import WEST
from tests.web.axe import AXE, SERIOUS
from tests.web.board.dispatcher import MISSING, STREET, leave_map, live
from tests.web.served import cookie, opened, repeated

pytestmark = pytest.mark.browser
SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDDLE = """map => {
    const {x, y, width, height} = map.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""


def left_at(page: Page) -> tuple[float, float]:
    """Where the map was moved to last."""
    kept: str = page.evaluate(
        "localStorage.getItem(`desk.${document.documentElement.dataset.login}.view`)"
    )
    lon, lat = json.loads(kept)["center"]
    return round(lon, 3), round(lat, 3)


def test_a_squad_is_sent_by_keyboard_alone(page, case):
    case()
    page.goto("/desk?lang=en")
    page.locator(".entry").wait_for()

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    send = page.get_by_role("button", name="Dispatch 西街中队 1 min")
    expect(send).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#case-title")).to_contain_text("Dispatched")
    expect(page.locator("#tabs [data-queue=dispatch] .count")).to_have_text("0")


def test_where_nobody_comes_in_time_is_told_as_duty_changes_and_by_the_roster(page, roster):
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()
    live(page)
    page.locator(".layers summary").click()
    page.get_by_label("Reach in 30 min").check()
    told = page.locator("#legend li").filter(has_text="Nobody there within")
    on_duty = re.compile(r"\((\d+) squads on duty")
    expect(told).to_contain_text(on_duty)
    before = int(on_duty.search(told.inner_text())[1])

    roster(20, 28)
    expect(told).to_contain_text(f"({before - 1} squads on duty")
    tomorrow = datetime.now(SHANGHAI) + timedelta(hours=22)
    page.get_by_label("By the roster at").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    page.get_by_label("By the roster at").dispatch_event("change")

    expect(told).to_contain_text(f"({before} squads on duty")


def test_where_several_cases_lie_together_a_click_lists_them(page, case):
    ids = {case(), case(), case()}
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()

    middle = page.locator("#ground").evaluate(MIDDLE)
    here = page.locator(".here h3")
    # What is there comes to the map a moment after what lies below.
    repeated(page, lambda: page.mouse.click(*middle), lambda: here.all_inner_texts() == ["4 here"])

    expect(page.locator(".here")).to_contain_text("西街中队")
    links = page.locator(".here a").evaluate_all("all => all.map(({hash}) => hash.slice(6))")
    assert set(links) == ids
    page.locator(".here a").first.click()
    expect(page.locator(".ways")).to_be_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []


@pytest.mark.parametrize("zoom", [17, 19])
def test_cases_at_one_spot_are_counted_at_every_zoom_and_listed_on_a_small_map(
    chromium, address, secret, case, zoom
):
    ids = {case(1e-3) for _ in range(9)}
    with opened(chromium, address, cookie(secret), MISSING) as (page, _):
        leave_map(page, {"center": (STREET[0] + 1e-3, STREET[1]), "zoom": zoom})
        page.set_viewport_size({"width": 1280, "height": 420})
        page.goto("/desk?lang=en")
        page.locator("#ground[data-drawn]").wait_for()
        x, y = page.locator("#ground").evaluate(MIDDLE)
        tip, here = page.locator(".tip"), page.locator(".here h3")

        repeated(page, lambda: [page.mouse.move(x + n, y) for n in (0, 1)],
                 lambda: tip.all_inner_texts() == ["9 cases, 0 overdue"])  # fmt: skip
        page.mouse.click(x, y)

        expect(here).to_have_text("9 here")
        links = page.locator(".here a").evaluate_all("all => all.map(({hash}) => hash.slice(6))")
        assert set(links) == ids
        page.wait_for_function(ON_THE_MAP)


ON_THE_MAP = """() => {
    const [map, list] = ["#ground", ".held .maplibregl-popup-content"].map(
        (each) => document.querySelector(each).getBoundingClientRect());
    return list.top >= map.top && list.bottom <= map.bottom && list.height > 60;
}"""


def test_the_map_is_where_it_was_left_and_goes_to_what_is_found(page, case):
    case(address="桥头 8 号", case_no="26-001337")
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()
    for typed, found, kind in (("桥头", "26-001337", "Case"), ("西街", "西街中队", "Squad"),
                               (f"{WEST}001001", "West south", "Grid")):  # fmt: skip
        told = re.compile(f"{kind}.*{found}")
        repeated(page, partial(page.locator("#search").fill, typed),
                 partial(sees, page.locator("#finds button"), told))  # fmt: skip

    page.locator("#search").fill("柳河")
    expect(page.locator("#finds button")).to_have_text("Place柳河路")
    page.locator("#search").press("Enter")

    page.wait_for_function(MOVED, arg=[119.908, 29.708])
    page.reload()
    page.locator("#ground[data-drawn]").wait_for()
    assert left_at(page) == (119.908, 29.708)


def test_a_filter_holds_for_queue_and_map_is_kept_and_says_what_it_hides(page, case):
    late = datetime.now(UTC) - timedelta(minutes=5)
    case(), case(), case(matter_code="S01", due_at=late, due_limit="30m")
    page.goto("/desk?lang=en")
    rows, hidden = page.locator(".entry"), page.locator("#hidden-cases")
    expect(rows).to_have_count(3)
    expect(page.locator("[name=matter] option")).to_have_count(3)
    page.locator("#ground[data-drawn]").wait_for()

    page.keyboard.press("f")
    page.keyboard.type("Exposed")

    told = "1 open cases hidden by the filter, 1 of them overdue"
    expect(rows).to_have_count(2)
    expect(hidden).to_have_text(told)
    expect(page.locator("#tabs [data-queue=dispatch] .count")).to_have_text("2")
    expect(page.locator("#tabs [data-queue=overdue] .count")).to_have_text("0")
    middle, here = page.locator("#ground").evaluate(MIDDLE), page.locator(".here h3")
    repeated(page, lambda: page.mouse.click(*middle), lambda: here.all_inner_texts() == ["3 here"])
    page.reload()
    expect(hidden).to_have_text(told)
    expect(rows).to_have_count(2)
    page.locator("[data-queue=overdue]").click()
    expect(page.locator("#list")).to_contain_text("No case passes the filter")
    page.get_by_role("button", name="Show all").click()
    expect(rows).to_have_count(1)
    expect(hidden).to_be_hidden()
    expect(page.locator("[name=matter]")).to_be_focused()


def sees(found: Locator, told: re.Pattern[str]) -> bool:
    return any(told.search(text) for text in found.all_text_contents()[:1])


MOVED = """([lon, lat]) => {
    const kept = localStorage.getItem(`desk.${document.documentElement.dataset.login}.view`);
    const [x, y] = JSON.parse(kept).center;
    return Math.abs(x - lon) < 1e-5 && Math.abs(y - lat) < 1e-5;
}"""


@pytest.mark.parametrize(("language", "metres"), [("en", "m"), ("zh", "米")])
def test_a_map_that_was_never_left_shows_what_its_reader_sees(
    chromium, address, secret, language, metres
):
    with opened(chromium, address, cookie(secret), MISSING) as (page, _):
        page.goto(f"/desk?lang={language}")
        page.locator("#ground[data-drawn]").wait_for()

        expect(page.locator(".maplibregl-ctrl-scale")).to_have_text(
            re.compile(rf"^[1-5]00\s{metres}$")
        )
