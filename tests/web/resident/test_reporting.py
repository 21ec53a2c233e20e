"""A resident with any phone: a report by hand or by keyboard, and the link to how it stands."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text

from layers.enquiries.tables import Enquiry
from layers.incidents.tables import Incident
from layers.photos.tables import Photo
from tests.conftest import ROOT
from tests.web.phone import Line
from tests.web.resident.phone import HERE, OPTIONS, RUBBISH, RUBBLE, all_of, arrived

pytestmark = pytest.mark.browser
AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"
SERIOUS = """async () => (await axe.run()).violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html)}`)"""


def tab_to(page: Page, wanted: str) -> None:
    for _ in range(30):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not reach {wanted}")


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
