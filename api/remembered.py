"""Who proved themselves a moment ago, so that not each request asks the database again.

Kept for five seconds at most. The database tells every server when what people are or may do has
changed (layers.people.actions.CHANNEL): then all of it is forgotten at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic

import psycopg
from anyio import CancelScope, to_thread

from layers.people.actions import CHANNEL
from layers.people.queries import Known

LONGEST_S = 5.0
MOST = 10_000
AGAIN_S = 1.0


@dataclass(frozen=True)
class _Kept:
    known: Known
    until: float


class Remembered:
    """Who is known by the digest of what they showed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew. A look-up that is under way puts what it found into the old place."""
        self._kept: dict[bytes, _Kept] = {}

    async def find(self, digest: bytes, look_up: Callable[[], Known]) -> Known:
        """Who it is; a look-up costs a turn in the thread pool, what is remembered does not."""
        kept = self._kept
        found = kept.get(digest)
        if found is not None and monotonic() < found.until:
            return found.known
        begun = monotonic()
        known = await to_thread.run_sync(look_up)
        if len(kept) >= MOST:
            kept.clear()
        kept[digest] = _Kept(known, begun + LONGEST_S)
        return known


async def listen(url: str, remembered: Remembered) -> None:
    """Forget whenever the database says so, and whenever its word may have been missed."""
    while True:
        with suppress(psycopg.Error):  # requests say that it is away
            await _listen(url, remembered)
        remembered.forget()
        await asyncio.sleep(AGAIN_S)


async def _listen(url: str, remembered: Remembered) -> None:
    async with _opened(url) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        remembered.forget()
        async for _ in connection.notifies():
            remembered.forget()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection that is closed even if the server ends while it is being opened."""
    with CancelScope(shield=True):
        opening = psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5)
        connection = await opening
    try:
        yield connection
    finally:
        with CancelScope(shield=True):
            await connection.close()
