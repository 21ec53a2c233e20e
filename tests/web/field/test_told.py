"""What a grid worker is told of a case: why it stands so, what is news, what comes first."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from layers.clock import Calendar
from layers.incidents.actions.stepping import Said, step
from layers.incidents.rules import PREEMPTED
from layers.incidents.tables import Incident
from layers.squads.tables import Squad
from tests.signed import MANAGER
from tests.web.field.phone import Phone
from tests.web.field.world import STALL, all_of, worker

pytestmark = pytest.mark.browser
DAYS = Calendar(ZoneInfo("Asia/Shanghai"))


def done(own: Engine, case: UUID, verb: str, **more) -> None:
    """A step that somebody else does."""
    at = datetime.now(UTC)
    with own.begin() as connection:
        step(connection, case, Said(verb, uuid4(), at, **more), actor=MANAGER, at=at, calendar=DAYS)


def reported(own: Engine, phone: Phone, photo: Path) -> UUID:
    phone.report(STALL, photo)
    phone.all_arrived()
    [(case,)] = all_of(own, Incident.id)
    return case


def opened(phone: Phone, case: UUID) -> Page:
    phone.page.goto("/account")
    phone.page.goto(f"/field#case/{case}")
    expect(phone.page.locator("#content .chip").first).to_be_visible()
    return phone.page


def test_the_reason_that_is_told_is_the_one_for_which_a_case_stands_so(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "why.so"))
    phone.visit()
    case = reported(own, phone, photo)
    with own.begin() as connection:
        connection.execute(update(Incident).values(state="filed"))
        connection.execute(update(Squad).values(crews=99))
    done(own, case, "dispatch", squad="S1")
    done(own, case, "recall", reason=PREEMPTED)

    expect(opened(phone, case).locator(".why")).to_have_text(
        "Recalled: gave way to a case that presses more"
    )
    done(own, case, "dispatch", squad="S1")
    done(own, case, "prioritise", priority=2, reason="The mayor comes by")
    page = opened(phone, case)
    expect(page.locator("#content .chip").first).to_have_text("Dispatched")
    expect(page.locator(".why")).to_have_count(0)
    expect(page.locator("section.card").first).not_to_contain_text("The mayor comes by")


def test_a_report_that_came_back_is_corrected_before_anything_else(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "corrects.first"))
    phone.visit()
    case = reported(own, phone, photo)
    done(own, case, "return_report", reason="Which side of the bridge?")

    page = opened(phone, case)

    expect(page.locator(".why")).to_have_text("Returned for correction: Which side of the bridge?")
    expect(page.locator("#content form")).to_be_visible()
    expect(page.locator("#content .primary")).to_have_text(["Correct it"])
    expect(page.locator("#content button").first).to_have_text("Correct it")
