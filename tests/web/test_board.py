"""A dispatcher at the desk with its map: a squad sent by keyboard alone, what is looked for and
found, what lies in one place. Where a browser draws no map everything else works: squads sent
against what speaks against it, and for all that waits at once, and what one shift hands over."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import anyio
import pytest
from playwright.sync_api import APIResponse, Browser, Locator, Page, Route, expect
from sqlalchemy import Engine, text
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import cluster as clusters
from api.sessions import HEADER, Proof
from api.settings import Settings
from layers.access import Actor, Verb
from layers.duty.actions import say
from layers.duty.rules import OutOfService
from layers.holidays.queries import calendar
from layers.incidents.actions.stepping import Said, step
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import CHROMIUM, QUIET, app_url
from tests.signed import signed_in
from tests.web.bureau import grids_of, settled
from tests.web.served import cookie, opened, repeated, serving
from tests.web.test_desk import AXE, SERIOUS

pytestmark = pytest.mark.browser
SHANGHAI = ZoneInfo("Asia/Shanghai")
STREET = (119.905, 29.705)
CLOSE = {"center": STREET, "zoom": 16}
MIDDLE = """map => {
    const {x, y, width, height} = map.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""
Case = Callable[..., str]
MISSING = "Failed to load resource"


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    with settled(cluster, "test_board") as engine:
        with engine.begin() as connection:
            connection.execute(text(
                "INSERT INTO places (key, name, place, x, y, datum)"
                " VALUES ('1', '柳河路', ST_Point(119.908, 29.708, 4326), 119.908, 29.708, 'wgs84')"
            ))  # fmt: skip
        yield engine


@pytest.fixture(scope="module")
def address(own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, Settings(var=tmp_path_factory.mktemp("var"))) as found:
        yield found


@pytest.fixture
def secret(own: Engine) -> str:
    west, now = Area(AreaKind.TOWNSHIP, WEST), datetime.now(UTC)
    with own.begin() as connection:
        return signed_in(connection, now, Role.DISPATCHER, login=str(uuid4()), area=west)


@pytest.fixture
def page(chromium: Browser, address: str, secret: str) -> Iterator[Page]:
    """A dispatcher's, whose map was left over the street."""
    with opened(chromium, address, cookie(secret), MISSING) as (page, _):
        leave_map(page, CLOSE)
        yield page


@pytest.fixture(scope="module")
def blind(chromium: Browser) -> Iterator[Browser]:
    """One without WebGL."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=[*QUIET, "--disable-3d-apis"]
    )
    yield browser
    browser.close()


@pytest.fixture
def mapless(blind: Browser, address: str, secret: str) -> Iterator[Page]:
    with opened(blind, address, cookie(secret), MISSING) as (page, _):
        yield page
        expect(page.locator("#no-map")).to_contain_text("there is no map")


@pytest.fixture
def case(own: Engine) -> Case:
    """A filed case on the street, or so many degrees east of it."""

    def filed(east: float = 0, state: str = "filed", **changes: object) -> str:
        with own.begin() as connection:
            cast = Cast(connection, WEST, "", grids_of(connection))
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            identity = cast.report(STREET[0] + east, STREET[1], hour_ago, state)
            for name, value in {"case_no": f"26-{identity.int % 10**6:06d}", **changes}.items():
                connection.execute(
                    text(f"UPDATE incidents SET {name} = :value WHERE id = :id"),
                    {"value": value, "id": identity},
                )
            return str(identity)

    return filed


@pytest.fixture(autouse=True)
def nothing(own: Engine) -> None:
    """Each begins with empty queues and no shifts."""
    with own.begin() as connection:
        for table in ("incident_steps", "incidents", "duty_events", "shifts"):
            connection.execute(text(f"DELETE FROM {table}"))


def leave_map(page: Page, view: dict[str, object]) -> None:
    page.add_init_script(
        "document.addEventListener('readystatechange', () => { const kept ="
        " `desk.${document.documentElement.dataset.login}.view`;"
        f" localStorage.getItem(kept) ?? localStorage.setItem(kept, '{json.dumps(view)}'); }})"
    )


def left_at(page: Page) -> tuple[float, float]:
    """Where the map was moved to last."""
    kept: str = page.evaluate(
        "localStorage.getItem(`desk.${document.documentElement.dataset.login}.view`)"
    )
    lon, lat = json.loads(kept)["center"]
    return round(lon, 3), round(lat, 3)


def test_a_squad_is_sent_by_keyboard_alone(page, case):
    case()
    page.goto("/desk?lang=en")
    page.locator(".entry").wait_for()

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    send = page.get_by_role("button", name="Dispatch 西街中队 1 min")
    expect(send).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#case-title")).to_contain_text("Dispatched")
    expect(page.locator("#tabs [data-queue=dispatch] .count")).to_have_text("0")


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

    mapless.get_by_role("button", name="Let its case that presses less wait").click()

    expect(mapless.locator("#case-title")).to_contain_text("Dispatched")
    expect(mapless.locator(".entry")).to_have_attribute("href", f"#case={little}")
    mapless.locator(".entry").click()
    expect(mapless.locator(".history")).to_contain_text("gave way to a case that presses more")


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
    gives = mapless.get_by_role("button", name="Let its case that presses less wait")
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


@pytest.fixture
def roster(own: Engine) -> Iterator[Callable[[int, int], None]]:
    """A shift of the squad of the west, from and to so many hours from now."""

    def planned(first: int, last: int) -> None:
        now = datetime.now(UTC)
        hours = {"from": now + timedelta(hours=first), "to": now + timedelta(hours=last)}
        with own.begin() as connection:
            connection.execute(text(
                "INSERT INTO shifts (squad_code, planned_at, starts_at, ends_at, members, vehicle,"
                " skills) VALUES ('S1', :from, :from, :to, 2, 'none', '{拖车}')"
            ), hours)  # fmt: skip

    yield planned
    with own.begin() as connection:
        connection.execute(text("UPDATE squads SET out_of_service = NULL"))


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


def test_where_nobody_comes_in_time_is_told_as_duty_changes_and_by_the_roster(page, roster):
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()
    live(page)
    page.locator(".layers summary").click()
    page.get_by_label("Reach in 30 min").check()
    told = page.locator("#legend li").filter(has_text="Nobody there within")
    on_duty = re.compile(r"\((\d+) squads on duty")
    expect(told).to_contain_text(on_duty)
    before = int(on_duty.search(told.inner_text())[1])

    roster(20, 28)
    expect(told).to_contain_text(f"({before - 1} squads on duty")
    tomorrow = datetime.now(SHANGHAI) + timedelta(hours=22)
    page.get_by_label("By the roster at").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    page.get_by_label("By the roster at").dispatch_event("change")

    expect(told).to_contain_text(f"({before} squads on duty")


def test_where_several_cases_lie_together_a_click_lists_them(page, case):
    ids = {case(), case(), case()}
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()

    middle = page.locator("#ground").evaluate(MIDDLE)
    here = page.locator(".here h3")
    # What is there comes to the map a moment after what lies below.
    repeated(page, lambda: page.mouse.click(*middle), lambda: here.all_inner_texts() == ["4 here"])

    expect(page.locator(".here")).to_contain_text("西街中队")
    links = page.locator(".here a").evaluate_all("all => all.map(({hash}) => hash.slice(6))")
    assert set(links) == ids
    page.locator(".here a").first.click()
    expect(page.locator(".ways")).to_be_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate(SERIOUS) == []


def test_the_map_is_where_it_was_left_and_goes_to_what_is_found(page, case):
    case(address="桥头 8 号", case_no="26-001337")
    page.goto("/desk?lang=en")
    page.locator("#ground[data-drawn]").wait_for()
    for typed, found, kind in (("桥头", "26-001337", "Case"), ("西街", "西街中队", "Squad"),
                               (f"{WEST}001001", "West south", "Grid")):  # fmt: skip
        told = re.compile(f"{kind}.*{found}")
        repeated(page, partial(page.locator("#search").fill, typed),
                 partial(sees, page.locator("#finds button"), told))  # fmt: skip

    page.locator("#search").fill("柳河")
    expect(page.locator("#finds button")).to_have_text("Place柳河路")
    page.locator("#search").press("Enter")

    page.wait_for_function(MOVED, arg=[119.908, 29.708])
    page.reload()
    page.locator("#ground[data-drawn]").wait_for()
    assert left_at(page) == (119.908, 29.708)


def test_a_filter_holds_for_queue_and_map_is_kept_and_says_what_it_hides(page, case):
    late = datetime.now(UTC) - timedelta(minutes=5)
    case(), case(), case(matter_code="S01", due_at=late, due_limit="30m")
    page.goto("/desk?lang=en")
    rows, hidden = page.locator(".entry"), page.locator("#hidden-cases")
    expect(rows).to_have_count(3)
    expect(page.locator("[name=matter] option")).to_have_count(3)
    page.locator("#ground[data-drawn]").wait_for()

    page.keyboard.press("f")
    page.keyboard.type("Exposed")

    told = "1 open cases hidden by the filter, 1 of them overdue"
    expect(rows).to_have_count(2)
    expect(hidden).to_have_text(told)
    expect(page.locator("#tabs [data-queue=dispatch] .count")).to_have_text("2")
    expect(page.locator("#tabs [data-queue=overdue] .count")).to_have_text("0")
    middle, here = page.locator("#ground").evaluate(MIDDLE), page.locator(".here h3")
    repeated(page, lambda: page.mouse.click(*middle), lambda: here.all_inner_texts() == ["3 here"])
    page.reload()
    expect(hidden).to_have_text(told)
    expect(rows).to_have_count(2)
    page.locator("[data-queue=overdue]").click()
    expect(page.locator("#list")).to_contain_text("No case passes the filter")
    page.get_by_role("button", name="Show all").click()
    expect(rows).to_have_count(1)
    expect(hidden).to_be_hidden()
    expect(page.locator("[name=matter]")).to_be_focused()


def sees(found: Locator, told: re.Pattern[str]) -> bool:
    return any(told.search(text) for text in found.all_text_contents()[:1])


MOVED = """([lon, lat]) => {
    const kept = localStorage.getItem(`desk.${document.documentElement.dataset.login}.view`);
    const [x, y] = JSON.parse(kept).center;
    return Math.abs(x - lon) < 1e-5 && Math.abs(y - lat) < 1e-5;
}"""


def test_a_map_that_was_never_left_shows_what_its_reader_sees(chromium, address, secret):
    with opened(chromium, address, cookie(secret), MISSING) as (page, _):
        page.goto("/desk?lang=en")
        page.locator("#ground[data-drawn]").wait_for()

        expect(page.locator(".maplibregl-ctrl-scale")).to_have_text(re.compile(r"^[1-5]00\sm$"))


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


@pytest.fixture
def other(blind: Browser, address: str, secret: str) -> Iterator[Page]:
    """The same dispatcher's colleague, who sees the same."""
    with opened(blind, address, cookie(secret), MISSING) as (page, _):
        yield page


def live(*pages: Page) -> None:
    for page in pages:
        expect(page.locator("#live.on")).to_have_text("Live")


def test_two_dispatchers_see_at_once_what_the_other_does(mapless, other, case):
    one = case()
    for page in (mapless, other):
        page.goto(f"/desk?lang=en#case={one}")
    live(mapless, other)
    other.locator(".entry").wait_for()
    asked: list[str] = []
    other.on("request", lambda request: asked.append(request.url))

    mapless.get_by_role("button", name="Dispatch 西街中队 1 min").click()
    expect(mapless.locator("#case-title")).to_contain_text("Dispatched")

    expect(other.locator(".changed")).to_contain_text("Dispatched")
    expect(other.locator("li.gone .entry")).to_have_count(1)
    expect(other.locator("#tabs [data-queue=dispatch] .count")).to_have_text("0")
    assert [url for url in asked if "/api/incidents?" in url] == []


def test_a_server_that_begins_anew_is_found_again_and_tells_what_was_missed(
    blind, own, secret, case, tmp_path
):
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    settings, waits, comes = Settings(var=tmp_path), case(), case(state="reported")
    with ExitStack() as pages:
        with serving(url, settings) as address:
            first, second = (
                pages.enter_context(opened(blind, address, cookie(secret), ""))[0] for _ in range(2)
            )
            for page in (first, second):
                page.goto("/desk?lang=en")
            live(first, second)
            expect(first.locator(".entry")).to_have_count(1)
            expect(second.locator(".entry")).to_have_count(1)
        expect(first.locator("#live")).to_contain_text("Not live")
        done(own, comes, "file", standard=True)
        done(own, waits, "dispatch", squad="S1")

        with serving(url, settings, port=int(address.rpartition(":")[2])):
            live(first, second)
            for page in (first, second):
                expect(page.locator("#news")).to_have_text("1 new: show them")
                expect(page.locator("li.gone .entry")).to_have_attribute("href", f"#case={waits}")
                expect(page.locator("#tabs [data-queue=dispatch] .count")).to_have_text("1")


def test_however_much_a_squad_tells_late_the_newest_waits_behind_the_bar(
    mapless, blind, own, address, case
):
    one, ago = case(), datetime.now(UTC) - timedelta(minutes=20)
    done(own, one, "dispatch", at=ago, squad="S1")
    with own.begin() as connection:
        squad = Area(AreaKind.SQUAD, "S1")
        secret = signed_in(connection, ago, Role.SQUAD_MEMBER, login=str(uuid4()), area=squad)
    mapless.goto(f"/desk?lang=en#case={one}")
    live(mapless)
    expect(mapless.locator("#case-title")).to_contain_text("Dispatched")
    done(own, one, "prioritise", priority=2, reason="a school")
    expect(mapless.locator(".changed")).to_contain_text("Dispatched")

    steps = [
        {"step": {"incident": one, "verb": verb, "event_id": str(uuid4()),
                  "happened_at": (ago + timedelta(minutes=minutes)).isoformat()}}
        for minutes, verb in ((2, "accept"), (9, "arrive"))
    ]  # fmt: skip
    with opened(blind, address, cookie(secret)) as (_, phone):
        told = phone.request.post(
            "/api/incidents/batch",
            data={"items": steps},
            headers={HEADER: Proof(secret, by_cookie=True).csrf},
        ).json()

    assert [each["status"] for each in told["items"]] == [200, 200]
    expect(mapless.locator("button.changed")).to_contain_text("On scene")
    mapless.locator("button.changed").click()
    expect(mapless.locator("#case-title")).to_contain_text("On scene")
    expect(mapless.locator(".changed")).to_have_count(0)


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


def test_pages_of_one_browser_share_one_line(blind, own, secret, case, tmp_path):
    """More of them than a browser has lines to one server."""
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    one, lines = case(), []

    def counted(app: ASGIApp) -> ASGIApp:
        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] == "/api/stream":
                lines.append(scope)
            await app(scope, receive, send)

        return counting

    with (
        serving(url, Settings(var=tmp_path), counted) as address,
        opened(blind, address, cookie(secret), "") as (first, browser),
    ):
        pages = [first, *(browser.new_page() for _ in range(6))]
        for page in pages:
            page.goto(f"/desk?lang=en#case={one}")
        live(*pages)
        expect(pages[-1].locator(".ways")).to_be_visible()
        first.close()

        done(own, one, "dispatch", squad="S1")

        for page in pages[1:]:
            expect(page.locator(".changed")).to_contain_text("Dispatched")
    assert len(lines) == 1


