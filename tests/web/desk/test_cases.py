"""Cases put right, filed, merged, checked and closed; enquiries answered; whoever was slower."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.web.bureau import photographed
from tests.web.desk.acceptor import STREET, in_queue
from tests.web.served import repeated

pytestmark = pytest.mark.browser


def test_a_report_that_was_taken_here_is_put_right_here(page, own):
    page.goto("/desk?lang=en")
    page.keyboard.press("n")
    page.locator("#take:enabled").wait_for()
    page.locator("#call [name=matter]").fill("S04")
    page.locator("[name=address]").fill("柳河路 10 号")
    page.locator("#found button").click()
    page.get_by_label("Whose cover").select_option("Water")
    page.locator("#take").click()
    expect(page.locator("#taken")).to_contain_text("Taken")

    page.get_by_role("button", name="Correct the report").click()
    form = page.locator(".step form")
    expect(form.get_by_label("Whose cover")).to_have_value("water")
    form.get_by_label("How many").fill("3")
    form.get_by_label("Address").fill("柳河路 12 号")
    form.get_by_label("Where it is").select_option(index=1)
    form.get_by_label("What is said").fill("北侧")
    page.get_by_role("button", name="Confirm: Correct the report").click()

    expect(page.locator(".history")).to_contain_text("Report corrected")
    with own.connect() as connection:
        told = connection.execute(text(
            "SELECT matter_code, address, description, answers, ST_X(place), state FROM incidents"
        )).one()  # fmt: skip
    answers = {"address": "water", "many": 3}
    assert tuple(told) == ("S04", "柳河路 12 号", "北侧", answers, 119.905, "reported")


def test_where_a_resident_was_wrong_a_click_on_the_map_puts_it_right(page, case, own):
    one = case(reported_by="resident:aa")
    page.goto(f"/desk?lang=en#case={one}")
    page.get_by_role("button", name="Correct the report").click()
    chosen = page.get_by_label("Where it is").locator("option:checked")
    left, top, width, height = (
        page.get_by_role("region", name="Map", exact=True).bounding_box().values()
    )

    aside = (left + width * 0.6, top + height * 0.6)
    clicked = re.compile("Clicked on the map")
    repeated(page, lambda: page.mouse.click(*aside),
             lambda: any(map(clicked.match, chosen.all_inner_texts())))  # fmt: skip
    page.locator(".step form [name=address]").fill("柳河路 9 号")
    expect(page.get_by_label("Where it is").locator("option")).to_have_count(3)
    lon, lat = map(float, re.findall(r"[\d.]+", chosen.inner_text()))
    page.get_by_role("button", name="Confirm: Correct the report").click()

    expect(page.locator(".history")).to_contain_text("Report corrected")
    asked = text("SELECT ST_X(place), ST_Y(place) FROM incidents WHERE id = :id")
    with own.connect() as connection:
        there = connection.execute(asked, {"id": one}).one()
    assert tuple(there) == pytest.approx((lon, lat), abs=1e-5)
    assert (lon, lat) != pytest.approx(STREET, abs=1e-5)


def test_a_new_case_is_filed_by_ticking_its_standard(page, case, own):
    one = case()
    page.goto(f"/desk?lang=en#case={one}")

    page.get_by_role("button", name="File", exact=True).click()
    expect(page.locator(".standard")).to_have_text(
        "Meets the standard for filing: 有一处以上的垃圾"
    )
    page.get_by_role("button", name="Confirm: File").click()
    assert page.locator(".standard input").evaluate("box => box.validity.valueMissing")
    page.locator(".standard input").check()
    page.get_by_role("button", name="Confirm: File").click()

    expect(page.locator("#case-title")).to_contain_text("Filed")
    expect(in_queue(page, "file")).to_have_text("0")


def test_a_photo_that_is_older_than_its_case_says_by_how_much(page, case, own):
    identity = case(address="柳河路 8 号", accuracy_m=388)
    before = datetime.now(UTC) - timedelta(hours=73)
    photographed(own, UUID(identity), *STREET, before)

    page.goto(f"/desk?lang=en#case={identity}")

    expect(page.locator(".shots .apart strong")).to_have_text("⚠ Far apart")
    expect(page.locator(".shots .apart")).to_contain_text(
        "Taken 3 d before the reported time; 0 m from the reported place"
    )
    expect(page.locator(".shots li > p").first).to_have_text(re.compile(r"^before 20\d\d-"))
    expect(page.locator(".facts")).to_contain_text("approximate")
    expect(page.locator(".facts")).to_contain_text("388 m off")


def test_whoever_asked_is_answered_and_called_back_and_the_case_closed(page, case, own):
    one = case("handled")
    with own.begin() as connection:
        connection.execute(text(
            "INSERT INTO reporters (incident_id, key_id, sealed, marks, kept_at)"
            " VALUES (:id, 'k', 'x', '{}', now())"
        ), {"id": one})  # fmt: skip
    page.goto(f"/desk?lang=en#case={one}")
    page.get_by_role("heading", name="Exposed rubbish").wait_for()
    page.evaluate(
        """id => fetch("/api/enquiries", {method: "POST", headers: {
            "Content-Type": "application/json",
            "X-CSRF-Token": document.querySelector("meta[name=csrf]").content},
            body: JSON.stringify({id: crypto.randomUUID(), channel: "12319", incident: id})})""",
        one,
    )
    page.reload()

    page.get_by_label("Final").check()
    page.locator("article textarea").fill("已清理")
    page.get_by_role("button", name="Answer", exact=True).click()
    page.get_by_label("Reached", exact=True).check()
    page.get_by_label("very satisfied", exact=True).check()
    page.get_by_role("button", name="Note the call").click()
    expect(page.locator("article")).to_contain_text("very satisfied")
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator(".standard input").check()
    page.get_by_role("button", name="Confirm: Close").click()

    expect(page.locator("#case-title")).to_contain_text("Closed")
    expect(in_queue(page, "close")).to_have_text("0")


def test_a_duplicate_is_merged_and_taken_apart_again(page, case):
    one, other = case(), case(east=2e-4, case_no="26-000007")
    page.goto(f"/desk?lang=en#case={one}")

    expect(page.locator(".alike")).to_contain_text("19 m, 0 min apart")
    page.get_by_role("button", name="Merge into it").click()
    page.get_by_role("button", name="Confirm: Merge").click()
    expect(page.locator("#case-title")).to_contain_text("Merged")
    expect(page.locator(f'.facts a[href="#case={other}"]')).to_be_visible()
    page.get_by_role("button", name="Undo the merge").click()
    page.locator(".step textarea").fill("不是同一处")
    page.get_by_role("button", name="Confirm: Undo").click()

    expect(page.locator("#case-title")).to_contain_text("Reported")
    expect(page.locator(".history")).to_contain_text("不是同一处")


def test_nothing_is_merged_into_what_has_ended(page, case):
    one, _ = case(), case("closed", closed_at=datetime.now(UTC))
    page.goto(f"/desk?lang=en#case={one}")

    expect(page.locator(".alike")).to_contain_text("Closed")
    expect(page.get_by_role("button", name="Merge into it")).to_have_count(0)


def test_whoever_was_slower_is_shown_what_changed_and_keeps_what_was_typed(page, case, own):
    one = case()
    page.goto(f"/desk?lang=en#case={one}")
    page.get_by_role("button", name="Reject").click()
    page.locator(".step textarea").fill("不在本区")
    with own.begin() as connection:
        connection.execute(text(
            "INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state,"
            " to_state, by, happened_at, received_at, late, details, reason, photos)"
            " VALUES (:id, 1, gen_random_uuid(), 'return_report', 'reported', 'reported', 'x',"
            " now(), now(), false, '{}', '照片不清', '{}')"
        ), {"id": one})  # fmt: skip
        connection.execute(text("UPDATE incidents SET version = 1 WHERE id = :id"), {"id": one})

    page.get_by_role("button", name="Confirm: Reject").click()

    expect(page.get_by_role("alert")).to_contain_text("Somebody else was faster")
    expect(page.get_by_role("alert")).to_contain_text("照片不清")
    expect(page.locator(".step textarea")).to_have_value("不在本区")


def test_whoever_was_too_slow_sees_the_state_of_now_and_what_was_typed(page, case, own):
    one = case()
    page.goto(f"/desk?lang=en#case={one}")
    page.get_by_role("button", name="Reject").click()
    page.locator(".step textarea").fill("不在本区")
    with own.begin() as connection:
        connection.execute(text(
            "INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state,"
            " to_state, by, happened_at, received_at, late, details, reason, photos)"
            " VALUES (:id, 1, gen_random_uuid(), 'file', 'reported', 'filed', 'x',"
            " now(), now(), false, '{}', null, '{}')"
        ), {"id": one})  # fmt: skip
        connection.execute(
            text("UPDATE incidents SET version = 1, state = 'filed' WHERE id = :id"), {"id": one}
        )

    page.get_by_role("button", name="Confirm: Reject").click()

    expect(page.get_by_role("alert")).to_contain_text("it is now “Filed”")
    expect(page.get_by_role("alert")).to_contain_text("You had typed: 不在本区")
    expect(page.locator("#case-title")).to_contain_text("Filed")
    expect(page.get_by_role("button", name="Reject")).to_have_count(0)


def test_what_others_do_meanwhile_waits_behind_a_bar(page, case, own):
    one = case()
    page.goto(f"/desk?lang=en#case={one}")
    page.locator(".verbs").wait_for()
    with own.begin() as connection:
        connection.execute(
            text("UPDATE incidents SET version = 5, state = 'handled' WHERE id = :id"), {"id": one}
        )

    page.evaluate('document.dispatchEvent(new Event("reachable"))')
    expect(page.locator(".changed")).to_contain_text("Handled")
    expect(page.locator("#case-title")).to_contain_text("Reported")
    page.locator(".changed").click()

    expect(page.locator("#case-title")).to_contain_text("Handled")
    expect(page.locator(".changed")).to_have_count(0)


def test_a_check_tells_where_it_goes(page, case):
    page.goto(f"/desk?lang=en#case={case()}")

    page.get_by_role("button", name="Ask for a check").click()

    expect(page.locator(".step")).to_contain_text("No grid has anybody")
    page.get_by_role("button", name="Confirm: Ask for a check").click()
    expect(page.locator("#case-title")).to_contain_text("To be checked")


def checked(own, case: str, version: int, verb: str, result: bool, state: str) -> None:
    """A grid worker says what a check found."""
    told = {"case": case, "version": version, "verb": verb, "result": result, "state": state}
    with own.begin() as connection:
        connection.execute(text(
            "INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state,"
            " to_state, by, happened_at, received_at, late, details, photos)"
            " VALUES (:case, :version, gen_random_uuid(), :verb, :state, :state, 'x', now(), now(),"
            " false, jsonb_build_object('result', CAST(:result AS bool)), '{}')"
        ), told)  # fmt: skip
        connection.execute(text("UPDATE incidents SET version = :version WHERE id = :case"), told)


def test_what_a_recheck_found_not_put_right_is_to_be_done_again_first(page, case, own):
    one = case("handled")
    checked(own, one, 1, "report_check", True, "reported")
    checked(own, one, 2, "report_recheck", False, "handled")
    page.goto(f"/desk?lang=en#case={one}")

    expect(page.locator(".history li")).to_contain_text(
        [re.compile("RecheckIt is not put right$"), re.compile("CheckIt is so$")]
    )
    expect(page.locator(".verbs button.primary")).to_have_text("Rework")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".step form .warn")).to_contain_text("it is not put right")


def test_what_is_taken_up_anew_after_such_a_recheck_has_its_own_first_button(page, case, own):
    one = case("reported")
    checked(own, one, 1, "report_recheck", False, "handled")
    page.goto(f"/desk?lang=en#case={one}")

    expect(page.locator(".verbs button.primary")).to_have_text("File")


def test_what_a_recheck_found_put_right_is_closed_first(page, case, own):
    one = case("handled")
    checked(own, one, 1, "report_recheck", False, "handled")
    checked(own, one, 2, "report_recheck", True, "handled")
    checked(own, one, 3, "finish", True, "handled")  # a program said more than it was asked for
    page.goto(f"/desk?lang=en#case={one}")

    expect(page.locator(".history li").nth(1)).to_contain_text("It is put right")
    page.locator(".verbs button.primary", has_text="Close").click()

    expect(page.locator(".step form .standard")).to_be_visible()
    expect(page.locator(".step form .warn")).to_have_count(0)
