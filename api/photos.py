"""Photographs at the doors: how one is shown, and how a body becomes one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, cast
from uuid import UUID

from anyio import CapacityLimiter, fail_after, to_thread
from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api import limits
from api.answers import Row, Strict
from api.deps import CurrentActor, CurrentOpening, CurrentSettings
from api.settings import Settings
from api.turns import out_of_turn
from layers import pictures
from layers.errors import TooSoon
from layers.photos import actions
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


def permitted(
    incident_id: UUID, photo_id: UUID, actor: CurrentActor, opening: CurrentOpening
) -> None:
    """Asked before anything is read: to draw a picture costs more than all else here."""
    with opening() as connection:
        actions.check_may_add(connection, incident_id, photo_id, actor=actor)


async def received(
    request: Request, settings: CurrentSettings, _: Annotated[None, Depends(permitted)]
) -> Picture:
    """What was sent, drawn anew."""
    limits.allow(request, pictures.LARGEST)
    return await drawn(request, settings, request.app.state.taking)


async def drawn(request: Request, settings: Settings, taking: CapacityLimiter) -> Picture:
    """What comes as the body, drawn anew.

    A phone may take minutes to send it, and then it waits in its line to be drawn. Meanwhile
    others have the turn at a connection, and the threads for that.
    """
    async with out_of_turn(request):
        with SpooledTemporaryFile(IN_MEMORY) as kept:
            body = UploadFile(cast(BinaryIO, kept))
            await _read(request, body)
            return await anew(body, settings, taking)


Received = Annotated[Picture, Depends(received)]


async def anew(body: UploadFile, settings: Settings, taking: CapacityLimiter) -> Picture:
    """What was read, drawn anew when its turn comes."""
    async with _drawing(taking):
        content, apart = await body.read(), CapacityLimiter(1)
        return await to_thread.run_sync(pictures.take, content, settings.zone, limiter=apart)


async def _read(request: Request, body: UploadFile) -> None:
    try:
        async for chunk in request.stream():
            await body.write(chunk)
    except ClientDisconnect:
        raise HTTPException(408) from None
    await body.seek(0)


@asynccontextmanager
async def _drawing(taking: CapacityLimiter) -> AsyncIterator[None]:
    """One's turn to have a picture drawn."""
    try:
        with fail_after(PATIENCE_S):
            await taking.acquire()
    except TimeoutError:
        raise TooSoon("photos_wait", seconds=10) from None
    try:
        yield
    finally:
        taking.release()
