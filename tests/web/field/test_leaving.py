"""A phone that goes from hand to hand: whoever leaves has left, and the next one begins afresh."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from tests.web.field.phone import Phone
from tests.web.field.world import again, worker
from tests.web.phone import Line

pytestmark = pytest.mark.browser
READ = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a page does when it is looked at again; it would ask by itself some time later."""
CUT = """() => { const real = window.fetch; window.fetch = (path, ...more) => path === "/sign-out"
    ? Promise.reject(new TypeError("the line is cut")) : real(path, ...more); }"""


def test_a_sign_out_to_which_somebody_else_said_yes_is_carried_out_later(
    own: Engine, phone: Phone, line: Line
):
    phone.sign_in(worker(own, "not.heard"))
    phone.visit()
    line.astray = lambda scope: scope["path"] == "/sign-out"

    phone.page.get_by_role("button", name="Sign out").click()

    expect(phone.page.locator("#content")).to_contain_text("The first visit needs a signal")
    line.mend()
    phone.page.goto("/field")
    phone.page.wait_for_url("**/sign-in?next=/field")
    assert phone.context.request.get("/api/account").status == 401


def test_a_line_that_is_cut_in_the_midst_of_signing_out_leaves_no_page_to_write_on(
    own: Engine, phone: Phone
):
    phone.sign_in(worker(own, "cut.off"))
    phone.visit()
    phone.page.evaluate(CUT)

    phone.page.get_by_role("button", name="Sign out").click()

    phone.page.wait_for_url("**/sign-in?next=/field")
    assert phone.context.request.get("/api/account").status == 401


def test_a_sign_out_that_never_arrived_does_not_sign_out_the_next_one(
    own: Engine, phone: Phone, line: Line
):
    first, second = worker(own, "left.unheard"), worker(own, "comes.next")
    phone.sign_in(first)
    phone.visit()
    line.astray = lambda scope: scope["path"] == "/sign-out"
    phone.page.get_by_role("button", name="Sign out").click()
    expect(phone.page.locator("#shoot")).to_have_count(0)
    line.mend()

    phone.sign_in(second)
    phone.visit()

    phone.sign_in(again(own, "left.unheard"))
    phone.visit()


def test_a_report_begun_in_one_tab_is_gone_once_its_writer_left_in_another(
    own: Engine, phone: Phone, photo: Path
):
    first, second = worker(own, "two.tabs"), worker(own, "takes.over")
    phone.sign_in(first)
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    phone.page.get_by_text("More to say").click()
    phone.page.get_by_label("Description").fill("by the east gate")
    other = phone.context.new_page()
    other.goto("/field")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in?next=/field")

    phone.page.evaluate(READ)

    phone.page.wait_for_url("**/sign-in?next=/field")
    phone.sign_in(second)
    phone.visit()
    expect(phone.page.get_by_text("You began a report")).to_be_hidden()
    phone.sign_in(again(own, "two.tabs"))
    phone.page.goto("/field")
    phone.page.get_by_role("link", name="Go on").click()
    phone.page.get_by_text("More to say").click()
    expect(phone.page.get_by_label("Description")).to_have_value("by the east gate")


def test_whoever_leaves_is_taken_away_once(own: Engine, phone: Phone):
    """A second navigation would break off the first."""
    phone.sign_in(worker(own, "goes.once"))
    phone.visit()
    asked: list[str] = []
    tools = phone.context.new_cdp_session(phone.page)
    tools.send("Page.enable")
    tools.on("Page.frameRequestedNavigation", lambda it: asked.append(urlsplit(it["url"]).path))

    phone.page.get_by_role("button", name="Sign out").click()

    expect(phone.page.get_by_label("Password")).to_be_visible()
    assert asked == ["/field", "/sign-in"]
