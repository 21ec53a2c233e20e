"""A phone without room says so, and goes on once there is some."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from tests.web.squad.phone import Phone, member, order

pytestmark = pytest.mark.browser
FULL = """() => { window.put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = () => {
    throw new DOMException("no room", "QuotaExceededError"); } }"""
"""What a browser does when the phone has no room left."""
ROOM = "() => { IDBObjectStore.prototype.put = window.put; }"


def test_a_step_and_a_word_of_duty_that_find_no_room_are_told_and_done_later(
    own: Engine, phone: Phone
):
    case = order(own)
    phone.sign_in(member(own, "no.room"))
    phone.visit()
    full = phone.page.get_by_role("alert").filter(has_text="The phone is full")
    phone.page.evaluate(FULL)
    phone.press(case, "Accept")
    expect(full).to_be_in_viewport()
    phone.page.evaluate(ROOM)

    phone.press(case, "Accept")

    expect(phone.card(case).get_by_role("button", name="I am there")).to_be_visible()
    expect(full).to_have_count(0)
    phone.synced()
    phone.page.evaluate(FULL)
    squad = phone.page.get_by_label("Your squad")
    squad.get_by_role("button", name="Start shift").tap()
    expect(full).to_be_in_viewport()
    phone.page.evaluate(ROOM)
    squad.get_by_role("button", name="Start shift").tap()
    expect(squad).to_contain_text("On duty since")
    expect(full).to_have_count(0)


def test_the_form_of_a_step_that_finds_no_room_stays_with_all_that_was_written(
    own: Engine, phone: Phone, photo: Path
):
    case = order(own)
    phone.sign_in(member(own, "no.room.left"))
    phone.visit()
    phone.press(case, "Accept")
    phone.press(case, "I am there")
    phone.press(case, "Finish")
    phone.page.locator("form .camera input").set_input_files(photo)
    expect(phone.page.locator("form img")).to_have_count(1)
    finish = phone.page.locator("form").get_by_role("button", name="Finish", exact=True)
    phone.page.evaluate(FULL)
    finish.tap()
    expect(phone.page.get_by_role("alert").first).to_contain_text("The phone is full")
    expect(phone.page.locator("form img")).to_have_count(1)
    phone.page.evaluate(ROOM)

    phone.send("Finish")

    phone.synced()
