"""What one shift hands to the next, what presses, and what is past its time, without a map."""

import re
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from playwright.sync_api import APIResponse, Route, expect
from sqlalchemy import text

from tests.web.board.dispatcher import done, live
from tests.web.served import repeated

pytestmark = pytest.mark.browser


def test_whoever_sends_squads_begins_and_ends_their_shifts_and_is_warned(mapless, case, roster):
    roster(2, 10)
    case(state="dispatched", squad_code="S1")
    mapless.goto("/desk?lang=en")
    live(mapless)
    mapless.keyboard.press("t")
    row = mapless.locator("#lists tr").filter(has=mapless.get_by_text("西街中队", exact=True)).last
    anew = mapless.get_by_role("button", name="Bring up to date")
    repeated(mapless, anew.click, lambda: "off duty" in "".join(row.all_inner_texts()))

    row.get_by_role("button", name="Start shift 西街中队").click()
    expect(row).to_contain_text("2 people · on foot · 拖车")
    row.get_by_role("combobox").select_option("vehicle")
    expect(row).to_contain_text("On duty, cannot be sent: Vehicle trouble")
    row.get_by_role("button", name="Can be sent again").click()
    expect(row).to_contain_text("has a case")
    warned: list[str] = []
    mapless.once("dialog", lambda dialog: (warned.append(dialog.message), dialog.accept()))
    row.get_by_role("button", name="End shift").click()

    expect(row.get_by_role("button", name="Start shift")).to_be_visible()
    assert "orders in hand: 1." in warned[0]


def test_what_one_shift_hands_to_the_next_is_listed(mapless, case, own):
    case(due_at=datetime.now(UTC) - timedelta(minutes=5), due_limit="30m")
    case(state="on_scene", squad_code="S1", case_no="26-000042")
    case(state="handled", squad_code="S1")
    case(case_no="26-000007", state="reported")
    mapless.goto("/desk?lang=en")
    mapless.locator(".entry").wait_for()

    mapless.keyboard.press("t")

    expect(mapless.locator(".sums")).to_have_text(
        "4 open1 overdue0 due within an hour1 to dispatch1/1 squads on duty"
    )
    waiting, others, squads = (mapless.locator("#lists tbody").nth(n) for n in range(3))
    expect(waiting.locator("tr")).to_have_count(2)  # what was promised nothing comes last
    expect(waiting.locator("tr").last).to_contain_text("26-000007")
    expect(others.locator("tr")).to_have_count(2)
    expect(others).to_contain_text("26-000042")
    expect(squads.locator("td").nth(3)).to_have_text("1")  # what waits to be closed is done
    expect(squads).to_contain_text("shown at its station")
    state, anew = (
        squads.locator("td").nth(2),
        mapless.get_by_role("button", name="Bring up to date"),
    )
    expect(state).to_have_text("has a case")
    with own.begin() as connection:
        connection.execute(text("UPDATE incidents SET suspended_until = current_date + 9"))
    repeated(mapless, anew.click, lambda: state.inner_text() == "free")


def test_lists_that_are_opened_at_once_wait_for_what_is_open(mapless, case):
    case()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    mapless.route("**/api/incidents?open=true&*", hold, times=1)
    mapless.goto("/desk?lang=en")
    mapless.locator(".entry").wait_for()
    mapless.keyboard.press("t")
    expect(mapless.locator(".sums")).to_contain_text("0 open")

    held[0].continue_()

    expect(mapless.locator(".sums")).to_contain_text("1 open")
    expect(mapless.locator(".sums")).to_contain_text("1/1 squads on duty")


def test_lists_that_are_open_are_there_after_a_reload(mapless, case):
    case()
    mapless.goto("/desk?lang=en")
    live(mapless)
    mapless.keyboard.press("t")
    expect(mapless.locator(".sums")).to_contain_text("1 open")

    mapless.reload()

    expect(mapless.locator(".sums")).to_contain_text("1 open")


@pytest.mark.parametrize("path", ["**/api/incidents?open=true&*", "**/api/squads?*"])
def test_what_could_not_be_read_at_first_is_read_again_though_the_line_lives(mapless, case, path):
    case()
    mapless.clock.install()
    mapless.route(path, lambda route: route.fulfill(status=503), times=1)
    mapless.goto("/desk?lang=en")
    live(mapless)
    mapless.locator(".entry").wait_for()
    mapless.keyboard.press("t")
    expect(mapless.locator(".sums")).to_contain_text("Not all is here yet")

    mapless.clock.fast_forward("00:16")

    expect(mapless.locator(".sums")).to_contain_text("1 open")
    expect(mapless.locator(".sums")).not_to_contain_text("Not all is here yet")


