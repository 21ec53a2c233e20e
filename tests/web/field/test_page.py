"""The page on the phone: light, for every hand and eye, renewed without losing a word."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from layers.matters.tables import Matter
from layers.photos.tables import Photo
from tests.conftest import ROOT
from tests.web.field.phone import Phone
from tests.web.field.world import RUBBISH, STALL, all_of, to_check, worker
from tests.web.phone import Line

pytestmark = pytest.mark.browser


def test_a_report_by_the_keyboard_alone(own: Engine, phone: Phone, photo: Path):
    phone.sign_in(worker(own, "no.mouse"))
    page, chooser = phone.page, []
    page.on("filechooser", lambda found: chooser.extend([found]))
    phone.visit()
    tab_to(phone, "#shoot input")
    page.keyboard.press("Enter")
    phone.until(lambda: bool(chooser))
    chooser[0].set_files(photo)
    expect(page.locator(".shots img")).to_have_count(1)

    tab_to(phone, "[name=matter]")
    page.keyboard.press("Space")
    tab_to(phone, "#send")
    page.keyboard.press("Enter")

    phone.all_arrived()
    assert len(all_of(own, Photo.id)) == 1


def tab_to(phone: Phone, wanted: str) -> None:
    for _ in range(30):
        if phone.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        phone.page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not reach {wanted}")


def test_the_first_visit_takes_at_most_300_kb(own: Engine, phone: Phone, line: Line):
    phone.sign_in(worker(own, "first.visit"))
    before = line.bytes

    phone.visit()

    assert 20_000 < line.bytes - before < 300_000
    fonts = phone.page.evaluate("[...document.fonts].length")
    assert fonts == 0  # the phone's own


def test_a_new_version_takes_over_without_losing_a_word(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    phone.sign_in(worker(own, "new.version"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    phone.page.get_by_text("More to say").click()
    phone.page.get_by_label("Description").fill("by the east gate")
    old = line.app.state.shelf.digest
    line.app.state.shelf.digest = "0" * 12
    update = "navigator.serviceWorker.getRegistration().then(found => found.update())"
    phone.page.evaluate(update)
    waiting = "navigator.serviceWorker.getRegistration().then(found => found.waiting !== null)"
    phone.until(lambda: phone.page.evaluate(waiting))
    assert script(phone) == f"/assets/{old}/field/app.js"

    phone.page.get_by_role("button", name="Back").click()

    expect(phone.page.locator("script[src*='000000000000']")).to_have_count(1)
    phone.page.get_by_role("link", name="Go on").click()
    expect(phone.page.locator(".shots img")).to_have_count(1)
    phone.page.get_by_text("More to say").click()
    expect(phone.page.get_by_label("Description")).to_have_value("by the east gate")
    line.app.state.shelf.digest = old


def script(phone: Phone) -> str | None:
    return phone.page.locator("script").first.get_attribute("src")


@pytest.fixture
def renewed(line: Line) -> Iterator[Callable[[Page], None]]:
    """A new version is there, and a page hears of it."""
    shelf = line.app.state.shelf
    old = shelf.digest

    def renew(page: Page) -> None:
        shelf.digest = "0" * 12
        page.evaluate("navigator.serviceWorker.getRegistration().then(found => found.update())")

    yield renew
    shelf.digest = old


def test_a_photo_that_is_still_made_small_is_not_lost_to_a_new_version(
    own: Engine, phone: Phone, photo: Path, renewed: Callable[[Page], None]
):
    phone.sign_in(worker(own, "new.at.photo"))
    phone.visit()
    page = phone.page
    page.evaluate(SLOW)
    page.locator("#shoot input").set_input_files(photo)
    expect(page.locator("#shoot[aria-busy]")).to_be_visible()
    renewed(page)
    phone.until(lambda: page.evaluate(WAITING))
    page.wait_for_timeout(500)  # it would take over at once

    page.evaluate("window.made()")

    expect(page.locator(".shots img")).to_have_count(1)
    assert script(phone) != NEW
    page.get_by_role("button", name="Back").click()
    expect(page.locator(f"script[src='{NEW}']")).to_have_count(1)
    expect(page.get_by_text("You began a report")).to_be_visible()


def test_a_new_version_that_takes_over_in_one_tab_leaves_the_other_one_writing(
    own: Engine, phone: Phone, photo: Path, renewed: Callable[[Page], None]
):
    phone.sign_in(worker(own, "new.beside"))
    phone.visit()
    page = phone.page
    page.locator("#shoot input").set_input_files(photo)
    expect(page.locator(".shots img")).to_have_count(1)
    other = phone.context.new_page()
    other.goto("/field")
    expect(other.locator("#shoot")).to_be_visible()

    renewed(other)

    expect(other.locator(f"script[src='{NEW}']")).to_have_count(1)
    page.wait_for_timeout(500)  # it would begin anew at once
    assert script(phone) != NEW
    page.get_by_role("button", name="Back").click()
    expect(page.locator(f"script[src='{NEW}']")).to_have_count(1)


NEW = f"/assets/{'0' * 12}/field/app.js"
WAITING = "navigator.serviceWorker.getRegistration().then(found => found.waiting !== null)"
SLOW = """() => { const real = Blob.prototype.arrayBuffer;
    const held = new Promise((made) => { window.made = made; });
    Blob.prototype.arrayBuffer = async function () { await held; return real.call(this); }; }"""
"""A phone that takes its time over a photo."""


def test_a_browser_that_does_not_open_what_it_keeps_gets_the_page_from_the_server(
    own: Engine, phone: Phone
):
    phone.sign_in(worker(own, "shut.shelf"))
    phone.visit()
    [service] = phone.context.service_workers
    service.evaluate("() => { caches.open = () => Promise.reject(new DOMException('shut')); }")

    for address in ("/field", "/field?lang=en"):
        answer = phone.page.goto(address)
        assert answer is not None and answer.ok
        expect(phone.page.locator("#shoot")).to_be_visible()


def test_what_was_read_by_a_clock_that_ran_ahead_is_read_anew(own: Engine, phone: Phone):
    phone.sign_in(worker(own, "ran.ahead"))
    phone.visit()
    phone.page.evaluate(AHEAD)
    with own.begin() as connection:
        connection.execute(update(Matter).where(Matter.name_en == STALL).values(offered=False))

    phone.page.reload()

    expect(phone.page.locator(".often .button")).to_have_text([RUBBISH])


AHEAD = """() => new Promise((done) => {
    indexedDB.open("field").onsuccess = ({ target: { result: database } }) => {
        const change = database.transaction("kept", "readwrite");
        change.objectStore("kept").openCursor().onsuccess = ({ target: { result: cursor } }) => {
            cursor?.update({ ...cursor.value, at: new Date(Date.now() + 864e5).toISOString() });
            cursor?.continue();
        };
        change.oncomplete = () => { database.close(); done(); };
    };
})"""


VIEWS = ("", "#report", "#map", "#nomap", "#waiting", "#tasks", "#mine", "#case")


AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"


SERIOUS = """async () => (await axe.run()).violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html)}`)"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_view_is_wider_than_the_phone_or_shuts_anybody_out(
    own: Engine, phone: Phone, photo: Path, language: str
):
    [case] = to_check(own, 1)
    phone.sign_in(worker(own, f"looks.{language}"))
    phone.visit()
    phone.context.set_offline(True)
    phone.report(RUBBISH, photo)
    phone.page.locator("#shoot input").set_input_files(photo)
    phone.context.set_offline(False)
    found: dict[str, object] = {}
    for scheme in ("light", "dark"):
        phone.page.emulate_media(color_scheme=scheme)
        for view in VIEWS:
            phone.page.goto(f"/field?lang={language}{view}{f'/{case}' if view == '#case' else ''}")
            phone.page.locator("h1").wait_for(state="attached")
            phone.page.evaluate(AXE.read_text())
            found[f"{scheme} {view}"] = phone.page.evaluate(SERIOUS)
            assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360, view

    assert {view: wrong for view, wrong in found.items() if wrong} == {}
