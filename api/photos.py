"""Photographs at the doors: how one is shown, and how a body becomes one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, cast
from uuid import UUID

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread
from fastapi import Depends, Request, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.answers import Row, Strict
from api.deps import CurrentSettings
from layers import pictures
from layers.errors import TooSoon
from layers.photos.rules import Kind
from layers.pictures import Picture


class PhotoShown(Strict):
    """`at`: when it was received. `metres`, `minutes`: how far the camera's place is from the
    case's and how much later its time, for whoever judges cases; null where nobody says."""

    id: UUID
    kind: Kind
    at: datetime
    taken_at: datetime | None
    width: int
    height: int
    bytes: int
    by: str
    metres: int | None
    minutes: int | None


def photo_shown(row: Row) -> PhotoShown:
    return PhotoShown(**{name: row[name] for name in PhotoShown.model_fields})


# --- On their way in ----------------------------------------------------------------------------

IN_MEMORY = 1 << 20
"""Bytes of a body; the rest of a larger one waits on disk, for a thousand phones may send."""
PATIENCE_S = 20.0


async def received(request: Request, settings: CurrentSettings) -> Picture:
    """What was sent, drawn anew.

    A phone may take minutes to send it, and then it waits for its turn to be drawn. Meanwhile
    others have the turn at a connection, and the threads for that.
    """
    async with _out_of_turn(request):
        with SpooledTemporaryFile(IN_MEMORY) as kept:
            body = UploadFile(cast(BinaryIO, kept))
            await _read(request, body)
            async with _drawing(request):
                content, apart = await body.read(), CapacityLimiter(1)
                return await to_thread.run_sync(
                    pictures.take, content, settings.zone, limiter=apart
                )


Received = Annotated[Picture, Depends(received)]


async def _read(request: Request, body: UploadFile) -> None:
    try:
        async for chunk in request.stream():
            await body.write(chunk)
    except ClientDisconnect:
        raise HTTPException(408) from None
    await body.seek(0)


@asynccontextmanager
async def _drawing(request: Request) -> AsyncIterator[None]:
    """One's turn to have a picture drawn."""
    taking: CapacityLimiter = request.app.state.taking
    try:
        with fail_after(PATIENCE_S):
            await taking.acquire()
    except TimeoutError:
        raise TooSoon("photos_wait", seconds=10) from None
    try:
        yield
    finally:
        taking.release()


@asynccontextmanager
async def _out_of_turn(request: Request) -> AsyncIterator[None]:
    """Give one's turn at a connection back while nothing is asked of the database."""
    room: CapacityLimiter = request.app.state.room
    room.release()
    try:
        yield
    finally:
        with CancelScope(shield=True):  # whoever holds it gives it back in the end
            await room.acquire()
