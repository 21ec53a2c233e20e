"""Why an order stands as it does, on a squad's phone."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, update

from layers.incidents.actions.stepping import Said
from layers.incidents.rules import PREEMPTED
from layers.incidents.tables import Incident
from tests.web.squad.phone import Phone, done, member, order, recall
from tests.web.squad.test_orders import READ

pytestmark = pytest.mark.browser


def said(verb: str, **more) -> Said:
    return Said(verb, uuid4(), datetime.now(UTC), **more)


def reworked(own: Engine) -> UUID:
    """An order that was done and is to be done again."""
    case = order(own)
    for verb in ("accept", "arrive"):
        done(own, case, said(verb))
    with own.begin() as connection:
        connection.execute(update(Incident).where(Incident.id == case).values(state="handled"))
    done(own, case, said("rework", reason="The kerb is blocked still"))
    return case


def test_an_order_that_gave_way_says_so_in_words(own: Engine, phone: Phone):
    case = order(own)
    phone.sign_in(member(own, "gave.way"))
    phone.visit()
    phone.page.goto(f"/squad#order/{case}")
    content = phone.page.locator("#content")
    expect(content.locator(".chip").first).to_have_text("Dispatched")

    recall(own, case, PREEMPTED)
    phone.page.evaluate(READ)

    told = "gave way to a case that presses more"
    expect(content.locator(".why")).to_have_text(f"Recalled: {told}")
    content.get_by_text("History").tap()
    expect(content.locator("details .rows")).to_contain_text(f"Recalled {told}")
    expect(content).not_to_contain_text(PREEMPTED)


def test_a_reason_of_the_past_is_not_told_as_todays(own: Engine, phone: Phone):
    case = order(own)
    recall(own, case)
    done(own, case, said("dispatch", squad="S1"))
    done(own, case, said("prioritise", priority=2, reason="The mayor comes by"))
    phone.sign_in(member(own, "todays.reason"))
    phone.visit()

    phone.page.goto(f"/squad#order/{case}")

    content = phone.page.locator("#content")
    expect(content.locator(".chip").first).to_have_text("Dispatched")
    expect(content.locator(".why")).to_have_count(0)
    expect(content.locator("section.card").first).not_to_contain_text("another squad is nearer")
    expect(content.locator("section.card").first).not_to_contain_text("The mayor comes by")


def test_the_card_of_what_is_to_be_done_again_says_so_and_why(own: Engine, phone: Phone):
    case = reworked(own)
    phone.sign_in(member(own, "once.more"))

    phone.visit()

    card = phone.card(case)
    expect(card.locator(".chip")).to_have_text("To be done again")
    expect(card.locator(".why")).to_have_text("To be done again: The kerb is blocked still")
    phone.press(case, "Accept")
    phone.synced()
    expect(card.get_by_role("button", name="I am there")).to_be_visible()
    expect(card.locator(".chip")).to_have_text("Accepted")
    expect(card.locator(".why")).to_contain_text("The kerb is blocked still")


def test_a_form_asks_for_a_photo_only_until_there_is_one(own: Engine, phone: Phone, photo: Path):
    case = order(own)
    for verb in ("accept", "arrive"):
        done(own, case, said(verb))
    phone.sign_in(member(own, "takes.one"))
    phone.visit()
    phone.press(case, "Finish")
    phone.page.locator("form").get_by_role("button", name="Finish", exact=True).tap()
    expect(phone.page.get_by_role("alert")).to_have_text("Take a photo (at least 1)")

    phone.page.locator("form .camera input").set_input_files(photo)

    expect(phone.page.locator("form img")).to_have_count(1)
    expect(phone.page.locator("form .failure")).to_be_hidden()
