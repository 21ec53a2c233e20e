"""The rendered maps in a real browser, its network closed but for our own answers."""

import mimetypes

import pytest
import shapely

from maps import page, sheets
from maps.assets import file_of
from maps.page import Inlined, Linked
from tests.maps import town

pytestmark = pytest.mark.browser
HOST = "http://127.0.0.1:9"
POLICY = (
    "default-src 'none'; script-src 'nonce-n0nce'; style-src 'nonce-n0nce'; "
    "img-src 'self' data:; connect-src 'self'"
)
WATCH = """
window.tasks = [];
new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(e => e.duration)))
  .observe({type: "longtask", buffered: true});
"""


@pytest.fixture
def language():
    return "en"


class Desk:
    """A browser tab that opens a sheet as a server with a strict policy would serve it."""

    def __init__(self, browser, web, width=1440, height=900, **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.tab = self.context.new_page()
        self.tab.set_default_timeout(20_000)
        self.tab.add_init_script(WATCH)
        self.problems, self.requests, self._web = [], [], web
        self.tab.on("pageerror", lambda error: self.problems.append(str(error)))
        self.tab.on("console", self._console)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def open(self, sheet):
        html = page.render(sheet, Linked(), nonce="n0nce")
        self.context.route("**/*", lambda route: self._answer(route, html))
        self.tab.goto(f"{HOST}/maps/{sheet.key}.html")
        self.tab.wait_for_selector("html[data-idle]")
        return self.tab

    def _answer(self, route, html):
        address = route.request.url
        self.requests.append(address)
        if not address.startswith(HOST):
            return route.abort()
        name = address.removeprefix(f"{HOST}/assets/")
        if name == address:
            headers = {"Content-Security-Policy": POLICY}
            return route.fulfill(
                body=html, content_type="text/html; charset=utf-8", headers=headers
            )
        kind = mimetypes.guess_type(name)[0]
        return route.fulfill(body=file_of(name, self._web).read_bytes(), content_type=kind)


@pytest.fixture
def desk(chromium, web):
    made = Desk(chromium, web)
    yield made
    made.context.close()


@pytest.fixture
def phone(chromium, web):
    made = Desk(chromium, web, 360, 740, has_touch=True, is_mobile=True)
    yield made
    made.context.close()


def test_every_map_is_drawn_under_a_strict_policy_without_asking_another_host(sheet, desk):
    tab = desk.open(sheet)

    assert desk.problems == []
    assert all(address.startswith(HOST) for address in desk.requests)
    assert tab.evaluate(
        "document.querySelector('canvas').getContext('2d').getImageData("
        "0, 0, 1200, 800).data.some(value => value)"
    )


def test_a_saved_page_opens_with_the_network_off(sheet, chromium, web, tmp_path):
    file = tmp_path / "map.html"
    file.write_text(page.render(sheet, Inlined(web)), encoding="utf-8")
    context = chromium.new_context(offline=True)
    tab, problems = context.new_page(), []
    tab.on("pageerror", lambda error: problems.append(str(error)))

    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-idle]")

    assert problems == []
    assert tab.locator("canvas").count() == 1
    context.close()


def test_on_a_phone_the_legend_is_folded_and_the_map_keeps_its_room(sheet, phone):
    tab = phone.open(sheet)

    legend, room = tab.locator("#legend").bounding_box(), tab.locator(".map-room").bounding_box()
    assert legend["y"] >= room["y"] + room["height"] - 1
    assert room["height"] > 740 / 2
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    tab.locator("#legend > summary").tap()
    assert tab.locator("#legend fieldset").first.is_visible()


def test_what_people_typed_is_shown_as_text(desk, grids, townships):
    frame = town.incidents(grids, 1)
    typed = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    frame["description"], frame["address"] = typed, "🚮" * 4_000
    frame["overdue"] = False
    tab = desk.open(sheets.incidents(frame, grids, townships, town.about()))

    click(tab, frame.geometry.iloc[0])

    facts = tab.locator(".popup dd").all_inner_texts()
    assert typed in facts
    assert "🚮" * 4_000 in facts
    assert tab.title() != "taken"
    assert tab.locator(".popup").bounding_box()["width"] < 400
    assert desk.problems == []


