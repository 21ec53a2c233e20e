"""What waits on a phone arrives once, as its owner's alone, and says why when it is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text, update
from starlette.types import Scope

from layers.incidents.tables import Incident, Step
from layers.photos.tables import Photo
from tests.cast import EAST
from tests.web.bureau import grids_of
from tests.web.field.phone import Phone
from tests.web.field.world import (
    RUBBISH,
    STALL,
    again,
    all_of,
    check,
    end_sessions,
    id_of,
    to_check,
    worker,
)
from tests.web.phone import Line

pytestmark = pytest.mark.browser


def test_twenty_reports_and_five_checks_survive_a_killed_browser_and_arrive_once(
    own: Engine, phone: Phone, photo: Path
):
    checks = to_check(own, 5)
    secret = worker(own, "lin.yi")
    phone.sign_in(secret)
    phone.visit()
    expect(phone.page.locator("a[href^='#case/']")).to_have_count(5)

    phone.context.set_offline(True)
    for n in range(20):
        phone.report(STALL if n % 2 else RUBBISH, photo)
    for case in checks:
        check(phone, case, photo)
    assert phone.waiting() == 20 + 5
    assert all_of(own, Incident.id, Incident.state) == [(case, "to_check") for case in checks]
    phone.kill()
    phone.start(offline=True).goto("/field")
    phone.sign_in(secret)  # a browser writes its cookies down only every half minute
    expect(phone.page.locator(".tile[href='#waiting'] strong")).to_have_text("25")
    phone.context.set_offline(False)

    phone.all_arrived()
    reported = all_of(own, Incident.id, Incident.reported_by)
    assert len(reported) == 25
    assert sum(by is not None for _, by in reported) == 20
    steps = all_of(own, Step.incident_id, Step.verb, Step.event_id)
    assert sorted(verb for _, verb, _ in steps) == ["report"] * 20 + ["report_check"] * 5
    assert {case for case, verb, _ in steps if verb == "report_check"} == set(checks)
    photos = all_of(own, Photo.incident_id)
    assert sorted(photos) == sorted((case,) for case, _ in reported)
    assert in_order(own)


def in_order(own: Engine) -> bool:
    """Each case's report before its photo, the photo before the step that shows it."""
    with own.begin() as connection:
        wrong = connection.execute(text(
            "SELECT count(*) FROM photos p JOIN incident_steps s USING (incident_id)"
            " WHERE (s.verb = 'report') <> (s.received_at <= p.received_at)"))  # fmt: skip
        return wrong.scalar_one() == 0


