"""The queues, by keys and by number, of a dispatcher and a leader; every state of the page."""

import re
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from layers.roles import Role
from tests.signed import signed_in
from tests.web.axe import AXE, SERIOUS
from tests.web.desk.acceptor import in_queue
from tests.web.served import cookie, opened

pytestmark = pytest.mark.browser


def test_a_grid_is_found_by_its_name_and_a_case_that_was_sought_before_it_came(page, case):
    case(address="柳河路 8 号")
    held, released = list[Route](), Event()

    def hold(route: Route) -> None:
        route.continue_() if released.is_set() else held.append(route)

    page.route("**/api/incidents?open=true*", hold)
    page.goto("/desk?lang=en")

    page.locator("#search").fill("st no")
    expect(page.locator("#finds button")).to_have_text(re.compile("Grid.*West north"))
    page.locator("#search").fill("柳河路 8")
    expect(page.locator("#finds button")).to_have_count(1)
    released.set()  # and let pass what is read once more
    for route in held:
        route.continue_()

    expect(page.locator("#finds button").first).to_contain_text("柳河路 8 号")


def test_new_cases_wait_behind_a_bar_and_the_queue_goes_by_keys(page, case):
    case(address="甲路")
    page.goto("/desk?lang=en")
    page.locator(".entry").wait_for()

    case(address="乙路")
    page.evaluate('document.dispatchEvent(new Event("reachable"))')
    expect(page.locator("#news")).to_have_text("1 new: show them")
    expect(page.locator(".entry")).to_have_count(1)
    page.locator("#news").click()
    expect(page.locator(".entry")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".entry").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".entry").nth(1)).to_have_attribute("aria-current", "true")
    page.locator("#content").click(position={"x": 2, "y": 2})
    page.keyboard.press("/")
    page.keyboard.type("甲路")
    expect(page.locator(".entry:visible")).to_have_count(1)


def test_a_case_is_found_by_its_number_whatever_its_queue(page, case):
    waits, done = case(address="甲路"), case("closed", address="乙路", case_no="26-001337")
    page.goto("/desk?lang=en")
    expect(page.locator(".entry")).to_have_attribute("href", f"#case={waits}")

    page.locator("#search").fill("26-001337")
    expect(page.locator(".entry")).to_have_attribute("href", f"#case={done}")
    page.locator("#search").fill("26-001338")
    expect(page.locator("#list")).to_contain_text("No case of this number")
    page.locator("#search").fill("")

    expect(page.locator(".entry")).to_have_attribute("href", f"#case={waits}")


def queues(page: Page) -> list[str]:
    """Once they are drawn: the words that they need come after the page."""
    tabs = page.locator("#tabs [data-queue]")
    tabs.first.wait_for()
    return tabs.evaluate_all("all => all.map(one => one.dataset.queue)")


def test_a_dispatcher_finds_a_filed_case_and_sends_the_squad_that_is_there_first(page_of, case):
    case(
        "filed",
        case_no="26-000011",
        due_at=datetime.now(UTC) + timedelta(minutes=8),
        due_limit="30m",
    )
    page = page_of(Role.DISPATCHER)
    page.goto("/desk?lang=en")

    assert queues(page) == ["alarm", "dispatch", "nobody", "soon", "overdue"]
    expect(in_queue(page, "soon")).to_have_text("1")
    page.locator(".entry").click()
    expect(page.locator(".candidates")).to_contain_text("straight line times a detour factor")
    page.get_by_role("button", name="Dispatch 西街中队 1 min").click()

    expect(page.locator("#case-title")).to_contain_text("Dispatched")
    expect(page.locator(".history")).to_contain_text("西街中队")
    expect(page.locator(".facts")).to_contain_text("西街中队")
    expect(in_queue(page, "dispatch")).to_have_text("0")


def test_the_squads_are_still_offered_where_the_way_is_not_known(page_of, case):
    one, page = case("filed"), page_of(Role.DISPATCHER)
    page.route("**/nearest-squads?*", lambda route: route.abort())
    page.goto(f"/desk?lang=en#case={one}")

    expect(page.locator("[name=squad] option")).to_have_text(["西街中队"])


def test_a_dispatcher_says_that_a_case_presses_and_why(page_of, case):
    one, page = case("filed"), page_of(Role.DISPATCHER)
    page.goto(f"/desk?lang=en#case={one}")

    page.get_by_role("button", name="Set the priority").click()
    page.locator(".step select").select_option("Urgent")
    page.get_by_label("Reason").fill("学校门口")
    page.get_by_role("button", name="Confirm: Set the priority").click()

    expect(page.locator(".history")).to_contain_text("学校门口")
    expect(page.locator(".entry .chip")).to_have_text("Urgent")


def test_a_leader_finds_what_is_late_and_where_more_time_was_asked_for(page_of, case):
    late = case("handling", due_at=datetime.now(UTC) - timedelta(minutes=1), due_limit="15wd")
    asked = case("handling", extension_asked=True)
    page = page_of(Role.LEADER)
    page.goto("/desk?lang=en")

    assert queues(page) == ["alarm", "soon", "overdue", "extensions"]
    expect(page.locator(".entry")).to_have_attribute("href", f"#case={asked}")
    page.locator("[data-queue=overdue]").click()
    expect(page.locator(".entry")).to_have_attribute("href", f"#case={late}")


def test_more_than_a_page_is_counted_and_what_a_file_brought_waits_apart(page, case, own):
    for _ in range(51):
        case()
    old = case(case_no=None, occurred_at=datetime(2024, 1, 1, tzinfo=UTC))
    with own.begin() as connection:
        connection.execute(text(
            "INSERT INTO enquiries (id, incident_id, channel, received_at, respond_by, content)"
            " SELECT gen_random_uuid(), id, '12345', now(), '2031-05-01T01:00Z', ''"
            " FROM incidents WHERE id <> :old ORDER BY occurred_at, id LIMIT 1"
        ), {"old": old})  # fmt: skip
    page.goto("/desk?lang=en")

    expect(in_queue(page, "file")).to_have_text("51")
    expect(page.locator(".entry")).to_have_count(50)
    expect(page.locator(".entry").first).to_contain_text("answer due 2031-05-01 09:00")
    page.locator("[data-queue=imported]").click()
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.locator(".entry")).to_have_attribute("href", f"#case={old}")


def test_empty_queues_and_a_server_that_is_away_say_so(page):
    page.goto("/desk?lang=en")
    expect(page.locator("#list")).to_contain_text("No case waits")

    page.route("**/api/incidents*", lambda route: route.abort())
    page.locator("[data-queue=close]").click()

    expect(page.locator("#list .failure")).to_contain_text("The server does not answer")


def test_whoever_neither_files_nor_answers_is_not_let_in(chromium, address, own):
    with own.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), Role.PLANNER, login="plans")
    with opened(chromium, address, cookie(secret), "status of 403") as (page, _):
        answer = page.goto("/desk?lang=en")

        assert answer is not None and answer.status == 403
        expect(page.locator(".top nav a[href='/desk']")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_amiss_for_whoever_cannot_see_or_has_a_small_screen(page, case, width, language):
    page.set_viewport_size({"width": width, "height": 800})
    case("handled", due_at=datetime.now(UTC) - timedelta(minutes=12), due_limit="30m")
    one = case()
    page.goto(f"/desk?lang={language}#case={one}")
    page.locator(".verbs button").first.click()
    page.locator(".alike").wait_for()
    page.evaluate(AXE.read_text())

    assert page.evaluate(SERIOUS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
