"""Who proved themselves a moment ago, so that not each request asks the database again.

Kept for five seconds at most. The database tells every server when what people are or may do has
changed (layers.people.actions.CHANNEL), or a layer of the map (layers.journal.actions.CHANNEL):
then all of it is forgotten at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic

import psycopg
from anyio import CancelScope, to_thread

from layers.journal.actions import CHANNEL as LAYERS
from layers.people.actions import CHANNEL
from layers.people.queries import Known

LONGEST_S = 5.0
MOST = 10_000
AGAIN_S = 1.0
REACHED = frozenset({"townships", "grids"})
"""Layers whose changes may change how far somebody's powers reach."""


@dataclass(frozen=True)
class _Kept:
    known: Known
    until: float


class Remembered:
    """Who is known by the digest of what they showed."""

    def __init__(self) -> None:
        self.turn = 0
        """Another one whenever something may have changed in what people are or may do: at each,
        everybody who listens is asked for."""
        self.hears = False
        """Whether the database's word is heard: else it is asked each time for versions."""
        self.forget()

    def forget(self, *, powers: bool = True) -> None:
        """Begin anew. A look-up that is under way puts what it found into the old place.

        `powers`: whether what people are or may do can have changed.
        """
        self._kept: dict[bytes, _Kept] = {}
        self._versions: dict[tuple[str, ...], tuple[int, float]] = {}
        self.turn += powers

    def known(self, digest: bytes) -> Known | None:
        """Who it was a moment ago, if that is remembered."""
        found = self._kept.get(digest)
        return found.known if found is not None and monotonic() < found.until else None

    async def find(self, digest: bytes, look_up: Callable[[], Known]) -> Known:
        """Who it is; a look-up costs a turn in the thread pool, what is remembered does not."""
        kept = self._kept
        found = self.known(digest)
        if found is not None:
            return found
        begun = monotonic()
        known = await to_thread.run_sync(look_up)
        if len(kept) >= MOST:
            kept.clear()
        kept[digest] = _Kept(known, begun + LONGEST_S)
        return known

    def known_version(self, kinds: tuple[str, ...]) -> int | None:
        """The version of a moment ago, if it is remembered and any other would have been heard
        of."""
        found, until = self._versions.get(kinds, (0, 0.0))
        return found if self.hears and monotonic() < until else None

    async def version(self, kinds: tuple[str, ...], look_up: Callable[[], int]) -> int:
        """Of layers that change rarely, by what the journal calls them."""
        kept = self._versions
        version = self.known_version(kinds)
        if version is not None:
            return version
        begun = monotonic()
        found = await to_thread.run_sync(look_up)
        kept[kinds] = found, begun + LONGEST_S
        return found


async def listen(url: str, remembered: Remembered) -> None:
    """Forget whenever the database says so, and whenever its word may have been missed."""
    while True:
        with suppress(psycopg.Error):  # requests say that it is away
            await _listen(url, remembered)
        remembered.forget()
        await asyncio.sleep(AGAIN_S)


async def _listen(url: str, remembered: Remembered) -> None:
    async with _opened(url) as connection:
        for channel in (CHANNEL, LAYERS):
            await connection.execute(f"LISTEN {channel}")
        remembered.forget()
        remembered.hears = True
        try:
            async for told in connection.notifies():
                remembered.forget(powers=told.channel == CHANNEL or told.payload in REACHED)
        finally:
            remembered.hears = False


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
