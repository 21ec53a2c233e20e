"""Grid workers and their phones: what is reported once arrives once, whatever happens between."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update
from starlette.types import Scope

from api import auth
from api import cluster as clusters
from api.settings import Settings
from layers import db, migrations
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.people import actions
from layers.people.tables import Person
from layers.photos.tables import Photo
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import ROOT, app_url, fresh_database
from tests.signed import KEPT, MANAGER, signed_in
from tests.web.phone import Line, Phone, carried, picture
from tests.web.served import serving

pytestmark = pytest.mark.browser
GRID = Area(AreaKind.GRID, f"{WEST}001001")
RUBBISH, STALL = "Exposed rubbish", "Street stall"


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = fresh_database(cluster, "test_web_field")
    migrations.upgrade(url)
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
        for code, zh, en in (("S01", "占道经营", STALL), ("S02", "暴露垃圾", RUBBISH)):
            matter = {"code": code, "name_zh": zh, "name_en": en, "kind": "event",
                      "offered": True, "photos_before": 1, "photos_after": 1}  # fmt: skip
            connection.execute(insert(Matter).values(matter))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def line() -> Line:
    return Line()


@pytest.fixture(scope="module")
def address(own: Engine, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=tmp_path_factory.mktemp("var")), line.before) as found:
        yield found


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(picture())
    return path


@pytest.fixture
def phone(chromium: Browser, address: str, tmp_path: Path) -> Iterator[Phone]:
    with carried(chromium, address, tmp_path / "phone") as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_reported(own: Engine, line: Line) -> None:
    line.lose = lambda _: False
    with own.begin() as connection:
        for table in (Photo, Step, Incident):
            connection.execute(delete(table))
        connection.execute(update(Matter).values(offered=True))


def worker(own: Engine, login: str) -> str:
    """A grid worker of the south-west; the secret of a session."""
    with own.begin() as connection:
        if id_of(connection, login):
            raise AssertionError("each test has its own people")
        return signed_in(connection, datetime.now(UTC), Role.GRID_WORKER, login=login, area=GRID)


def id_of(connection: Connection, login: str) -> UUID | None:
    return connection.execute(select(Person.id).where(Person.login == login)).scalar_one_or_none()


def all_of(own: Engine, *columns) -> list[tuple]:
    with own.begin() as connection:
        return [tuple(row) for row in connection.execute(select(*columns))]


def to_check(own: Engine, count: int) -> list[UUID]:
    """Cases whose check was sent to the south-west."""
    at = datetime.now(UTC) - timedelta(hours=2)
    with own.begin() as connection:
        cast = Cast(connection, WEST, "", grids_of(connection))
        return [cast.report(119.904 + n / 1e4, 29.704, at, "to_check") for n in range(count)]


def grids_of(connection: Connection) -> dict[str, int]:
    return {row.code: row.id for row in connection.execute(text("SELECT code, id FROM grids"))}


# --- The flight mode ----------------------------------------------------------------------------


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
    assert phone.waiting() == 20 * 2 + 5 * 2
    assert all_of(own, Incident.id, Incident.state) == [(case, "to_check") for case in checks]
    phone.kill()
    phone.start(offline=True).goto("/field")
    phone.sign_in(secret)  # a browser writes its cookies down only every half minute
    expect(phone.page.locator(".tile[href='#waiting'] strong")).to_have_text("50")
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


def check(phone: Phone, case: UUID, photo: Path) -> None:
    page = phone.page
    page.locator(f"a[href='#case/{case}']").first.click()
    page.get_by_role("radio", name="It is so", exact=True).check()
    page.locator("form .camera input").set_input_files(photo)
    phone.send()


def in_order(own: Engine) -> bool:
    """Each case's report before its photo, the photo before the step that shows it."""
    with own.begin() as connection:
        wrong = connection.execute(text(
            "SELECT count(*) FROM photos p JOIN incident_steps s USING (incident_id)"
            " WHERE (s.verb = 'report') <> (s.received_at <= p.received_at)"))  # fmt: skip
        return wrong.scalar_one() == 0


def test_an_answer_that_is_lost_makes_no_second_case(
    own: Engine, phone: Phone, line: Line, photo: Path
):
    phone.sign_in(worker(own, "lost.answer"))
    phone.visit()
    line.lose, line.lost = once_each(), 0

    phone.report(RUBBISH, photo)

    for lost in (1, 2):
        phone.until(lambda lost=lost: line.lost == lost)
        send_now(phone)
    expect(phone.page.locator("#synced")).to_have_text("All sent")
    assert len(all_of(own, Incident.id)) == len(all_of(own, Photo.id)) == 1


def once_each() -> Callable[[Scope], bool]:
    """Loses the first answer to each change."""
    met: set[str] = set()

    def lost(scope: Scope) -> bool:
        first = scope["method"] in ("POST", "PUT") and scope["path"] not in met
        met.add(scope["path"])
        return first

    return lost


def send_now(phone: Phone) -> None:
    phone.page.goto("/field#waiting")
    phone.page.get_by_role("button", name="Send now").click()


# --- Whose it is --------------------------------------------------------------------------------


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


def end_sessions(own: Engine, login: str) -> None:
    with own.begin() as connection:
        person = id_of(connection, login)
        assert person
        actions.end_all_sessions(connection, person, actor=MANAGER, at=datetime.now(UTC))


def again(own: Engine, login: str) -> str:
    """Signed in once more; the secret of the new session."""
    secret = auth.new_secret(auth.SESSION)
    with own.begin() as connection:
        person = id_of(connection, login)
        assert person
        attempt = actions.Attempt(person, KEPT, None, (), login)
        actions.sign_in(connection, attempt, auth.digest(secret), at=datetime.now(UTC))
    return secret


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


# --- What is refused ----------------------------------------------------------------------------


@pytest.fixture
def refused(own: Engine, phone: Phone, photo: Path, request: pytest.FixtureRequest) -> Phone:
    """A report of a matter that is offered no more, between two of one that is."""
    phone.sign_in(worker(own, request.node.name[-30:]))
    phone.visit()
    phone.context.set_offline(True)
    for matter in (RUBBISH, STALL, RUBBISH):
        phone.report(matter, photo)
    with own.begin() as connection:
        connection.execute(update(Matter).where(Matter.code == "S01").values(offered=False))
    phone.context.set_offline(False)
    expect(phone.page.locator("#synced")).to_have_text("1 refused")
    phone.page.goto("/field#waiting")
    return phone


def test_one_that_is_refused_says_why_and_holds_up_no_other_case(own: Engine, refused: Phone):
    expect(refused.page.locator(".item.refused")).to_contain_text("S01")
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


# --- Where and when -----------------------------------------------------------------------------


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


# --- The page -----------------------------------------------------------------------------------


def test_a_report_by_the_keyboard_alone(own: Engine, phone: Phone, photo: Path):
    phone.sign_in(worker(own, "no.mouse"))
    phone.visit()
    page = phone.page
    tab_to(phone, "#shoot input")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(photo)
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
