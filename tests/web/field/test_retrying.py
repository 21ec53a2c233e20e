"""What nobody answered is tried again: less and less often, and as soon as somebody answers."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from layers.incidents.tables import Incident
from tests.web.field.phone import Phone
from tests.web.field.world import RUBBISH, all_of, worker
from tests.web.phone import Line

pytestmark = pytest.mark.browser
PATIENT = """
window.waits = [];
Math.random = () => 0.5;
const [timeout, interval] = [window.setTimeout, window.setInterval];
window.setTimeout = (act, ms, ...more) =>
    ms > 9_000 ? window.waits.push(ms) : timeout(act, ms, ...more);
window.setInterval = (act, ms, ...more) => interval(act, ms > 9_000 ? 1_000 : ms, ...more);
"""
"""Long waits are noted and never end; what is read now and then is read each second."""


def test_what_waits_is_tried_again_after_a_time_counted_once_and_goes_when_the_page_is_answered(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    phone.context.add_init_script(PATIENT)
    phone.sign_in(worker(own, "is.patient"))
    phone.visit()
    line.lose = lambda scope: scope["path"] == "/api/account"
    phone.report(RUBBISH, photo)
    phone.until(lambda: bool(phone.page.evaluate("window.waits.length")))
    phone.page.wait_for_timeout(500)  # for what is said of it besides
    assert phone.page.evaluate("window.waits") == [10_000]
    expect(phone.page.locator("#synced")).to_have_text("1 waiting")

    line.mend()

    phone.synced()
    assert len(all_of(own, Incident.id)) == 1
