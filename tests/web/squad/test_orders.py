"""Orders on a squad's phone: they arrive, are worked to the end, and are nobody else's."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, select
from starlette.types import Scope

from layers.incidents.tables import Incident, Step
from layers.photos.tables import Photo
from tests.conftest import ROOT
from tests.web.bureau import all_of
from tests.web.phone import Line
from tests.web.served import PATIENCE_MS
from tests.web.squad.phone import Phone, member, order, recall

pytestmark = pytest.mark.browser
READ = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a page does when it is looked at again; it would ask by itself some seconds later."""


def verbs(own: Engine, case: UUID) -> list[str]:
    with own.begin() as connection:
        asked = select(Step.verb).where(Step.incident_id == case).order_by(Step.version)
        return list(connection.execute(asked).scalars())


def test_an_order_is_worked_to_its_end_in_flight_mode_and_arrives_once(
    own: Engine, phone: Phone, photo: Path
):
    case = order(own)
    secret = member(own, "to.the.end")
    phone.sign_in(secret)
    phone.visit()
    expect(phone.card(case)).to_contain_text("Please accept by")
    phone.context.close()
    phone.start(offline=True).goto("/squad")
    phone.sign_in(secret)

    phone.press(case, "Accept")
    phone.press(case, "I am there")
    phone.press(case, "Give an opinion")
    phone.page.get_by_role("textbox").fill("The stalls go by three")
    phone.send("Give an opinion")
    phone.press(case, "Finish")
    phone.page.locator("form .camera input").set_input_files(photo)
    expect(phone.page.locator("form img")).to_have_count(1)
    phone.send("Finish")
    expect(phone.page.get_by_label("Done here, to be sent").get_by_role("link")).to_have_count(1)
    assert verbs(own, case) == ["dispatch"]
    phone.kill()
    phone.start(offline=True).goto("/squad")
    phone.sign_in(secret)
    expect(phone.page.get_by_label("Done here, to be sent").get_by_role("link")).to_have_count(1)
    phone.context.set_offline(False)

    phone.synced()
    expect(phone.page.get_by_text("No order waits")).to_be_visible()
    way = ["dispatch", "accept", "arrive", "give_opinion", "finish"]
    assert verbs(own, case) == way
    assert all_of(own, Photo.incident_id, Photo.kind) == [(case, "after")]
    assert all_of(own, Incident.state) == [("handled",)]


def test_an_order_is_declined_with_a_reason_that_need_not_be_typed(own: Engine, phone: Phone):
    case = order(own)
    phone.sign_in(member(own, "declines"))
    phone.visit()

    phone.press(case, "Decline")
    phone.page.locator("form").get_by_role("button", name="Decline", exact=True).tap()
    expect(phone.page.get_by_role("alert")).to_have_text("Say why")
    phone.page.get_by_role("button", name="Not in our area").tap()
    phone.send("Decline")

    phone.synced()
    expect(phone.page.get_by_text("No order waits")).to_be_visible()
    assert all_of(own, Step.verb, Step.reason)[-1] == ("decline", "Not in our area")


def test_a_new_order_rings_and_pushes_nothing_away(own: Engine, phone: Phone):
    first = order(own, minutes_ago=1)
    phone.sign_in(member(own, "hears"))
    phone.visit()
    expect(phone.page.get_by_text("Touch the screen once")).to_be_visible()
    phone.page.locator("#where").tap()
    expect(phone.page.get_by_text("Touch the screen once")).to_be_hidden()
    phone.page.evaluate(HEAR)
    second = order(own, minutes_ago=8)  # due sooner: it belongs at the top

    phone.page.evaluate(READ)

    expect(phone.page.locator("#said")).to_have_text("New order: Exposed rubbish")
    assert phone.page.evaluate("window.notes") == 4
    expect(phone.card(first)).to_be_visible()
    expect(phone.card(second)).to_have_count(0)
    phone.page.get_by_role("button", name="1 new order").tap()
    expect(phone.card(second)).to_be_visible()
    shown = [one.get_attribute("data-id") for one in phone.page.locator(".order").all()]
    assert shown == [str(second), str(first)]


def test_an_order_is_heard_at_once_and_once_more_if_nobody_accepts_it(own: Engine, phone: Phone):
    phone.context.add_init_script(NEVER_ASK)
    phone.sign_in(member(own, "hears.at.once"))
    phone.visit()
    phone.page.locator("#where").tap()
    phone.page.evaluate(HEAR)

    case = order(own)

    expect(phone.page.locator("#said")).to_have_text("New order: Exposed rubbish")
    expect(phone.card(case)).to_be_visible()
    order(own, minutes_ago=4)  # of five
    expect(phone.page.locator("#said")).to_have_text(
        "Not accepted yet: Exposed rubbish", timeout=PATIENCE_MS
    )
    phone.until(lambda: phone.page.evaluate("window.notes") == 12)


NEVER_ASK = """const set = window.setInterval; window.setInterval = (act, ms, ...more) =>
    set(act, ms < 10_000 ? ms : 2 ** 30, ...more);"""
HEAR = """() => { window.notes = 0; const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) {
        window.notes += 1; start.apply(this, at); }; }"""


def test_an_order_that_is_called_back_stays_until_that_was_read(own: Engine, phone: Phone):
    case, other = order(own), order(own, "S2")
    phone.sign_in(member(own, "called.back"))
    phone.visit()
    expect(phone.card(other)).to_have_count(0)
    recall(own, case)

    phone.page.evaluate(READ)

    expect(phone.card(case)).to_contain_text("Not your squad's any more: Filed")
    phone.card(case).get_by_role("button", name="Understood").tap()
    expect(phone.page.get_by_text("No order waits")).to_be_visible()