def test_answers_that_are_lost_or_not_ours_make_no_second_case_and_lose_none(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    phone.sign_in(worker(own, "lost.answer"))
    phone.visit()
    phone.context.set_offline(True)
    for matter in (RUBBISH, STALL):
        phone.report(matter, photo)
    line.astray, line.lose = once_each("PUT"), once_each("PUT", "POST")
    phone.context.set_offline(False)
    phone.page.goto("/field#waiting")

    synced = phone.page.locator("#synced")
    phone.until(lambda: synced.inner_text() == "All sent" or send_now(phone))

    assert line.lost == 4  # both together, the reports by themselves, each photo
    assert len(all_of(own, Incident.id)) == len(all_of(own, Photo.id)) == 2
    assert len(all_of(own, Step.id)) == 2


def test_a_check_whose_answer_was_lost_is_done_though_the_case_went_out_of_sight(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    [case] = to_check(own, 1)
    phone.sign_in(worker(own, "lost.sight"))
    phone.visit()
    line.lose = once_each("POST")
    check(phone, case, photo)
    phone.until(lambda: line.lost == 1)
    with own.begin() as connection:
        connection.execute(update(Incident).values(grid_id=grids_of(connection)[f"{EAST}001001"]))

    synced = phone.page.locator("#synced")
    phone.until(lambda: synced.inner_text() == "All sent" or send_now(phone))

    assert all_of(own, Step.verb) == [("report_check",)]


def once_each(*methods: str) -> Callable[[Scope], bool]:
    """The first of each."""
    met: set[str] = set()

    def lost(scope: Scope) -> bool:
        change = f"{scope['method']} {scope['path']}"
        first = scope["method"] in methods and change not in met
        met.add(change)
        return first

    return lost


def send_now(phone: Phone) -> bool:
    """If it is still there: what waits may go by itself at any moment."""
    button = phone.page.get_by_role("button", name="Send now")
    button.evaluate_all("found => found.forEach((one) => one.click())")
    return False


def test_the_browser_sends_what_waits_when_no_page_is_open(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    phone.sign_in(worker(own, "closed.page"))
    phone.visit()
    line.lose = lambda scope: scope["path"] == "/api/account"
    phone.report(RUBBISH, photo)
    phone.page.evaluate(PUT_OFF, 9 * 86_400_000)  # by a clock that was put right since then
    wake = background_sync(phone)
    line.lose = lambda _: False
    assert all_of(own, Incident.id) == []

    wake()

    phone.until(lambda: len(all_of(own, Photo.id)) == 1)


PUT_OFF = """ms => new Promise((done) => {
    indexedDB.open("field").onsuccess = ({ target: { result: database } }) => {
        const change = database.transaction("items", "readwrite");
        change.objectStore("items").openCursor().onsuccess = ({ target: { result: cursor } }) => {
            cursor?.update({ ...cursor.value, not_before: Date.now() + ms });
            cursor?.continue();
        };
        change.oncomplete = () => { database.close(); done(); };
    };
})"""


def background_sync(phone: Phone) -> Callable[[], None]:
    """Leaves the page; what it gives does as the browser does once there is a signal."""
    phone.page.goto("about:blank")
    session, found = phone.context.new_cdp_session(phone.page), []
    session.on("ServiceWorker.workerRegistrationUpdated",
               lambda told: found.extend(told["registrations"]))  # fmt: skip
    session.send("ServiceWorker.enable")
    phone.until(lambda: bool(found))
    told = {"registrationId": found[0]["registrationId"], "tag": "outbox", "lastChance": False}
    origin = found[0]["scopeURL"].removesuffix("/field")
    return lambda: session.send("ServiceWorker.dispatchSyncEvent", {"origin": origin, **told})


def test_on_a_shared_phone_nothing_is_shown_to_or_sent_as_the_next_one(
    own: Engine, phone: Phone, photo: Path
):
    first, second = worker(own, "early.shift"), worker(own, "late.shift")
    phone.sign_in(first)
    phone.visit()
    phone.context.set_offline(True)
    phone.report(RUBBISH, photo)
    phone.page.locator("#shoot input").set_input_files(photo)
    expect(phone.page.locator(".shots img")).to_have_count(1)

    phone.sign_in(second)
    phone.context.set_offline(False)
    phone.page.goto("/field")
    expect(phone.page.get_by_text("2 of other people wait on this phone")).to_be_visible()
    expect(phone.page.get_by_text("You began a report")).to_be_hidden()
    phone.page.goto("/field#waiting")
    expect(phone.page.get_by_text("Everything has arrived")).to_be_visible()
    expect(phone.page.locator(".item")).to_have_count(0)
    phone.page.goto("/field")
    phone.report(STALL, photo)
    phone.all_arrived()
    assert all_of(own, Incident.matter_code) == [("S01",)]

    phone.sign_in(first)
    phone.page.goto("/field")
    expect(phone.page.get_by_text("You began a report")).to_be_visible()
    phone.all_arrived()
    with own.begin() as connection:
        people = [str(id_of(connection, login)) for login in ("early.shift", "late.shift")]
    told = all_of(own, Incident.reported_by, Incident.matter_code)
    assert sorted(told) == sorted([(people[0], "S02"), (people[1], "S01")])


def test_when_the_session_has_ended_all_waits_for_signing_in(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "expired"))
    phone.visit()
    end_sessions(own, "expired")

    phone.report(RUBBISH, photo)

    expect(phone.page.locator("#synced")).to_have_text("Sign in")
    expect(phone.page.get_by_role("alert")).to_contain_text("2 waiting")
    phone.report(STALL, photo)
    expect(phone.page.get_by_role("alert")).to_contain_text("4 waiting")
    phone.page.goto("/field#waiting")
    expect(phone.page.locator(".item .chip")).to_have_text(["waits for signing in"] * 4)
    assert all_of(own, Incident.id) == []
    phone.sign_in(again(own, "expired"))
    phone.page.goto("/field")
    phone.all_arrived()
    assert len(all_of(own, Incident.id)) == len(all_of(own, Photo.id)) == 2


def test_signing_out_without_a_signal_leaves_nothing_to_the_next_one(
    own: Engine, phone: Phone, photo: Path
):
    to_check(own, 1)
    phone.sign_in(worker(own, "goes.home"))
    phone.visit()
    phone.context.set_offline(True)
    phone.report(RUBBISH, photo)

    phone.page.get_by_role("button", name="Sign out").click()

    expect(phone.page.locator("#content")).to_contain_text("The first visit needs a signal")
    expect(phone.page.locator("#shoot")).to_have_count(0)
    phone.context.set_offline(False)
    phone.page.goto("/field")
    phone.page.wait_for_url("**/sign-in?next=/field")
    assert all_of(own, Incident.id, Incident.state)[0][1] == "to_check"


@pytest.fixture
def refused(own: Engine, phone: Phone, photo: Path, request: pytest.FixtureRequest) -> Phone:
    """A report by a clock that was days ahead, between two by one that was right."""
    phone.sign_in(worker(own, request.node.name[-30:]))
    phone.visit()
    phone.context.set_offline(True)
    for matter, days in ((RUBBISH, 0), (STALL, -9), (RUBBISH, 0)):
        phone.page.evaluate("days => localStorage.setItem('clock-ahead', days * 864e5)", days)
        phone.report(matter, photo)
    phone.context.set_offline(False)
    expect(phone.page.locator("#synced")).to_have_text("1 refused")
    phone.page.goto("/field#waiting")
    return phone


def test_one_that_is_refused_says_why_and_holds_up_no_other_case(own: Engine, refused: Phone):
    expect(refused.page.locator(".item.refused")).to_contain_text("Street stall")
    expect(refused.page.locator(".item:not(.refused) .chip")).to_have_text(
        ["waits for the one before"]
    )
    assert all_of(own, Incident.matter_code) == [("S02",), ("S02",)]


def test_one_that_was_refused_is_put_right_and_arrives_with_its_photo(own: Engine, refused: Phone):
    page = refused.page
    page.get_by_role("button", name="Correct").click()
    expect(page.locator(".shots img")).to_have_count(1)

    page.get_by_role("radio", name=RUBBISH).check()
    page.get_by_role("button", name="Send", exact=True).click()

    refused.all_arrived()
    assert len(all_of(own, Incident.id)) == len(all_of(own, Photo.id)) == 3


def test_one_that_was_refused_is_given_up_with_all_that_hangs_on_it(own: Engine, refused: Phone):
    page = refused.page
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".item")).to_have_count(2)
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))

    page.get_by_role("button", name="Discard").click()

    expect(page.locator(".item")).to_have_count(0)
    assert "1 more" in asked[0]
    assert len(all_of(own, Incident.id)) == 2


