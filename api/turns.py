"""What comes before a route: a body that can be read, and one's turn at a connection, of which a
process has few."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import orjson
from anyio import CancelScope, CapacityLimiter, fail_after
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData

from api import limits
from api.open311 import PREFIX, is_public
from api.sessions import FORM
from layers import pictures
from layers.errors import Invalid, TooSoon

MULTIPART = "multipart/form-data"
MOST_FILES = 5
"""With one form."""
PATIENCE_S = 60.0


async def whole(request: Request) -> AsyncIterator[None]:
    """A form is read before its sender takes a turn, which a slow one would hold for minutes.

    JSON as its standard has it: Python's own reader also takes NaN, numbers beyond any double and
    halves of characters, none of which a database, a digest or an answer can hold.
    """
    try:
        await _read(request)
        yield
    finally:
        await request.close()  # and what came with a form


async def _read(request: Request) -> None:
    if _may_bring_files(request):
        await _read_with_files(request)
    elif _is_form(request):
        await request.form()
    elif "json" in request.headers.get("content-type", "").lower() and await request.body():
        await json(request)


async def _read_with_files(request: Request) -> None:
    """The key stands in the form itself: so nobody is known yet, and only a few are read at once,
    none of them for long."""
    limits.allow(request, pictures.LARGEST)
    try:
        with fail_after(PATIENCE_S):
            async with request.app.state.bringing:
                await request.form(max_files=MOST_FILES)
    except TimeoutError:
        raise TooSoon("photos_wait", seconds=10) from None


async def form(request: Request) -> FormData:
    """What `whole` has read: a form of another type would only now be read, during the turn."""
    if not _is_form(request):
        raise Invalid("not_a_form", kind=FORM)
    return await request.form()


def _is_form(request: Request) -> bool:
    return _comes_as(request, FORM) or _may_bring_files(request)


def _may_bring_files(request: Request) -> bool:
    """Reports by Open311 bring photographs in their form; elsewhere a route reads its files."""
    reports = request.method == "POST" and request.url.path.startswith(f"{PREFIX}/requests.")
    return reports and _comes_as(request, MULTIPART)


def _comes_as(request: Request, kind: str) -> bool:
    return request.headers.get("content-type", "").lower().startswith(kind)


async def json(request: Request) -> object:
    """What was sent, before any default is filled in."""
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as wrong:
        place = {"type": "json_invalid", "loc": ("body", wrong.pos), "msg": wrong.msg}
        raise RequestValidationError([place]) from wrong


async def room(request: Request) -> AsyncIterator[None]:
    """Wait here for one's turn at a connection, not in a thread.

    Whoever waited in a thread would keep it from those who hold a connection and need it to end.
    What everybody reads waits in a line of its own first, and never has all the connections.
    """
    public = request.app.state.public if is_public(request) else nullcontext()
    async with public, request.app.state.room:
        yield


@asynccontextmanager
async def out_of_turn(request: Request) -> AsyncIterator[None]:
    """Give one's turn at a connection back while nothing is asked of the database."""
    room: CapacityLimiter = request.app.state.room
    room.release()
    try:
        yield
    finally:
        with CancelScope(shield=True):  # whoever holds it gives it back in the end
            await room.acquire()
