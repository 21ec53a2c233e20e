"""Reporting: where it is, what the camera says, what becomes of it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, func, select, text, update

from layers.clock import Calendar
from layers.incidents.actions.stepping import Said, step
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.photos.tables import Photo
from tests.signed import MANAGER
from tests.web.bureau import photographed
from tests.web.field.phone import Phone
from tests.web.field.world import (
    RUBBISH,
    STALL,
    all_of,
    to_check,
    worker,
)
from tests.web.phone import Line, picture

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "large.jpg"
    path.write_bytes(picture(3000, 2000))
    return path


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
    expect(page.locator(".ends .failure")).to_be_hidden()
    phone.send()
    phone.context.set_offline(False)

    phone.all_arrived()
    assert all_of(own, Incident.state) == [("closed",)]
    assert sorted(all_of(own, Photo.kind)) == [("after",), ("before",)]


def test_what_was_reported_before_is_put_right_with_a_photo_after_alone(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "came.back"))
    phone.visit()
    phone.report(STALL, photo)
    phone.all_arrived()
    [(case,)] = all_of(own, Incident.id)
    phone.page.goto(f"/field#case/{case}")

    phone.page.locator("form .camera input").nth(1).set_input_files(photo)
    phone.send()

    phone.all_arrived()
    assert all_of(own, Incident.state) == [("closed",)]


def test_a_report_that_came_back_is_told_with_its_reason_and_reported_anew(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    phone.sign_in(worker(own, "comes.back"))
    phone.visit()
    phone.report(RUBBISH, photo)
    phone.all_arrived()
    expect(phone.page.locator("[aria-label='My reports'] .chip")).to_have_text("Reported")
    decide(own, "reject", "The number of the house cannot be read")
    line.lose = lambda scope: b"state=to_check" in scope["query_string"]  # half of it is read
    phone.page.reload()
    phone.page.wait_for_load_state("networkidle")
    line.lose = lambda _: False

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
    own: Engine, phone: Phone, line: Line, photo: Path, large: Path
):
    phone.sign_in(worker(own, "puts.right"))
    phone.visit()
    line.lose = lambda scope: b"mine=" in scope["query_string"]  # it came back before it was seen
    phone.report(RUBBISH, photo)
    phone.all_arrived()
    decide(own, "return_report", "Which side of the bridge?")
    line.lose = lambda _: False
    phone.page.reload()
    notices = phone.page.locator(".notices")
    expect(notices).to_contain_text("Which side of the bridge?")
    expect(phone.page.locator("[aria-label='My reports'] .chip")).to_have_text("Returned")
    phone.context.set_offline(True)

    notices.get_by_role("link").click()
    phone.page.get_by_role("button", name="Correct it").click()
    expect(phone.page.get_by_text("Photos already sent: 1")).to_be_visible()
    phone.page.get_by_text("More to say").click()
    phone.page.get_by_label("Description").fill("East of the bridge")
    phone.page.locator("#more-photos input").set_input_files(large)
    phone.send()  # while it is still made small
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


def test_a_check_tells_how_far_it_is_and_leads_there(own: Engine, phone: Phone):
    [case] = to_check(own, 1)
    phone.sign_in(worker(own, "goes.there"))
    phone.visit()

    phone.page.locator(f"a[href='#case/{case}']").first.click()

    expect(phone.page.locator(".place")).to_contain_text("150 m south-west")
    way = phone.page.get_by_role("link", name="Open the map").get_attribute("href")
    assert way is not None and way.startswith("geo:29.704000,119.904000?")


def test_whoever_checks_is_told_how_far_a_photo_is_from_what_was_claimed(own: Engine, phone: Phone):
    old, same = to_check(own, 2)
    occurred = dict(all_of(own, Incident.id, Incident.occurred_at))
    photographed(own, old, 119.904 + 210 / 96_690, 29.704, occurred[old] - timedelta(minutes=185))
    photographed(own, same, 119.9041, 29.704, occurred[same])
    phone.sign_in(worker(own, "compares"))
    phone.visit()

    phone.page.locator(f"a[href='#case/{old}']").first.click()

    expect(phone.page.locator(".shots li")).to_contain_text(
        "Far apart Taken 3:05 h before the reported time; 210 m from the reported place"
    )
    phone.page.goto(f"/field#case/{same}")
    expect(phone.page.locator(".shots .apart")).to_have_text(
        "Taken at the reported time; 0 m from the reported place"
    )


def test_a_shift_makes_the_phone_ready_and_says_what_it_has_done(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "on.shift"))
    phone.visit()

    phone.page.get_by_role("button", name="Begin the shift").click()
    phone.report(RUBBISH, photo)

    shift = phone.page.locator("[aria-label=Shift]")
    expect(shift).to_contain_text("1 reported")
    expect(shift).to_contain_text("Works without a signal (matters: 2, grids: 1)")
    phone.page.get_by_role("button", name="End the shift").click()
    expect(phone.page.get_by_role("button", name="Begin the shift")).to_be_visible()
    phone.all_arrived()


def test_what_a_matter_tells_is_not_left_folded_away(own: Engine, phone: Phone, photo: Path):
    told = {"code": "say", "datatype": "text", "zh": "写清", "en": "Say which", "variable": False}
    with own.begin() as connection:
        named = update(Matter).where(Matter.name_en == RUBBISH)
        connection.execute(named.values(questions=[told]))
    phone.sign_in(worker(own, "is.told"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)

    phone.page.get_by_role("radio", name=RUBBISH).check()

    expect(phone.page.get_by_text("Say which")).to_be_visible()
    expect(phone.page.get_by_label("Description")).to_be_visible()


def test_what_was_sent_before_the_shift_began_counts_for_its_day(
    own: Engine, phone: Phone, photo: Path
):
    phone.sign_in(worker(own, "began.late"))
    phone.visit()
    phone.report(RUBBISH, photo)

    phone.page.get_by_role("button", name="Begin the shift").click()

    shift = phone.page.locator("[aria-label=Shift]")
    expect(shift).to_contain_text("1 reported that day")
    phone.report(RUBBISH, photo)
    expect(shift).to_contain_text("2 reported that day")
    phone.all_arrived()


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


def test_whoever_may_not_be_located_waits_for_nothing_and_sees_the_place_by_what_sends(
    own: Engine, phone: Phone, photo: Path
):
    phone.context.clear_permissions()
    phone.sign_in(worker(own, "not.located"))
    phone.visit()
    phone.page.locator("#shoot input").set_input_files(photo)
    phone.page.get_by_role("radio", name=RUBBISH).check()
    expect(phone.page.locator(".ends #position")).to_be_in_viewport(ratio=1)

    phone.page.get_by_role("button", name="Send", exact=True).click()

    dialog = phone.page.get_by_role("dialog", name="No position: say where it is")
    expect(dialog).not_to_contain_text("so far")
    expect(dialog.get_by_role("button", name="Do not wait")).to_be_hidden()
    dialog.get_by_role("link", name="Without a map").click()
    expect(phone.page.get_by_label("Street and number")).to_be_visible()


def test_what_is_no_picture_is_not_taken(own: Engine, phone: Phone, photo: Path, tmp_path: Path):
    fake = tmp_path / "fake.jpg"
    fake.write_bytes(b"\xff\xd8 no picture")
    phone.sign_in(worker(own, "no.picture"))
    phone.visit()

    phone.page.locator("#shoot input").set_input_files(fake)

    expect(phone.page.get_by_role("alert")).to_contain_text("cannot be read")
    expect(phone.page.locator("#shoot")).to_be_visible()


def test_without_a_map_a_place_of_the_grid_or_its_street_gives_the_point(own: Engine, phone: Phone):
    with own.begin() as connection:
        connection.execute(text(KNOWN))
    phone.context.clear_permissions()
    phone.sign_in(worker(own, "knows.the.place"))
    phone.visit()
    page = phone.page
    page.goto("/field#report")
    page.get_by_role("link", name="Without a map").click()
    expect(page.get_by_label("A place in it").locator("option")).to_have_text(["–", "老井"])
    page.get_by_label("Street and number").fill("西街 12 号")
    page.get_by_role("button", name="Use this place").click()
    expect(page.locator("#position")).to_contain_text("(point by 西街, within 484 m)")

    phone.context.set_offline(True)
    page.get_by_role("link", name="Without a map").click()
    page.get_by_role("button", name="Use this place").click()
    expect(page.locator("#position")).to_contain_text("the point is the grid's middle")
    page.get_by_role("link", name="Without a map").click()
    page.get_by_label("Street and number").fill("")
    page.get_by_label("A place in it").select_option("老井")
    page.get_by_role("button", name="Use this place").click()
    page.get_by_role("radio", name=STALL).check()
    expect(page.locator("#position")).to_contain_text("老井 (point by 老井, within 100 m)")
    phone.context.set_offline(False)


KNOWN = """
    WITH one AS (INSERT INTO places (key, name, place, x, y, datum) VALUES
        ('1', '老井', ST_Point(119.902, 29.703, 4326), 119.902, 29.703, 'wgs84'),
        ('2', '东桥', ST_Point(119.912, 29.703, 4326), 119.912, 29.703, 'wgs84'))
    INSERT INTO roads (key, name, class, oneway, shape, source_crs) VALUES ('1', '西街', 'unknown',
        false, ST_Multi(ST_GeomFromText('LINESTRING(119.895 29.707, 119.93 29.707)', 4326)),
        'EPSG:4326')"""


def test_what_the_camera_wrote_reaches_the_server_though_the_photo_is_made_smaller(
    own: Engine, phone: Phone, large: Path
):
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
