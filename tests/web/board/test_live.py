"""What others do comes at once, over one line, and after the server was away."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import anyio
import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import live as hub
from api.sessions import HEADER, Proof
from api.settings import Settings
from layers.roles import Area, AreaKind, Role
from tests.conftest import app_url
from tests.signed import signed_in
from tests.web.board.dispatcher import MISSING, done, live
from tests.web.served import cookie, opened, repeated, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def other(blind: Browser, address: str, secret: str) -> Iterator[Page]:
    """The same dispatcher's colleague, who sees the same."""
    with opened(blind, address, cookie(secret), MISSING) as (page, _):
        yield page


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


def test_a_line_that_says_nothing_any_more_is_cut_and_opened_again(
    blind, own, secret, tmp_path, monkeypatch
):
    """Nobody has closed it: its server is gone without a word, or something between."""
    monkeypatch.setattr(hub, "MARK_S", 0.2)
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    silent = threading.Event()

    def muted(app: ASGIApp) -> ASGIApp:
        async def muting(scope: Scope, receive: Receive, send: Send) -> None:
            async def if_heard(message: Message) -> None:
                if not silent.is_set():
                    await send(message)

            streams = scope["type"] == "http" and scope["path"] == "/api/stream"
            await app(scope, receive, if_heard if streams else send)

        return muting

    with (
        serving(url, Settings(var=tmp_path), muted) as address,
        opened(blind, address, cookie(secret), "") as (page, _),
    ):
        page.goto("/account?lang=en")
        page.clock.install()
        page.evaluate(LISTEN)
        expect_in(page, "told.includes('ready')")
        for _ in range(3):
            page.clock.fast_forward("00:40")
            page.evaluate("marks = 0")
            expect_in(page, "marks > 0")
        assert "cut" not in page.evaluate("told")

        silent.set()
        page.evaluate("told.length = 0")
        page.clock.fast_forward("00:46")
        assert page.evaluate("told") == ["cut"]
        silent.clear()
        page.clock.fast_forward("00:02")

        expect_in(page, "told.includes('ready')")


def expect_in(page: Page, true: str) -> None:
    repeated(page, lambda: None, lambda: page.evaluate(true))


LISTEN = """async () => {
    [window.told, window.marks] = [[], 0];
    window.EventSource = class extends EventSource {
        constructor(path) {
            super(path);
            this.addEventListener("mark", () => { marks += 1; });
        }
    };
    const base = document.querySelector("link[rel=stylesheet]").href.replace("/theme.css", "");
    (await import(`${base}/shared/line.js`)).keepLine((one) => told.push(one));
}"""
