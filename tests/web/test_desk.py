"""An acceptor at the desk: a call taken by keyboard, its duplicate seen, cases filed and closed,
enquiries answered and called back; what others did meanwhile; every state of the page. A dispatcher
and a leader there, with the queues of their own."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect
from sqlalchemy import Engine, text

from api import cluster as clusters
from api.settings import Settings
from layers import db
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import ROOT, app_url, migrated_database
from tests.signed import signed_in
from tests.web.bureau import photographed
from tests.web.served import cookie, opened, repeated, serving

pytestmark = pytest.mark.browser
STREET = (119.905, 29.705)
NUMBERS = count(900_000)
AXE = ROOT / "var/web/node_modules/axe-core/axe.min.js"
ASKED = [
    {"code": "address", "datatype": "singlevaluelist", "zh": "哪种井盖", "en": "Whose cover",
     "required": True, "values": [{"key": "water", "zh": "给水", "en": "Water"}]},
    {"code": "seen", "datatype": "multivaluelist", "zh": "现场", "en": "On the spot",
     "values": [{"key": "open", "zh": "敞开", "en": "It gapes"}]},
    {"code": "many", "datatype": "number", "zh": "几个", "en": "How many"},
]  # fmt: skip
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(({impact}) => ["serious", "critical"].includes(impact))
    .map(({id, nodes}) => `${id}: ${nodes[0].html}`)"""


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_desk")


@pytest.fixture(scope="module")
def own(url: str) -> Iterator[Engine]:
    """A town with a named street."""
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
        connection.execute(text(
            "INSERT INTO matters (code, name_zh, name_en, offered, class_code, filing_standard,"
            " closing_standard) VALUES ('S02', '暴露垃圾', 'Exposed rubbish', true, '01',"
            " '有一处以上的垃圾', '垃圾清除')"
        ))  # fmt: skip
        connection.execute(
            text("INSERT INTO matters (code, name_zh, name_en, offered, questions)"
                 " VALUES ('S04', '井盖破损', 'Broken cover', true, CAST(:asked AS jsonb))"),
            {"asked": json.dumps(ASKED)},
        )  # fmt: skip
        connection.execute(text(
            "INSERT INTO places (key, name, place, x, y, datum)"
            " VALUES ('1', '柳河路', ST_Point(119.905, 29.705, 4326), 119.905, 29.705, 'wgs84')"
        ))  # fmt: skip
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(url: str, own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(app_url(url), Settings(var=tmp_path_factory.mktemp("var"))) as found:
        yield found


@pytest.fixture(scope="module")
def state(own: Engine) -> StorageState:
    west = Area(AreaKind.TOWNSHIP, WEST)
    with own.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), Role.ACCEPTOR, login="call", area=west)
        return cookie(secret)


@pytest.fixture
def page(chromium: Browser, address: str, state: StorageState) -> Iterator[Page]:
    with opened(chromium, address, state, "Failed to load resource") as (page, _):
        yield page


@pytest.fixture
def case(own: Engine) -> Callable[..., str]:
    """A case that stands in some state, so many degrees east of the street."""

    def reported(state: str = "reported", east: float = 0, **changes: object) -> str:
        with own.begin() as connection:
            grids = dict(connection.execute(text("SELECT code, id FROM grids")).all())
            cast = Cast(connection, WEST, "", grids)
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            identity = cast.report(STREET[0] + east, STREET[1], hour_ago, state)
            changes.setdefault("case_no", f"26-{next(NUMBERS)}")
            for name, value in changes.items():
                connection.execute(
                    text(f"UPDATE incidents SET {name} = :value WHERE id = :id"),
                    {"value": value, "id": identity},
                )
            return str(identity)

    return reported


@pytest.fixture(autouse=True)
def nothing(own: Engine) -> None:
    """Each begins with empty queues."""
    with own.begin() as connection:
        for table in ("photos", "enquiries", "reporters", "incident_steps"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE incidents SET merged_into = NULL"))
        connection.execute(text("DELETE FROM incidents"))


def tab_to(page: Page, selector: str) -> None:
    """By the tabulator key alone, in reading order."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(selector).first.evaluate(
            "(one, all) => document.activeElement.matches(all)", selector
        ):
            return
    raise AssertionError(f"{selector} is not reached")


def in_queue(page: Page, name: str):
    return page.locator(f"#tabs [data-queue={name}] .count")


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


def test_a_grid_is_found_by_its_name_and_a_case_that_was_sought_before_it_came(page, case):
    case(address="柳河路 8 号")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/incidents?open=true*", hold)
    page.goto("/desk?lang=en")

    page.locator("#search").fill("st no")
    expect(page.locator("#finds button")).to_have_text(re.compile("Grid.*West north"))
    page.locator("#search").fill("柳河路 8")
    expect(page.locator("#finds button")).to_have_count(1)
    for route in held:
        route.continue_()

    expect(page.locator("#finds button").first).to_contain_text("柳河路 8 号")


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


def test_an_address_that_names_nothing_we_know_is_told_at_once(page):
    page.goto("/desk?lang=en")
    page.keyboard.press("n")
    page.locator("#take:enabled").wait_for()

    page.locator("[name=address]").fill("没有的地方")

    expect(page.locator("#where")).to_contain_text("Nothing is called 没有的地方")


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


@pytest.fixture
def page_of(chromium, address, own) -> Iterator[Callable[[Role], Page]]:
    """The page of somebody else in the western township."""
    with ExitStack() as open_pages:

        def signed(role: Role) -> Page:
            west, now = Area(AreaKind.TOWNSHIP, WEST), datetime.now(UTC)
            with own.begin() as connection:
                secret = signed_in(connection, now, role, login=str(uuid4()), area=west)
            context = opened(chromium, address, cookie(secret), "Failed to load resource")
            return open_pages.enter_context(context)[0]

        yield signed


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


def test_a_check_tells_where_it_goes(page, case):
    page.goto(f"/desk?lang=en#case={case()}")

    page.get_by_role("button", name="Ask for a check").click()

    expect(page.locator(".step")).to_contain_text("No grid has anybody")
    page.get_by_role("button", name="Confirm: Ask for a check").click()
    expect(page.locator("#case-title")).to_contain_text("To be checked")


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
