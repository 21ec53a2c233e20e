"""A call taken by keyboard, its duplicate seen, and what was typed kept from others."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from layers.access import WORKER, transaction
from layers.journal.actions import note
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST
from tests.signed import signed_in
from tests.web.desk.acceptor import in_queue, tab_to
from tests.web.served import cookie, opened

pytestmark = pytest.mark.browser


def test_a_call_is_taken_by_keyboard_alone_and_put_with_the_case_it_is_about(page, case):
    first = case(address="柳河路 8 号")
    page.goto("/desk?lang=en")
    expect(in_queue(page, "file")).to_have_text("1")

    page.keyboard.press("n")
    fields = {
        "outside_no": "2026-88", "caller_name": "李四", "caller_phone": "13800001111",
        "matter": "Exposed rubbish", "address": "柳河路 10 号",
    }  # fmt: skip
    for name, typed in fields.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(typed)
    expect(page.locator("#found button")).to_have_text("柳河路 · 西街")
    page.keyboard.press("Enter")
    expect(page.locator("[name=description]")).to_be_focused()
    page.keyboard.type("一大堆")
    expect(page.locator("#likely")).to_contain_text("0 m, 1")
    tab_to(page, "[name=attach]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#take")
    page.keyboard.press("Enter")

    expect(page.locator("#taken")).to_contain_text("Put with case")
    assert page.url.endswith(f"#case={first}")
    expect(page.locator("article[data-enquiry]")).to_contain_text("12345 hotline 2026-88")
    page.get_by_role("button", name="Show who called").click()
    expect(page.locator("[data-private]").last).to_have_text("李四 · 13800001111")


def test_a_call_is_asked_what_its_matter_asks_and_a_reload_forgets_no_answer(page, own):
    page.goto("/desk?lang=en")
    page.locator("#take:enabled").wait_for()
    page.locator("#call [name=matter]").fill("S04")
    page.locator("[name=address]").fill("柳河路 10 号")
    page.locator("#found button").click()
    page.get_by_label("It gapes").check()
    page.locator("#take").click()
    lacking = page.get_by_label("Whose cover").evaluate("field => field.validationMessage")
    assert lacking == "The question Whose cover must be answered"
    page.get_by_label("Whose cover").select_option("Water")

    page.reload()
    expect(page.get_by_label("Whose cover")).to_have_value("water")
    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken")
    expect(page.locator("#asked > *")).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("approximate")  # it was found by words
    with own.connect() as connection:
        answers = connection.execute(text("SELECT answers FROM incidents")).scalar_one()
    assert answers == {"address": "water", "seen": ["open"]}


def test_a_grid_by_its_number_is_a_place_and_no_address(page, own):
    page.goto("/desk?lang=en")
    page.locator("#take:enabled").wait_for()
    page.locator("#call [name=matter]").fill("S02")
    page.locator("[name=address]").fill(f"{WEST}001001")
    page.locator("#found button").click()

    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken")
    expect(page.locator(".facts")).to_contain_text(f"West south {WEST}001001")
    with own.connect() as connection:
        assert connection.execute(text("SELECT address FROM incidents")).scalar_one() is None


def test_an_address_that_names_nothing_we_know_is_told_at_once(page):
    page.goto("/desk?lang=en")
    page.keyboard.press("n")
    page.locator("#take:enabled").wait_for()

    page.locator("[name=address]").fill("没有的地方")

    expect(page.locator("#where")).to_contain_text("Nothing is called 没有的地方")


def test_another_address_is_not_where_the_one_before_it_was(page):
    page.goto("/desk?lang=en")
    page.locator("#take:enabled").wait_for()
    page.locator("#call [name=matter]").fill("S02")
    page.locator("[name=address]").fill("柳河")
    page.locator("#found button").click()
    expect(page.locator("[name=address]")).to_have_value("柳河路")
    page.locator("[name=address]").fill("柳河路 10 号")
    page.locator("#found button").click()
    expect(page.locator("[name=address]")).to_have_value("柳河路 10 号")
    expect(page.locator("#where")).to_contain_text("119.90500")
    page.reload()
    page.locator("#take:enabled").wait_for()

    page.locator("[name=address]").fill("柳河路 99 号")
    expect(page.locator("#where")).to_contain_text("its place is gone")
    page.locator("#take").click()
    refused = page.locator("[name=address]").evaluate("field => field.validationMessage")
    assert refused == "Choose a place, or click on the map"
    page.locator("#found button").click()
    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken")


@pytest.mark.parametrize("height", [720, 900])
def test_what_is_likely_the_same_is_seen_beside_the_button_that_takes_a_call(page, case, height):
    for _ in range(6):
        case()
    page.set_viewport_size({"width": 1280, "height": height})
    page.goto("/desk?lang=en")

    called(page)

    expect(page.locator("#likely fieldset")).to_be_in_viewport(ratio=1)
    expect(page.locator("#take")).to_be_in_viewport(ratio=1)
    expect(page.locator("#call [name=description]")).to_be_focused()
    expect(page.locator("#call [name=description]")).to_be_in_viewport(ratio=1)
    covers = page.locator("#call [name=description]").evaluate(COVERED)
    assert not covers


COVERED = """typed => {
    const {left, bottom} = typed.getBoundingClientRect();
    return !typed.contains(document.elementFromPoint(left + 9, bottom - 3));
}"""


def called(page: Page, matter: str = "S02") -> None:
    page.locator("#take:enabled").wait_for()
    page.locator("#call [name=matter]").fill(matter)
    page.locator("[name=address]").fill("柳河路 10 号")
    page.locator("#found button").click()


def test_matters_that_could_not_be_read_are_asked_for_again(page):
    page.route("**/api/matters?*", lambda route: route.fulfill(status=503), times=1)
    page.goto("/desk?lang=en")

    called(page)
    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken")


def test_a_matter_that_is_imported_meanwhile_is_offered(page, own):
    page.goto("/desk?lang=en")
    expect(page.locator("#live.on")).to_have_text("Live")
    expect(page.locator("#matters option")).not_to_have_count(0)
    with transaction(own, WORKER) as connection:
        connection.execute(text(
            "INSERT INTO matters (code, name_zh, name_en, offered)"
            " VALUES ('S77', '新事项', 'New matter', true)"
        ))  # fmt: skip
        note(connection, "imported", "matters", "x", actor=WORKER, at=datetime.now(UTC))

    expect(page.locator("#matters option[value='New matter']")).to_have_count(1)
    called(page, "New matter")
    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken")


def test_a_call_whose_answer_was_lost_leads_to_its_case_though_it_was_changed_since(page, own):
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/enquiries", lose, times=1)
    page.goto("/desk?lang=en")
    called(page)
    page.locator("#take").click()
    expect(page.locator("#call > .failure")).to_contain_text("does not answer")
    page.locator("[name=description]").fill("两大堆")

    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken as it was before you changed it: ")
    expect(page.locator("#case-title")).to_contain_text("Reported")
    expect(page.locator("[name=description]")).to_have_value("两大堆")
    with own.connect() as connection:
        kept = connection.execute(text("SELECT id, description FROM incidents")).one()
    assert page.url.endswith(f"#case={kept.id}")
    assert kept.description is None


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [(200, "text/html", "does not answer"), (500, "application/problem+json", "went wrong")],
)
def test_an_answer_that_cannot_be_read_is_told(page, status, kind, said):
    page.goto("/desk?lang=en")
    called(page)
    page.route(
        "**/api/enquiries",
        lambda route: route.fulfill(status=status, content_type=kind, body="<"),
        times=1,
    )
    page.locator("#take").click()
    expect(page.locator("#call > .failure")).to_contain_text(said)

    page.locator("#take").click()

    expect(page.locator("#taken")).to_contain_text("Taken")


def test_an_answer_that_cannot_be_read_ends_no_asking(page):
    page.clock.install()
    page.goto("/desk?lang=en")
    page.locator("#take:enabled").wait_for()
    page.route("**/api/enquiries?*", lambda route: route.fulfill(body="{"))
    for _ in range(3):
        with page.expect_request("**/api/enquiries?*"):
            page.clock.fast_forward("00:16")


def test_what_was_typed_survives_a_reload_but_not_who_called(page):
    page.goto("/desk?lang=en")
    page.locator("#take:enabled").wait_for()
    page.locator("[name=outside_no]").fill("2026-99")
    page.locator("[name=caller_phone]").fill("13800001111")

    page.reload()

    expect(page.locator("[name=outside_no]")).to_have_value("2026-99")
    expect(page.locator("[name=caller_phone]")).to_have_value("")
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "13800001111" not in kept


def test_signing_out_leaves_nothing_of_what_was_typed_in_any_tab(chromium, address, own):
    west = Area(AreaKind.TOWNSHIP, WEST)
    with own.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), Role.ACCEPTOR, login="left", area=west)
    with opened(chromium, address, cookie(secret), "Failed to load resource") as (page, _):
        tabs = (page, page.context.new_page())
        for each in tabs:
            each.goto("/desk?lang=en")
            each.locator("#take:enabled").wait_for()
            each.locator("[name=description]").fill("李四家")
        before = [each.evaluate(KEPT) for each in tabs]

        page.goto("/account?lang=en")
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.wait_for_url("**/sign-in*")

        assert all("李四家" in kept for kept in before)
        assert page.evaluate(KEPT) == "{}"
        tabs[1].wait_for_function("!sessionStorage.length")


KEPT = "JSON.stringify({...sessionStorage})"
