"""What comes before a route: a body that can be read, and one's turn at a connection, of which a
process has few."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import orjson
from anyio import CancelScope, CapacityLimiter
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData

from api.open311 import is_public
from api.sessions import FORM
from layers.errors import Invalid


async def whole(request: Request) -> None:
    """A form is read before its sender takes a turn, which a slow one would hold for minutes."""
    if _is_form(request):
        await request.form()


async def form(request: Request) -> FormData:
    """What `whole` has read: a form of another type would only now be read, during the turn."""
    if not _is_form(request):
        raise Invalid("not_a_form", kind=FORM)
    return await request.form()


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith(FORM)


async def plain(request: Request) -> None:
    """JSON as its standard has it. Python's own reader also takes NaN, numbers beyond any double
    and halves of characters, none of which a database, a digest or an answer can hold."""
    if "json" in request.headers.get("content-type", "").lower() and await request.body():
        await json(request)


async def json(request: Request) -> object:
    """What was sent, before any default is filled in."""
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as wrong:
        place = {"type": "json_invalid", "loc": ("body", wrong.pos), "msg": wrong.msg}
        raise RequestValidationError([place]) from wrong


async def apart(request: Request) -> AsyncIterator[None]:
    """What everybody reads waits in a line of its own, and never has all the connections."""
    async with request.app.state.public if is_public(request) else nullcontext():
        yield


async def room(request: Request) -> AsyncIterator[None]:
    """Wait here for one's turn at a connection, not in a thread.

    Whoever waited in a thread would keep it from those who hold a connection and need it to end.
    """
    async with request.app.state.room:
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
