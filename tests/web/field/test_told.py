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
from layers.matters.tables import Matter
from layers.squads.tables import Squad
from tests.signed import MANAGER
from tests.web.field.phone import Phone
from tests.web.field.world import RUBBISH, STALL, all_of, to_check, worker

pytestmark = pytest.mark.browser
DAYS = Calendar(ZoneInfo("Asia/Shanghai"))


def done(own: Engine, case: UUID, verb: str, **more) -> None:
    """A step that somebody else does."""
    at = datetime.now(UTC)
    with own.begin() as connection:
        step(connection, case, Said(verb, uuid4(), at, **more), actor=MANAGER, at=at, calendar=DAYS)


def reported(own: Engine, phone: Phone, photo: Path, login: str) -> UUID:
    """The case of a worker who signs in and reports it."""
    phone.sign_in(worker(own, login))
    phone.visit()
    phone.report(STALL, photo)
    phone.all_arrived()
    [(case,)] = all_of(own, Incident.id)
    return case


def put_back(own: Engine) -> None:
    """To where nobody has decided."""
    with own.begin() as connection:
        connection.execute(update(Incident).values(state="reported"))


def opened(phone: Phone, case: UUID) -> Page:
    phone.page.goto("/account")
    phone.page.goto(f"/field#case/{case}")
    expect(phone.page.locator("#content .chip").first).to_be_visible()
    return phone.page


def test_the_reason_that_is_told_is_the_one_for_which_a_case_stands_so(
    own: Engine, phone: Phone, photo: Path
):
    case = reported(own, phone, photo, "why.so")
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
    case = reported(own, phone, photo, "corrects.first")
    done(own, case, "return_report", reason="Which side of the bridge?")

    page = opened(phone, case)

    expect(page.locator(".why")).to_have_text("Returned for correction: Which side of the bridge?")
    expect(page.locator("#content form")).to_be_visible()
    expect(page.locator("#content .primary")).to_have_text(["Correct it"])
    expect(page.locator("#content button").first).to_have_text("Correct it")


def test_of_each_case_one_line_is_news_in_the_language_of_the_page(
    own: Engine, phone: Phone, photo: Path
):
    case = reported(own, phone, photo, "own.check")
    notices = phone.page.locator(".notice")
    done(own, case, "request_check")
    phone.page.reload()
    expect(notices).to_have_count(1)
    put_back(own)
    done(own, case, "return_report", reason="Which side of the bridge?")

    phone.page.reload()

    expect(notices).to_contain_text(["Which side of the bridge?"])
    expect(notices).to_contain_text([STALL])
    phone.page.goto("/field?lang=zh")
    expect(notices).to_contain_text(["占道经营"])
    expect(notices).not_to_contain_text(STALL)


def test_news_that_an_older_page_kept_without_its_names_is_let_go(own: Engine, phone: Phone):
    phone.sign_in(worker(own, "older.page"))
    phone.visit()
    phone.page.evaluate(OLDER)

    phone.page.reload()

    expect(phone.page.locator(".often .button").first).to_be_visible()
    expect(phone.page.locator("body")).not_to_contain_text("undefined")


OLDER = """() => new Promise((done) => {
    indexedDB.open("field").onsuccess = ({ target: { result: database } }) => {
        const change = database.transaction("kept", "readwrite"), shop = change.objectStore("kept");
        shop.openCursor().onsuccess = ({ target: { result: cursor } }) => {
            const at = new Date().toISOString();
            const told = { id: "x", case_no: "26-1", matter: "x", state: "filed", at };
            shop.put({ owner: cursor.value.owner, name: "notices", data: [told], at });
        };
        change.oncomplete = () => { database.close(); done(); };
    };
})"""


def test_however_much_is_news_the_report_button_is_on_the_first_screen(own: Engine, phone: Phone):
    phone.sign_in(worker(own, "much.news"))
    phone.visit()
    cases = to_check(own, 5)
    put_back(own)
    for case in cases:
        done(own, case, "request_check", reason="Is it there still? " * 30)

    phone.page.reload()

    notices = phone.page.get_by_label("Notices")
    notices.get_by_text("2 more").wait_for()
    expect(notices.locator(".notice:visible")).to_have_count(3)
    shoot = phone.page.locator("#shoot").bounding_box()
    assert shoot
    assert shoot["y"] + shoot["height"] <= 740
    notices.get_by_text("2 more").tap()
    expect(notices.locator(".notice:visible")).to_have_count(5)


def test_without_a_photo_each_matter_says_whether_it_needs_one(
    own: Engine, phone: Phone, photo: Path
):
    with own.begin() as connection:
        connection.execute(update(Matter).where(Matter.name_en == RUBBISH).values(photos_before=0))
    phone.sign_in(worker(own, "no.photo"))
    phone.visit()
    page = phone.page
    page.get_by_role("button", name="Report without a photo").tap()

    choices = page.get_by_role("radiogroup").locator(".choice")
    expect(choices).to_have_text([RUBBISH, f"{STALL}needs a photo"])
    page.get_by_role("button", name="All matters").tap()
    expect(page.locator("dialog .choices button")).to_have_text([RUBBISH, f"{STALL}needs a photo"])
    page.locator("dialog").get_by_role("button", name=STALL).tap()
    page.get_by_role("button", name="Send", exact=True).tap()
    expect(page.get_by_role("alert")).to_have_text("Take a photo (at least 1)")
    page.locator("#more-photos input").set_input_files(photo)
    expect(page.locator(".ends .failure")).to_be_hidden()
    expect(choices).to_have_text([RUBBISH, STALL])
    phone.send()
    phone.all_arrived()