def test_a_page_that_comes_before_the_line_tells_anything_is_live_too(
    blind, own, secret, case, tmp_path
):
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    told, one = threading.Event(), case()

    def held(app: ASGIApp) -> ASGIApp:
        async def holding(scope: Scope, receive: Receive, send: Send) -> None:
            async def late(message: Message) -> None:
                while message["type"] == "http.response.body" and not told.is_set():
                    await anyio.sleep(0.05)
                await send(message)

            streams = scope["type"] == "http" and scope["path"] == "/api/stream"
            await app(scope, receive, late if streams else send)

        return holding

    with (
        serving(url, Settings(var=tmp_path), held) as address,
        opened(blind, address, cookie(secret), "") as (first, browser),
    ):
        first.goto("/desk?lang=en")
        live(first)
        second = browser.new_page()
        second.goto(f"/desk?lang=en#case={one}")
        expect(second.locator(".ways")).to_be_visible()
        told.set()

        live(second)
        done(own, one, "dispatch", squad="S1")
        expect(second.locator(".changed")).to_contain_text("Dispatched")


def done(own: Engine, case: str, verb: str, at: datetime | None = None, **said: object) -> None:
    """Somebody takes a step elsewhere."""
    now = at or datetime.now(UTC)
    actor = Actor(str(uuid4()), frozenset(Verb))
    with own.begin() as connection:
        days = calendar(connection, Settings().zone, Settings().shifts)
        told = Said(verb, uuid4(), now, **said)
        step(connection, UUID(case), told, calendar=days, actor=actor, at=now)
