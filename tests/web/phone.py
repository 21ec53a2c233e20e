"""A phone: a browser that can be killed, on a line that can be cut."""

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from starlette.types import Message, Receive, Scope, Send

from tests.conftest import CHROMIUM, QUIET
from tests.web.served import PATIENCE_MS, cookie

OPTIONS = {
    "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True,
    "locale": "en-GB", "permissions": ["geolocation"],
    "geolocation": {"longitude": 119.905, "latitude": 29.705, "accuracy": 12},
}  # fmt: skip
TAKEN = "2026:11:20 10:30:00"


class Line:
    """Between the phone and the server: counts what comes, and loses answers when told to; what
    goes astray never arrives, and whoever stands between says yes to it."""

    def __init__(self) -> None:
        self.bytes = 0
        self.saying = 0
        self.app: FastAPI
        self.mend()

    def mend(self) -> None:
        """Each test begins with a line that loses nothing."""
        self.lose: Callable[[Scope], bool] = lambda _: False
        self.astray: Callable[[Scope], bool] = lambda _: False
        self.lost = 0

    def before(self, app: FastAPI) -> "Line":
        self.app = app
        return self

    def quiet(self) -> None:
        """Waits until nothing that a phone said is at work any more, though the phone is gone."""
        for _ in range(PATIENCE_MS // 50):
            if not self.saying:
                return
            time.sleep(0.05)
        raise AssertionError("the server is still at work with what was said")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = scope.get("method", "GET") != "GET"
        self.saying += said
        try:
            await self._carry(scope, receive, send)
        finally:
            self.saying -= said

    async def _carry(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.astray(scope):
            await _say(send, 200, b"{}")
            return
        if scope["type"] == "http" and self.lose(scope):
            await self.app(scope, receive, _nowhere)
            self.lost += 1
            # The work is done and committed; what comes is no answer of ours.
            await _say(send, 502, b"")
            return

        async def counted(message: Message) -> None:
            self.bytes += len(message.get("body", b""))
            self.bytes += sum(len(k) + len(v) + 4 for k, v in message.get("headers", ()))
            await send(message)

        await self.app(scope, receive, counted)


async def _nowhere(_message: Message) -> None:
    pass


async def _say(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Phone:
    """Keeps its store in a folder, over the life of many browsers."""

    def __init__(self, chromium: Browser, address: str, folder: Path) -> None:
        self._launcher, self._address, self._folder = chromium.browser_type, address, folder
        self.wrong: list[str] = []

    def start(self, *, offline: bool = False) -> Page:
        self.context: BrowserContext = self._launcher.launch_persistent_context(
            self._folder, executable_path=CHROMIUM, args=QUIET, base_url=self._address,
            offline=offline, **OPTIONS,
        )  # fmt: skip
        self.page = self.context.pages[0]
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        return self.page

    def sign_in(self, secret: str) -> None:
        self.context.add_cookies(cookie(secret)["cookies"])

    def kill(self) -> None:
        """As a phone does that runs out of memory: nobody is asked."""
        assert self.context.browser
        told = self.context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
        [browser] = [one["id"] for one in told["processInfo"] if one["type"] == "browser"]
        os.kill(browser, signal.SIGKILL)
        with suppress(Error):  # there may be nothing left to close
            self.context.close()

    def opened(self, page: str) -> None:
        """Opens a page with a signal, until it can do without."""
        self.page.goto(page)
        self.page.locator("h1").wait_for(state="attached")
        # Not `evaluate`: where the phone changed hands, the page begins anew for its new owner.
        self.page.wait_for_function("navigator.serviceWorker.ready.then(Boolean)")
        self.page.wait_for_load_state("networkidle")

    def synced(self) -> None:
        expect(self.page.locator("#synced")).to_have_text("All sent", timeout=2 * PATIENCE_MS)

    def until(self, true: Callable[[], bool]) -> None:
        for _ in range(PATIENCE_MS // 50):
            if true():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it never came to that")


Kind = TypeVar("Kind", bound=Phone)


@contextmanager
def carried(kind: type[Kind], chromium: Browser, address: str, folder: Path) -> Iterator[Kind]:
    """A phone on which anything that goes wrong in a script fails the test."""
    phone = kind(chromium, address, folder)
    phone.start()
    yield phone
    phone.context.close()
    assert not phone.wrong, phone.wrong


def picture(width: int = 640, height: int = 480, shade: int = 0) -> bytes:
    """A photo as a camera writes it: held upright, with its place and time."""
    image = Image.effect_noise((width, height), 60).convert("RGB")
    image.paste((shade, 255 - shade, 90), (0, 0, width // 2, height // 2))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = TAKEN
    exif.get_ifd(0x8769)[0x9011] = "+08:00"
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (29.0, 42.0, 18.0), 3: "E", 4: (119.0, 54.0, 18.0)}
    )  # 29.705, 119.905
    told = io.BytesIO()
    image.save(told, "JPEG", quality=88, exif=exif)
    return told.getvalue()