def test_a_click_on_a_crowd_lists_all_that_is_there(desk, grids, townships):
    frame = town.incidents(grids, 7)
    frame = frame.set_geometry([frame.geometry.iloc[0]] * 7, crs=4326)
    tab = desk.open(sheets.incidents(frame, grids, townships, town.about("en")))

    click(tab, frame.geometry.iloc[0])

    assert tab.locator(".popup h2").inner_text() == "7 here"
    assert tab.locator(".popup details").count() == 7


def test_the_counts_of_a_view_add_up_at_every_zoom(desk, grids, townships):
    tab = desk.open(town.sheet("incidents", town.about(), grids, townships))

    sums = tab.evaluate(
        """async () => {
          const {layers} = await import("sheet/decode");
          const {grouped} = await import("sheet/marks");
          const wire = JSON.parse(document.getElementById("sheet-data").textContent);
          const marks = layers(wire).find((layer) => layer.key === "incidents");
          return [6, 9.25, 12, 15, 19].map((zoom) => grouped(marks, zoom)
            .reduce((sum, spot) => sum + spot.members.length, 0));
        }"""
    )

    assert sums == [900] * 5


def test_a_click_on_a_grid_tells_its_visits_and_why(desk, grids, townships):
    frame = town.visited(grids).assign(visits=3.0)
    tab = desk.open(sheets.frequency(frame, townships, town.about("en")))

    click(tab, frame.geometry.iloc[100].representative_point())

    popup = tab.locator(".popup").inner_text()
    assert frame["code"].iloc[100] in popup
    assert "incidents expected a week\nAt the floor of 2 visits a week" in popup


def test_the_same_things_stand_in_a_table_one_key_away(desk, grids, townships):
    tab = desk.open(town.sheet("squads", town.about("en"), grids, townships))

    tab.keyboard.press("t")

    rows = tab.locator("#table tbody tr").count()
    assert tab.locator("#table caption").inner_text() == f"In view: Squads, {rows} of {rows}"
    assert 8 < rows <= 14
    tab.locator("#table tbody button").first.press("Enter")
    assert tab.locator(".popup").is_visible()


def test_a_layer_can_be_switched_off(desk, grids, townships):
    tab = desk.open(town.sheet("squads", town.about("en"), grids, townships))
    before = tab.locator(".map-room").screenshot()

    tab.get_by_role("checkbox", name="Squads").uncheck()

    assert tab.locator(".map-room").screenshot() != before


def test_the_map_opens_where_it_was_left(desk, grids, townships):
    sheet = town.sheet("squads", town.about("en"), grids, townships)
    tab = desk.open(sheet)
    tab.evaluate("map_sheet.setView([31.07, 117.1], 14, {animate: false})")

    tab.reload()
    tab.wait_for_selector("html[data-idle]")

    assert tab.evaluate("map_sheet.getZoom()") == 14


def test_a_pan_over_a_prefecture_never_holds_the_browser_for_half_a_second(desk):
    grids = town.grids(84, 82).iloc[:6852]
    townships = town.townships(grids)
    frame = town.incidents(grids, 10_000)
    tab = desk.open(sheets.incidents(frame, grids, townships, town.about()))
    tab.evaluate("window.tasks.length = 0")

    for zoom in ("map_sheet.getZoom()", "12"):
        tab.evaluate(f"map_sheet.setZoom({zoom}, {{animate: false}})")
        tab.mouse.move(600, 450)
        tab.mouse.down()
        tab.mouse.move(700, 500, steps=8)
        tab.mouse.up()
        tab.wait_for_timeout(400)

    assert max(tab.evaluate("window.tasks"), default=0) < 500
    assert desk.problems == []


def click(tab, point):
    place = shapely.get_coordinates(point)[0][::-1].tolist()
    spot = tab.evaluate(
        """place => {
          const at = map_sheet.latLngToContainerPoint(place);
          const room = map_sheet.getContainer().getBoundingClientRect();
          return [at.x + room.x, at.y + room.y];
        }""",
        place,
    )
    tab.mouse.click(*spot)
    tab.wait_for_selector(".popup")
