"""A resident with any phone: a report by hand or by keyboard, and the link to what becomes of
it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import Engine, delete, insert, select, text

from api import cluster as clusters
from api import tickets
from api.limits import Allowance, Buckets
from api.residents import Patience, key
from api.settings import Settings
from layers.enquiries.tables import Enquiry
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.photos.tables import Photo
from layers.reporters.tables import Reporter
from tests.cast import WEST
from tests.conftest import ROOT, app_url, town_of_its_own
from tests.pictures import drawn, encoded
from tests.web.phone import Line
from tests.web.served import PATIENCE_MS, serving

pytestmark = pytest.mark.browser
RUBBISH, RUBBLE = "Exposed rubbish", "Rubble"
HERE = f"/report?grid={WEST}001001&lang=en"
OPTIONS = {
    "viewport": {"width": 360, "height": 740}, "locale": "en-GB", "has_touch": True,
    "permissions": ["geolocation"],
    "geolocation": {"longitude": 119.905, "latitude": 29.705, "accuracy": 12},
}  # fmt: skip
MANY = """[{"code": "size", "datatype": "singlevaluelist", "zh": "多大", "en": "How large",
    "required": true, "values": [{"key": "big", "zh": "大", "en": "Big"}]},
    {"code": "heaps", "datatype": "number", "zh": "几堆", "en": "How many heaps"},
    {"code": "of", "datatype": "multivaluelist", "zh": "是什么", "en": "What it is",
     "required": true, "values": [{"key": "stone", "zh": "石头", "en": "Stone"}]}]"""
AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"
SERIOUS = """async () => (await axe.run()).violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html)}`)"""


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    with town_of_its_own(cluster, "test_web_resident") as engine:
        with engine.begin() as connection:
            for code, zh, en in (("S02", "暴露垃圾", RUBBISH), ("S03", "渣土", RUBBLE)):
                row = {"code": code, "name_zh": zh, "name_en": en, "offered": True, "public": True,
                       "class_zh": "市容", "class_en": "City appearance"}  # fmt: skip
                connection.execute(insert(Matter).values(row))
            connection.execute(text("UPDATE matters SET questions = CAST(:many AS jsonb)"
                                    " WHERE code = 'S03'"), {"many": MANY})  # fmt: skip
        yield engine


@pytest.fixture(scope="module")
def line() -> Line:
    return Line()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def address(own: Engine, line: Line, settings: Settings) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, settings, line.before) as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_reported(own: Engine, line: Line) -> None:
    line.mend()
    with own.begin() as connection:
        for table in (Photo, Reporter, Enquiry, Step, Incident):
            connection.execute(delete(table))


@pytest.fixture
def context(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=address, **OPTIONS)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """On which anything that goes wrong in a script fails the test."""
    made, wrong = context.new_page(), []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    yield made
    assert wrong == []


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(encoded(drawn()))
    return path


def all_of(own: Engine, *columns: object) -> list[tuple]:
    with own.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def tab_to(page: Page, wanted: str) -> None:
    for _ in range(30):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not reach {wanted}")


def arrived(page: Page) -> None:
    page.wait_for_url("**/r/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Received")


def test_a_report_by_the_keyboard_alone(own: Engine, page: Page):
    page.goto(HERE)
    expect(page.get_by_text("Here: West south")).to_be_visible()

    tab_to(page, "[name=matter]")
    page.keyboard.press("Space")
    tab_to(page, "[name=description]")
    page.keyboard.type("by the east gate")
    tab_to(page, "#send")
    page.keyboard.press("Enter")

    arrived(page)
    told = all_of(own, Incident.source, Incident.matter_code, Incident.description)
    assert told == [("resident", "S02", "by the east gate")]
    expect(page.locator(".number-no")).to_have_text(all_of(own, Incident.case_no)[0][0])
    expect(page.locator("#content")).not_to_contain_text("by the east gate")


def test_a_browser_without_scripts_reports_as_well(
    own: Engine, chromium: Browser, address: str, photo: Path
):
    context = chromium.new_context(base_url=address, java_script_enabled=False, **OPTIONS)
    page = context.new_page()
    page.goto(HERE)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label(RUBBLE).check()
    page.get_by_label("How large").select_option("Big")
    page.get_by_label("Stone").check()
    page.wait_for_timeout(3000)  # no form is filled in faster

    page.get_by_role("button", name="Send").click()

    arrived(page)
    assert all_of(own, Incident.answers) == [({"of": ["stone"], "size": "big"},)]
    page.locator("input[name=photo]").set_input_files(photo)
    page.get_by_role("button", name="Send this photograph").click()
    expect(page.locator(".facts")).to_contain_text("1 arrived")
    assert len(all_of(own, Photo.id)) == 1
    context.close()


def test_what_is_written_without_a_signal_arrives_once_when_it_is_back(
    own: Engine, page: Page, context: BrowserContext, photo: Path
):
    page.goto("/report?lang=en")
    page.get_by_label(RUBBISH).check()
    page.get_by_label("Where I am now").check()
    expect(page.locator("#position")).to_contain_text("12 m")
    page.locator("#camera input").set_input_files(photo)
    expect(page.locator("#photos img")).to_have_count(1)
    context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#told")).to_contain_text("No signal")

    context.set_offline(False)

    arrived(page)
    assert all_of(own, Incident.accuracy_m) == [(12.0,)]
    assert len(all_of(own, Photo.id)) == 1


def with_photos(page: Page, photo: Path, many: int) -> None:
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    for n in range(1, many + 1):
        page.locator("#camera input").set_input_files(photo)
        expect(page.locator("#photos img")).to_have_count(n)
    page.wait_for_timeout(3000)  # sooner it would not be taken
    page.get_by_role("button", name="Send").click()


def test_a_photo_that_must_wait_is_sent_again(own: Engine, page: Page, line: Line, photo: Path):
    slow = Buckets(Allowance(burst=1, each_s=1))
    line.app.state.patience = replace(Patience.fresh(), pictures=slow)

    with_photos(page, photo, 2)

    expect(page.locator("#told")).to_contain_text("still on their way")
    expect(page.locator(".facts")).to_contain_text("2 arrived")
    assert len(all_of(own, Photo.id)) == 2
    line.app.state.patience = Patience.fresh()


def test_a_photo_that_is_refused_is_told_and_another_can_be_chosen(
    own: Engine, page: Page, photo: Path
):
    def damaged(route: Route) -> None:
        route.continue_(post_data=b"no picture")

    page.route("**/photos/*", damaged)
    with_photos(page, photo, 1)
    expect(page.locator("#wrong")).to_contain_text("photo 1 was not taken")
    expect(page.locator("#what")).to_be_hidden()
    page.unroute("**/photos/*", damaged)

    page.locator("#camera input").set_input_files(photo)
    expect(page.locator("#photos img")).to_have_count(1)
    page.get_by_role("button", name="Go on").click()

    expect(page.locator(".facts")).to_contain_text("1 arrived")
    assert len(all_of(own, Incident.id)) == len(all_of(own, Photo.id)) == 1


def test_photographs_are_added_from_the_link_while_the_case_is_open(
    own: Engine, page: Page, context: BrowserContext, photo: Path
):
    with_photos(page, photo, 1)
    arrived(page)
    expect(page.get_by_role("button", name="Send the photographs")).to_be_hidden()
    for n in (1, 2):
        page.locator("#camera input").set_input_files(photo)
        expect(page.locator("#photos img")).to_have_count(n)
    context.set_offline(True)
    page.get_by_role("button", name="Send the photographs").click()
    expect(page.locator("#told")).to_contain_text("still on their way")

    context.set_offline(False)

    expect(page.locator(".facts")).to_contain_text("3 arrived")
    expect(page.locator("#more")).to_have_count(0)
    assert len(all_of(own, Photo.id)) == 3


def test_whoever_has_no_signal_is_asked_at_once_what_is_asked_of_the_matter(
    own: Engine, page: Page, context: BrowserContext
):
    page.goto(HERE)
    page.get_by_label(RUBBLE).check()
    page.get_by_label("How many heaps").fill("some")
    context.set_offline(True)
    answers = {
        "Please answer: How large": lambda: page.get_by_label("How large").select_option("Big"),
        "does not fit: How many": lambda: page.get_by_label("How many heaps").fill("3"),
        "Please answer: What it is": lambda: page.get_by_label("Stone").check(),
    }
    for wrong, answer in answers.items():
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#wrong")).to_contain_text(wrong)
        expect(page.locator("#told")).to_be_hidden()
        answer()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#told")).to_contain_text("No signal")

    context.set_offline(False)

    arrived(page)
    assert all_of(own, Incident.answers) == [({"of": ["stone"], "size": "big", "heaps": 3.0},)]


def test_whoever_comes_back_is_told_that_nothing_was_sent_until_it_was(
    own: Engine, page: Page, context: BrowserContext
):
    page.goto(HERE)
    expect(page.locator("#unsent")).to_be_hidden()
    page.get_by_label(RUBBISH).check()
    context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#told")).to_contain_text("No signal")
    page.close()
    context.set_offline(False)

    back = context.new_page()
    back.goto(HERE)
    expect(back.locator("#unsent")).to_contain_text("not sent yet")
    back.get_by_role("button", name="Send").click()

    arrived(back)
    assert len(all_of(own, Incident.id)) == 1
    back.goto(HERE)
    expect(back.locator("#unsent")).to_be_hidden()


def test_an_answer_that_is_lost_makes_no_second_report(own: Engine, page: Page, line: Line):
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    page.wait_for_timeout(3000)  # sooner it would not be taken
    line.lose = lambda scope: scope["path"] == "/api/public/reports"
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#told")).to_contain_text("No signal")
    line.lose = lambda _: False

    page.get_by_label("Anything else?").fill("changed too late")
    page.get_by_role("button", name="Send").click()

    arrived(page)
    assert all_of(own, Incident.description) == [(None,)]


def test_sent_many_times_at_once_it_is_one(own: Engine, address: str, settings: Settings):
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    report = {"id": str(uuid4()), "ticket": tickets.issue(key(settings), a_minute_ago),
              "matter": "S02", "lon": 119.905, "lat": 29.705, "phone": "13800001111"}  # fmt: skip

    def post(_: int) -> tuple[int, bytes]:
        body = json.dumps(report).encode()
        asked = Request(f"{address}/api/public/reports", body, {"Content-Type": "application/json"})
        with urlopen(asked) as answer:
            return answer.status, answer.read()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))

    assert sorted(status for status, _ in answers) == [200] * 15 + [201]
    assert len({body for _, body in answers}) == 1
    assert len(all_of(own, Incident.id)) == len(all_of(own, Reporter.incident_id)) == 1


def test_what_was_written_outlives_the_page_but_who_wrote_it_does_not(page: Page):
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    page.get_by_label("Anything else?").fill("by the east gate")
    page.get_by_text("Shall we call you back?").click()
    page.get_by_label("Name").fill("Li")

    page.goto(HERE.replace("lang=en", "lang=zh"))

    expect(page.locator("[name=matter]").first).to_be_checked()
    expect(page.locator("[name=description]")).to_have_value("by the east gate")
    expect(page.locator("[name=name]")).to_have_value("")
    assert page.evaluate("localStorage.length") == 0, "the next one to scan the code reads nothing"


def test_what_is_reported_already_is_followed_instead(own: Engine, page: Page):
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    page.get_by_label("Where I am now").check()
    page.get_by_role("button", name="Send").click()
    arrived(page)
    with own.begin() as connection:
        connection.execute(text("UPDATE incidents SET state = 'filed'"))

    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    page.get_by_label("Where I am now").check()
    expect(page.locator("#near")).to_contain_text("Accepted")
    page.get_by_role("button", name="let me follow it").click()

    page.wait_for_url("**/r/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Accepted")
    assert (len(all_of(own, Incident.id)), len(all_of(own, Enquiry.id))) == (1, 2)


STATES = {
    "to_check": "Being checked", "filed": "Accepted", "dispatched": "Squad on its way",
    "on_scene": "Being worked on", "handled": "Being inspected", "rejected": "Not accepted",
    "closed": "Done",
}  # fmt: skip


def test_the_link_tells_how_it_stands_and_asks_at_the_end(own: Engine, page: Page):
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    page.get_by_role("button", name="Send").click()
    arrived(page)

    for state, words in STATES.items():
        with own.begin() as connection:
            connection.execute(text("UPDATE incidents SET state = :state"), {"state": state})
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_contain_text(words)
    page.locator(".scores .choice", has_text="quite").click()
    page.get_by_label("What you would like to add").fill("quick")
    page.get_by_role("button", name="Send my opinion").click()

    expect(page.locator("#satisfaction")).to_contain_text("Thank you")
    assert all_of(own, Enquiry.satisfaction, Enquiry.opinion) == [(4, "quick")]


def test_the_first_visit_takes_at_most_100_kb(page: Page, line: Line):
    before = line.bytes

    page.goto(HERE)
    page.wait_for_load_state("networkidle")

    assert 10_000 < line.bytes - before < 100_000


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_is_wider_than_the_phone_or_shuts_anybody_out(
    own: Engine, page: Page, language: str
):
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()
    page.get_by_role("button", name="Send").click()
    arrived(page)
    link, found = page.url, {}
    here, there = HERE.replace("lang=en", f"lang={language}"), f"{link}?lang={language}"
    for scheme, state in (("light", "reported"), ("light", "closed"), ("dark", "closed")):
        with own.begin() as connection:
            connection.execute(text("UPDATE incidents SET state = :state"), {"state": state})
        page.emulate_media(color_scheme=scheme)
        for path in (here, there):
            page.goto(path)
            page.evaluate(AXE.read_text())
            found[f"{scheme} {state} {path}"] = page.evaluate(SERIOUS)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path

    assert {view: wrong for view, wrong in found.items() if wrong} == {}