def test_a_photo_that_is_refused_holds_up_nothing_of_its_report(
    own: Engine, phone: Phone, photo: Path, tmp_path: Path
):
    half = tmp_path / "half.jpg"  # a browser shows what there is of it, the server refuses it
    half.write_bytes(photo.read_bytes()[: photo.stat().st_size // 2])
    phone.sign_in(worker(own, "bad.photo"))
    phone.visit()
    phone.context.set_offline(True)
    phone.page.locator("#shoot input").set_input_files(half)
    expect(phone.page.locator(".shots img")).to_have_count(1)
    phone.page.locator("#more-photos input").set_input_files(photo)
    expect(phone.page.locator(".shots img")).to_have_count(2)
    phone.page.get_by_role("radio", name=RUBBISH).check()
    phone.page.get_by_text("More to say").click()
    phone.page.get_by_label("I put it right on the spot").check()
    phone.page.locator("details .camera input").set_input_files(photo)
    phone.send()
    assert phone.waiting() == 1

    phone.context.set_offline(False)

    expect(phone.page.locator("#synced")).to_have_text("1 refused")
    phone.until(lambda: all_of(own, Incident.state) == [("closed",)])
    assert len(all_of(own, Photo.id)) == 2
    phone.page.goto("/field#waiting")
    expect(phone.page.locator(".item")).to_have_count(1)


def test_a_check_that_came_too_late_says_how_the_case_stands(
    own: Engine, phone: Phone, photo: Path
):
    [case] = to_check(own, 1)
    phone.sign_in(worker(own, "too.late"))
    phone.visit()
    phone.context.set_offline(True)
    check(phone, case, photo)
    with own.begin() as connection:
        connection.execute(update(Incident).values(state="filed"))

    phone.context.set_offline(False)

    expect(phone.page.locator("#synced")).to_have_text("1 refused")
    phone.page.goto("/field#waiting")
    expect(phone.page.locator(".item.refused")).to_contain_text("Filed")
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.page.get_by_role("button", name="Discard").click()
    expect(phone.page.get_by_text("Everything has arrived")).to_be_visible()


def test_a_phone_without_room_says_that_nothing_was_kept(own: Engine, phone: Phone, photo: Path):
    phone.sign_in(worker(own, "full.phone"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    phone.page.get_by_role("radio", name=RUBBISH).check()
    phone.page.evaluate(FULL)

    phone.page.get_by_role("button", name="Send", exact=True).click()

    expect(phone.page.get_by_role("alert").first).to_contain_text("The phone is full")
    phone.page.reload()
    phone.page.get_by_role("button", name="Send", exact=True).click()
    phone.all_arrived()


FULL = """() => { IDBObjectStore.prototype.put = () => {
    throw new DOMException("no room", "QuotaExceededError"); } }"""
"""What a browser does when the phone has no room left."""