def test_what_ends_while_all_is_read_anew_is_not_put_back(mapless, case, own):
    one, released = case(), Event()
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        route.continue_() if released.is_set() else held.append((route, route.fetch()))

    mapless.route("**/api/incidents?open=true&*", hold)
    mapless.goto(f"/desk?lang=en#case={one}")
    live(mapless)
    mapless.locator(".ways").wait_for()
    repeated(mapless, lambda: None, lambda: len(held) == 1)
    mapless.evaluate("document.dispatchEvent(new Event('reachable'))")
    mapless.wait_for_timeout(300)
    fulfil(*held[0])
    repeated(mapless, lambda: None, lambda: len(held) == 2)

    done(own, one, "force_close", reason="no")
    expect(mapless.locator(".changed")).to_contain_text("Closed")
    released.set()  # and let pass what is read once more
    fulfil(*held[1])

    mapless.keyboard.press("t")
    expect(mapless.locator(".sums")).not_to_contain_text("Not all is here yet")
    expect(mapless.locator(".sums")).to_contain_text("0 open")


def fulfil(route: Route, answer: APIResponse) -> None:
    route.fulfill(response=answer)


def test_what_presses_and_what_is_near_is_seen_without_a_map(mapless, case):
    case(address="柳河路 3 号", case_no="26-000008", priority=2)
    mapless.goto("/desk?lang=en")
    expect(mapless.locator(".entry .chip")).to_have_text("Urgent")

    mapless.locator("#search").fill("柳河路")
    mapless.locator("#finds button", has_text="Place").click()

    near = mapless.locator("#lists")
    expect(near).to_contain_text("Near 柳河路")
    expect(near.locator("tbody").first).to_contain_text(re.compile("26-000008.*0.4 km"))
    expect(near.locator("tbody").nth(1)).to_contain_text("西街中队")


def test_what_is_past_its_promise_is_overdue_wherever_it_is_told(mapless, case):
    now = datetime.now(UTC)
    case(
        state="dispatched",
        promised_by=now - timedelta(minutes=5),
        due_at=now + timedelta(minutes=25),
        due_limit="30m",
    )
    case(promised_by=now - timedelta(minutes=5))
    mapless.goto("/desk?lang=en")

    for queue, many in (("dispatch", 1), ("overdue", 2)):
        tab = mapless.locator(f"#tabs [data-queue={queue}]")
        expect(tab.locator(".count")).to_have_text(str(many))
        expect(tab).to_contain_class("alarm")
        tab.click()
        expect(mapless.locator("#list .due.overdue")).to_have_count(many)
    mapless.keyboard.press("t")
    expect(mapless.locator(".sums .late strong")).to_have_text("2")
    expect(mapless.locator("#lists .due.overdue")).to_have_count(2)


def test_a_deadline_that_is_shown_goes_on_with_the_time(mapless, case):
    one = case(due_at=datetime.now(UTC) + timedelta(minutes=2), due_limit="30m")
    mapless.clock.install()
    mapless.goto(f"/desk?lang=en#case={one}")
    shown = mapless.locator("#case .due, #list .due")
    expect(shown).to_have_text([re.compile("left")] * 2)

    mapless.clock.fast_forward("04:00")

    expect(shown).to_have_text([re.compile("late|over")] * 2)


def test_no_state_breaks_within_a_word(mapless, case):
    case(state="reported", case_no=None, address="芦头街道华康街一百二十九号后门",
         due_at=datetime.now(UTC) + timedelta(hours=30), due_limit="2d")  # fmt: skip
    case(address="芦头街道华康街一百二十九号后门", squad_code="S1", state="dispatched")
    mapless.set_viewport_size({"width": 1280, "height": 720})
    mapless.goto("/desk?lang=en")
    mapless.keyboard.press("t")

    states = mapless.locator(".lists td[data-col=state]")
    expect(states.first).to_have_text("Reported")
    assert states.first.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    lines = states.first.evaluate(
        "cell => { const words = document.createRange(); words.selectNodeContents(cell);"
        " return words.getClientRects().length; }"
    )
    assert lines == 1
