"""A real server for a real browser."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, StorageState
from starlette.types import ASGIApp

from api import app as door
from api import wire, worker
from api.settings import Settings
from layers import db

PATIENCE_MS = 30_000


@contextmanager
def serving(
    url: str,
    settings: Settings,
    line: Callable[[FastAPI], ASGIApp] = lambda app: app,
    port: int = 0,
) -> Iterator[str]:
    """A server and its worker on a database; yields its address. `line` is put before it."""
    engine, stop = db.connect(url, name=worker.NAME), threading.Event()
    working = threading.Thread(target=worker.work, args=(engine, settings, stop))
    app = line(door.create(settings, url))
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, http=wire.Line, log_level="error", log_config=None
        )
    )
    served = threading.Thread(target=server.run)
    working.start()
    served.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:  # else a test that fails here holds up the end of all
        server.should_exit = True
        stop.set()
        served.join()
        working.join()
        engine.dispose()


@contextmanager
def opened(
    chromium: Browser,
    address: str,
    state: StorageState | None = None,
    expected: str = "net::ERR",
) -> Iterator[tuple[Page, BrowserContext]]:
    """A page on which anything that goes wrong in a script fails the test."""
    context = chromium.new_context(
        base_url=address, locale="en-GB", storage_state=state, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    yield page, context
    context.close()
    unexpected = [told for told in wrong if expected not in told]
    assert not unexpected, unexpected


def repeated(page: Page, act: Callable[[], object], true: Callable[[], bool]) -> None:
    """Does it anew until it comes to that: what a page reads comes a moment after the page."""
    for turn in range(PATIENCE_MS // 50):
        if turn % 100 == 0:
            act()
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to that")


def cookie(secret: str) -> StorageState:
    """What a browser holds that is signed in."""
    return {
        "cookies": [
            {"name": "gridpatrol", "value": secret, "domain": "127.0.0.1", "path": "/",
             "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
        ],
        "origins": [],
    }  # fmt: skip
