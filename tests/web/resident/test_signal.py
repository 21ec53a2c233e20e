"""A report without a signal, or whose answer is lost, arrives once with all its photographs."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import Engine

from api import tickets
from api.limits import Allowance, Buckets
from api.residents import Patience, key
from api.settings import Settings
from layers.incidents.tables import Incident
from layers.photos.tables import Photo
from layers.reporters.tables import Reporter
from tests.web.phone import Line
from tests.web.resident.phone import HERE, RUBBISH, RUBBLE, all_of, arrived, with_photos

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize("refuses", ["room", "storage"])
def test_a_browser_that_keeps_nothing_reports_as_well(own: Engine, page: Page, refuses: str):
    page.add_init_script(REFUSING[refuses])
    page.goto(HERE)
    page.get_by_label(RUBBISH).check()

    page.get_by_role("button", name="Send").click()

    arrived(page)
    assert len(all_of(own, Incident.id)) == 1


REFUSING = {
    "room": """Storage.prototype.setItem = () => {
        throw new DOMException("no room", "QuotaExceededError"); };""",
    "storage": """for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() {
            throw new DOMException("not here", "SecurityError"); } });""",
}
