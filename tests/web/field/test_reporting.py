"""Reporting: where it is, what the camera says, what becomes of it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, func, select

from layers.clock import Calendar
from layers.incidents.actions.stepping import Said, step
from layers.incidents.tables import Incident, Step
from layers.photos.tables import Photo
from tests.signed import MANAGER
from tests.web.field.phone import Phone
from tests.web.field.world import (
    RUBBISH,
    STALL,
    all_of,
    worker,
)
from tests.web.phone import picture

pytestmark = pytest.mark.browser


def test_what_was_put_right_on_the_spot_is_closed_with_photos_before_and_after(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "on.the.spot"))
    phone.visit()
    phone.context.set_offline(True)
    page = phone.page
    page.locator("#shoot input").set_input_files(photo)
    page.get_by_role("radio", name=STALL).check()
    page.get_by_text("More to say").click()
    page.get_by_label("I put it right on the spot").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(
        "What is put right on the spot needs photos before and after"
    )

    page.locator("details .camera input").set_input_files(photo)
    phone.send()
    phone.context.set_offline(False)

    phone.all_arrived()
    assert all_of(own, Incident.state) == [("closed",)]
    assert sorted(all_of(own, Photo.kind)) == [("after",), ("before",)]


def test_a_report_that_came_back_is_told_with_its_reason_and_reported_anew(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "comes.back"))
    phone.visit()
    phone.report(RUBBISH, photo)
    phone.all_arrived()
    expect(phone.page.locator("[aria-label='My reports'] .chip")).to_have_text("Reported")
    decide(own, "reject", "The number of the house cannot be read")

    phone.page.reload()

    notices = phone.page.locator(".notices")
    expect(notices).to_contain_text("The number of the house cannot be read")
    notices.get_by_role("link").click()
    phone.page.get_by_role("button", name="Correct it").click()
    expect(phone.page.get_by_role("radio", name=RUBBISH)).to_be_checked()
    phone.page.locator("#more-photos input").set_input_files(photo)
    phone.send()
    phone.all_arrived()
    assert sorted(all_of(own, Incident.state)) == [("rejected",), ("reported",)]


def test_a_report_that_was_returned_is_put_right_where_it_lies_also_without_a_signal(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "puts.right"))
    phone.visit()
    phone.report(RUBBISH, photo)
    phone.all_arrived()
    decide(own, "return_report", "Which side of the bridge?")
    phone.page.reload()
    notices = phone.page.locator(".notices")
    expect(notices).to_contain_text("Which side of the bridge?")
    expect(phone.page.locator("[aria-label='My reports'] .chip")).to_have_text("Returned")
    phone.context.set_offline(True)

    notices.get_by_role("link").click()
    phone.page.get_by_role("button", name="Correct it").click()
    phone.page.get_by_text("More to say").click()
    phone.page.get_by_label("Description").fill("East of the bridge")
    phone.page.locator("#more-photos input").set_input_files(photo)
    phone.send()
    phone.context.set_offline(False)

    phone.all_arrived()
    expect(phone.page.locator("[aria-label='My reports'] .chip")).to_have_text("Reported")
    assert all_of(own, Incident.state, Incident.description, Incident.returned) == [
        ("reported", "East of the bridge", False)]  # fmt: skip
    photos = all_of(own, Step.verb, func.cardinality(Step.photos))
    assert sorted(photos) == [("amend", 1), ("report", 0), ("return_report", 0)]


def decide(own: Engine, verb: str, reason: str) -> None:
    """An acceptor does not take the case, or not yet."""
    at, days = datetime.now(UTC), Calendar(ZoneInfo("Asia/Shanghai"))
    with own.begin() as connection:
        [case] = connection.execute(select(Incident.id)).scalars()
        said = Said(verb, uuid4(), at, reason=reason)
        step(connection, case, said, actor=MANAGER, at=at, calendar=days)


def test_a_shift_makes_the_phone_ready_and_says_what_it_has_done(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "on.shift"))
    phone.visit()

    phone.page.get_by_role("button", name="Begin the shift").click()
    phone.report(RUBBISH, photo)

    shift = phone.page.locator("[aria-label=Shift]")
    expect(shift).to_contain_text("1 reported")
    expect(shift).to_contain_text("Works without a signal: 2 matters, 1 grids")
    phone.page.get_by_role("button", name="End the shift").click()
    expect(phone.page.get_by_role("button", name="Begin the shift")).to_be_visible()


def test_a_poor_position_is_waited_over_told_and_let_go_of(own: Engine, phone: Phone, photo: Path):
    phone.sign_in(worker(own, "poor.fix"))
    phone.visit()
    phone.context.set_geolocation({"longitude": 119.903, "latitude": 29.703, "accuracy": 140})
    phone.page.locator("#shoot input").set_input_files(photo)
    expect(phone.page.locator("#position")).to_contain_text("within about 140 m")
    phone.page.get_by_role("radio", name=RUBBISH).check()

    phone.page.get_by_role("button", name="Send", exact=True).click()
    expect(phone.page.get_by_role("dialog")).to_contain_text("s so far")
    phone.page.get_by_role("button", name="Do not wait").click()

    phone.all_arrived()
    assert all_of(own, Incident.x, Incident.y, Incident.accuracy_m) == [(119.903, 29.703, 140)]


def test_a_better_position_sends_it_by_itself(own: Engine, phone: Phone, photo: Path):
    phone.sign_in(worker(own, "better.fix"))
    phone.visit()
    phone.context.set_geolocation({"longitude": 119.903, "latitude": 29.703, "accuracy": 90})
    phone.page.locator("#shoot input").set_input_files(photo)
    expect(phone.page.locator("#position")).to_contain_text("90 m")
    phone.page.get_by_role("radio", name=RUBBISH).check()
    phone.page.get_by_role("button", name="Send", exact=True).click()
    expect(phone.page.get_by_role("dialog")).to_be_visible()

    phone.context.set_geolocation({"longitude": 119.904, "latitude": 29.703, "accuracy": 9})

    phone.all_arrived()
    assert all_of(own, Incident.x, Incident.accuracy_m) == [(119.904, 9)]


def test_the_moved_pin_and_the_place_that_the_phone_said_are_both_kept(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "moves.pin"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    expect(phone.page.locator("#position")).to_contain_text("West south")
    phone.page.get_by_role("radio", name=RUBBISH).check()

    phone.page.get_by_role("link", name="On the map").click()
    phone.page.locator(".ground").focus()
    for _ in range(3):
        phone.page.keyboard.press("ArrowRight")
    away = phone.page.get_by_text("m from where the phone says")
    expect(away).to_contain_text(re.compile("[1-9][0-9]+ m"))
    metres = int(re.findall(r"(\d+) m from", away.inner_text())[0])
    phone.page.get_by_role("button", name="Use this place").click()
    phone.send()

    phone.all_arrived()
    [(x, y, lon, lat)] = all_of(
        own, Incident.x, Incident.y, func.ST_X(Incident.sensed), func.ST_Y(Incident.sensed)
    )
    assert (lon, lat, y) == (119.905, 29.705, 29.705)
    assert x == pytest.approx(119.905 + metres / 96_690, abs=1e-5)


def test_without_any_position_the_grid_and_the_street_are_enough(
    own: Engine, phone: Phone, photo: Path
):
    phone.context.clear_permissions()
    phone.sign_in(worker(own, "no.position"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    expect(phone.page.locator("#position")).to_contain_text("The phone may not tell its position")
    phone.page.get_by_role("radio", name=RUBBISH).check()

    phone.page.get_by_role("link", name="Without a map").click()
    phone.page.get_by_label("Street and number").fill("西街 12 号")
    phone.page.get_by_role("button", name="Use this place").click()
    phone.send()

    phone.all_arrived()
    [(address, grid, accuracy)] = all_of(
        own, Incident.address, Incident.grid_id, Incident.accuracy_m
    )
    assert (address, grid is not None) == ("西街 12 号", True)
    assert accuracy > 500


def test_what_the_camera_wrote_reaches_the_server_though_the_photo_is_made_smaller(
    own: Engine, phone: Phone, tmp_path: Path
):
    large = tmp_path / "large.jpg"
    large.write_bytes(picture(3000, 2000))
    phone.sign_in(worker(own, "takes.photos"))
    phone.visit()

    phone.report(RUBBISH, large)

    phone.all_arrived()
    [(width, height, taken_at, lon)] = all_of(
        own, Photo.width, Photo.height, Photo.taken_at, func.ST_X(Photo.place)
    )
    assert (width, height) == (1067, 1600)  # upright, turned once
    assert taken_at == datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    assert lon == pytest.approx(119.905, abs=1e-4)
