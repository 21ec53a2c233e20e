"""What a matter asks of its reporter."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, update

from layers.incidents.tables import Incident
from layers.matters.tables import Matter
from tests.web.field.phone import Phone
from tests.web.field.world import RUBBISH, all_of, worker

pytestmark = pytest.mark.browser
WHEN = {"code": "since", "datatype": "datetime", "zh": "何时开始", "en": "Since when"}


def test_a_time_that_is_asked_for_is_the_bureaus_wherever_the_phone_thinks_it_is(
    own: Engine, phone: Phone, photo: Path
):
    with own.begin() as connection:
        named = update(Matter).where(Matter.name_en == RUBBISH)
        connection.execute(named.values(questions=[{**WHEN, "variable": True, "required": False}]))
    abroad = phone.context.new_cdp_session(phone.page)
    abroad.send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    phone.sign_in(worker(own, "from.abroad"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    phone.page.get_by_role("radio", name=RUBBISH).check()
    phone.page.get_by_text("More to say").click()
    phone.page.get_by_label("Since when").fill("2026-11-20T14:05")

    phone.page.get_by_role("button", name="Back").click()
    phone.page.get_by_role("link", name="Go on").click()

    phone.page.get_by_text("More to say").click()
    expect(phone.page.get_by_label("Since when")).to_have_value("2026-11-20T14:05")
    phone.send()
    phone.all_arrived()
    assert all_of(own, Incident.answers) == [({"since": "2026-11-20T14:05:00+08:00"},)]
