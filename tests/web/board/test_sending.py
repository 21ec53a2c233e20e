"""Squads sent without a map: one, all that waits at once, and against what speaks against it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Route, expect
from sqlalchemy import Engine, text

from layers.access import Actor, Verb
from layers.duty.actions import say
from layers.duty.rules import OutOfService
from tests.web.board.dispatcher import done, live

pytestmark = pytest.mark.browser


def test_who_can_be_sent_stands_there_with_the_crew_and_the_vehicle_of_its_shift(
    mapless, case, own
):
    with own.begin() as connection:
        connection.execute(text(
            "INSERT INTO shifts (squad_code, starts_at, ends_at, members, vehicle, skills)"
            " VALUES ('S1', now() - interval '1 hour', now() + interval '1 hour', 3, '浙A12345',"
            " '{拖车}')"
        ))  # fmt: skip

    mapless.goto(f"/desk?lang=en#case={case()}")

    expect(mapless.locator(".ways .crew").first).to_have_text("3 people · 浙A12345 · 拖车")


def test_a_squad_with_another_case_is_told_and_sent_all_the_same_for_a_reason(mapless, case):
    case(east=1e-3, state="dispatched", squad_code="S1")
    mapless.goto(f"/desk?lang=en#case={case()}")

    expect(mapless.locator(".candidates")).to_contain_text("all have other cases")
    expect(mapless.locator(".ways li")).to_contain_text("1 in hand, at most 1 at once")
    mapless.get_by_role("button", name="Send it anyway").click()
    mapless.get_by_label("Why all the same").fill("就在旁边")
    mapless.locator(".insisting").get_by_role("button", name="Dispatch").click()

    expect(mapless.locator("#case-title")).to_contain_text("Dispatched")
    expect(mapless.locator(".history")).to_contain_text("就在旁边")


def test_squads_are_proposed_for_all_that_wait_and_sent_together(mapless, case):
    case()
    mapless.goto("/desk?lang=en")
    mapless.locator(".entry").wait_for()

    mapless.keyboard.press("p")
    expect(mapless.locator("dialog")).to_contain_text("1 sent together: 1 of them late")
    expect(mapless.locator("dialog tbody tr")).to_contain_text(
        re.compile("西街中队.*1 min.*30 min late")
    )
    mapless.get_by_role("button", name="Dispatch 1", exact=True).click()

    expect(mapless.locator("dialog .good")).to_have_text("1 dispatched")
    expect(mapless.locator("#tabs [data-queue=dispatch] .count")).to_have_text("0")


def test_a_case_that_presses_less_gives_its_squad_up_and_waits_again(mapless, case, own):
    little, urgent = case(), case(east=1e-3, priority=2)
    done(own, little, "dispatch", squad="S1")
    mapless.goto(f"/desk?lang=en#case={urgent}")

    mapless.get_by_role("button", name="Put back to waiting 1 of its cases").click()

    expect(mapless.locator("#case-title")).to_contain_text("Dispatched")
    told = "1 of the squad's cases that press less wait again"
    expect(mapless.locator("#case > .good")).to_have_text(told)
    expect(mapless.locator(".history li").first).to_contain_text(told)
    expect(mapless.locator(".entry")).to_have_attribute("href", f"#case={little}")
    mapless.locator(".entry").click()
    expect(mapless.locator(".history")).to_contain_text("gave way to a case that presses more")


def test_as_many_as_must_give_way_are_named_before_and_after(mapless, case, own):
    littles, urgent = [case(), case(east=2e-3)], case(east=1e-3, priority=2)
    for little in littles:
        done(own, little, "dispatch", squad="S1", override=True, reason="就在旁边")
    mapless.goto(f"/desk?lang=en#case={urgent}")

    mapless.get_by_role("button", name="Put back to waiting 2 of its cases").click()

    expect(mapless.locator("#case > .good")).to_contain_text("2 of the squad's cases")
    expect(mapless.locator(".entry")).to_have_count(2)


def test_what_was_sent_is_not_brought_back_by_an_answer_that_comes_late(mapless, case):
    held: list[tuple[Route, APIResponse]] = []
    queue = "**/api/incidents?state=filed&order=promised*"
    mapless.route(queue, lambda route: held.append((route, route.fetch())), times=1)
    mapless.goto(f"/desk?lang=en#case={case()}")
    mapless.get_by_role("button", name="Dispatch 西街中队 1 min").click()
    expect(mapless.locator("#list .empty")).to_be_visible()

    [(route, late)] = held
    with mapless.expect_response(queue):
        route.fulfill(response=late)
    mapless.evaluate("() => new Promise((done) => setTimeout(done, 100))")

    expect(mapless.locator(".entry")).to_have_count(0)


def test_nothing_is_to_give_way_once_the_squad_has_come_to_it(mapless, case, own):
    little, urgent = case(), case(east=1e-3, priority=2)
    done(own, little, "dispatch", squad="S1")
    mapless.goto(f"/desk?lang=en#case={urgent}")
    live(mapless)
    gives = mapless.get_by_role("button", name="Put back to waiting 1 of its cases")
    expect(gives).to_be_visible()

    done(own, little, "accept")
    done(own, little, "arrive")

    expect(gives).to_be_hidden()
    expect(mapless.get_by_role("button", name="Send it anyway")).to_be_visible()


def test_a_step_that_was_not_answered_is_sent_again_and_taken_once(mapless, case, own):
    one, sent = case(), []

    def lose(route: Route) -> None:
        """The server takes it; its answer is lost."""
        sent.append(route.request.post_data_json["event_id"])
        route.fetch()
        route.abort()

    mapless.goto(f"/desk?lang=en#case={one}")
    mapless.route("**/steps/dispatch", lose, times=1)
    mapless.get_by_role("button", name="Dispatch 西街中队 1 min").click()
    expect(mapless.locator("#case")).to_contain_text("this step is not saved yet")

    with mapless.expect_request("**/steps/dispatch") as again:
        pass

    expect(mapless.locator("#case-title")).to_contain_text("Dispatched")
    expect(mapless.locator(".changed, .stale, .failure")).to_have_count(0)
    assert again.value.post_data_json["event_id"] == sent[0]
    assert "not saved" not in mapless.locator("#case").inner_text()
    with own.connect() as connection:
        assert connection.execute(text("SELECT verb FROM incident_steps")).all() == [("dispatch",)]


@pytest.fixture
def more_squads(own: Engine) -> Iterator[None]:
    """One where the case east of the street is, and one farther away."""
    with own.begin() as connection:
        for code, name, lon in (("S3", "河东中队", 119.907), ("S4", "河西中队", 119.9)):
            connection.execute(text(
                "INSERT INTO squads (code, name, township_code, home, on_duty, x, y, datum,"
                " members, vehicles) SELECT :code, :name, township_code,"
                " ST_Point(:lon, 29.705, 4326), true, :lon, y, datum, members, vehicles"
                " FROM squads WHERE code = 'S1'"
            ), {"code": code, "name": name, "lon": lon})  # fmt: skip
    yield
    with own.begin() as connection:
        connection.execute(text("DELETE FROM squads WHERE code IN ('S3', 'S4')"))
        connection.execute(text("UPDATE squads SET out_of_service = NULL WHERE code = 'S1'"))


@pytest.mark.usefixtures("more_squads")
def test_a_proposal_is_looked_at_anew_as_things_change_and_keeps_what_was_chosen(
    mapless, case, own
):
    case(case_no="26-000001")
    case(case_no="26-000002", east=2e-3, priority=2)
    comes = case(case_no="26-000003", state="reported")
    mapless.goto("/desk?lang=en")
    live(mapless)
    mapless.locator(".entry").first.wait_for()
    mapless.keyboard.press("p")
    rows, news = mapless.locator("dialog tbody tr"), mapless.locator(".joint-news")
    plain, urgent = (rows.filter(has_text=number) for number in ("26-000001", "26-000002"))
    expect(plain.locator("option:checked")).to_have_text("西街中队")
    expect(news).to_contain_text("nothing has changed since")

    urgent.locator("select").select_option("河西中队")
    in_service(own, "S1", OutOfService.VEHICLE)
    done(own, comes, "file", standard=True)

    expect(news).to_contain_text("1 more to dispatch; 1 cannot be sent like this any more")
    expect(plain).to_contain_text("the squad cannot go now")
    expect(plain.locator("input")).not_to_be_checked()
    send = mapless.get_by_role("button", name="Dispatch 1", exact=True)
    expect(send).to_be_visible()
    expect(urgent.locator("option:checked")).to_have_text("河西中队")
    mapless.get_by_role("button", name="Propose again").click()
    expect(news).to_contain_text("nothing has changed since")
    expect(urgent.locator("option").first).to_have_text("河东中队")
    expect(urgent.locator("option:checked")).to_have_text("河西中队")
    in_service(own, "S1", None)
    expect(news).to_contain_text("1 more squads can go")


def in_service(own: Engine, squad: str, reason: OutOfService | None) -> None:
    now = datetime.now(UTC)
    with own.begin() as connection:
        say(connection, squad, reason, actor=Actor(str(uuid4()), frozenset(Verb)), at=now)