def test_an_order_that_is_open_in_full_keeps_step_with_what_happens_to_it(
    own: Engine, phone: Phone
):
    case = order(own)
    phone.sign_in(member(own, "looks.on"))
    phone.visit()
    phone.page.goto(f"/squad#order/{case}")
    content = phone.page.locator("#content")
    expect(content.locator(".chip").first).to_have_text("Dispatched")

    content.get_by_role("button", name="Accept").tap()

    expect(content.get_by_role("button", name="I am there")).to_be_visible()
    expect(content.locator(".chip").first).to_have_text(re.compile("^Accept"))
    phone.synced()
    recall(own, case)
    phone.page.evaluate(READ)
    expect(content).to_contain_text("Not your squad's any more: Filed")
    expect(content.get_by_role("button", name="I am there")).to_have_count(0)
    content.get_by_role("button", name="Understood").tap()
    expect(phone.page.get_by_text("No order waits")).to_be_visible()


def test_an_order_that_is_called_back_while_it_is_read_is_told_too(
    own: Engine, phone: Phone, line: Line
):
    case = order(own)
    phone.sign_in(member(own, "in.between"))
    phone.visit()
    line.lose = called_back(own, case)

    phone.press(case, "Accept")

    expect(phone.card(case)).to_contain_text("Not your squad's any more: Filed")
    line.mend()


def called_back(own: Engine, case: UUID) -> Callable[[Scope], bool]:
    """Once the list has come, and before the order itself is asked for."""
    done: list[bool] = []

    def between(scope: Scope) -> bool:
        if scope["path"] == f"/api/incidents/{case}" and not done:
            done.append(True)
            recall(own, case)
        return False

    return between


def test_on_a_shared_phone_the_next_one_sees_and_sends_nothing_of_the_first(
    own: Engine, phone: Phone
):
    case = order(own)
    first, second = member(own, "early.squad"), member(own, "late.squad")
    phone.sign_in(first)
    phone.visit()
    phone.context.set_offline(True)
    phone.press(case, "Accept")
    expect(phone.page.locator("#synced")).to_have_text("1 waiting")

    phone.sign_in(second)
    phone.context.set_offline(False)

    expect(phone.page.get_by_text("1 of other people wait on this phone")).to_be_visible()
    expect(phone.card(case).get_by_role("button", name="Accept")).to_be_visible()
    phone.page.goto("/squad#waiting")
    expect(phone.page.get_by_text("Everything has arrived")).to_be_visible()
    assert verbs(own, case) == ["dispatch"]
    phone.sign_in(first)
    phone.page.goto("/squad")
    phone.synced()
    expect(phone.card(case).get_by_role("button", name="I am there")).to_be_visible()
    assert verbs(own, case) == ["dispatch", "accept"]


def test_a_step_that_came_too_late_says_why_and_gives_the_order_back(own: Engine, phone: Phone):
    case = order(own)
    phone.sign_in(member(own, "late.step"))
    phone.visit()
    phone.context.set_offline(True)
    phone.press(case, "Accept")
    recall(own, case)

    phone.context.set_offline(False)

    expect(phone.page.locator("#synced")).to_have_text("1 refused")
    phone.page.get_by_role("link", name="See what waits").tap()
    expect(phone.page.locator(".item.refused")).to_contain_text("Accept")


def test_the_history_of_an_order_names_the_squad_it_went_to(own: Engine, phone: Phone):
    case = order(own)
    phone.sign_in(member(own, "reads.back"))
    phone.visit()

    phone.page.goto(f"/squad#order/{case}")
    phone.page.get_by_text("History").tap()

    expect(phone.page.locator("details .rows")).to_contain_text("西街中队")


def test_whoever_is_not_signed_in_comes_back_to_the_orders(own: Engine, phone: Phone):
    phone.page.goto("/squad")

    phone.page.wait_for_url("**/sign-in?next=/squad")


def test_the_start_page_leads_a_squad_to_its_orders(own: Engine, phone: Phone):
    phone.sign_in(member(own, "starts"))
    phone.page.goto("/")

    phone.page.get_by_role("link", name="See the orders").tap()

    expect(phone.page.locator("h1")).to_have_text("Orders")


def test_the_first_visit_takes_at_most_300_kb(own: Engine, phone: Phone, line: Line):
    order(own)
    phone.sign_in(member(own, "first.squad"))
    before = line.bytes

    phone.visit()

    assert 20_000 < line.bytes - before < 300_000
    assert phone.page.evaluate("[...document.fonts].length") == 0


VIEWS = ("", "#waiting", "#order", "#finish", "#give_opinion", "#decline")
AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"
SERIOUS = """async () => (await axe.run()).violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html)}`)"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_view_is_wider_than_the_phone_or_shuts_anybody_out(
    own: Engine, phone: Phone, language: str
):
    case, late = order(own), order(own, minutes_ago=45)
    phone.sign_in(member(own, f"sees.{language}"))
    phone.opened(f"/squad?lang={language}")
    phone.card(late).locator("button.primary").tap()
    phone.card(late).locator("button.primary").tap()
    found: dict[str, object] = {}
    for scheme in ("light", "dark"):
        phone.page.emulate_media(color_scheme=scheme)
        for view in VIEWS:
            which = "" if view in ("", "#waiting") else f"/{case if view == '#decline' else late}"
            phone.page.goto(f"/squad?lang={language}{view}{which}")
            phone.page.locator("h1").wait_for(state="attached")
            phone.page.evaluate(AXE.read_text())
            found[f"{scheme} {view}"] = phone.page.evaluate(SERIOUS)
            assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360, view

    assert {view: wrong for view, wrong in found.items() if wrong} == {}
