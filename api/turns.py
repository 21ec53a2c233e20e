"""Waiting for one's turn at a connection, of which a process has few."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CancelScope, CapacityLimiter
from fastapi import Request

from api.sessions import FORM


async def whole(request: Request) -> None:
    """A form is read before its sender takes a turn, which a slow one would hold for minutes."""
    if request.headers.get("content-type", "").lower().startswith(FORM):
        await request.form()


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
