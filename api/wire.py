"""What uvicorn leaves open: senders that never finish their head, and readers that never read.

Bodies are measured in api.limits, where an answer can still be given; here the line is cut.
"""

import asyncio
from collections import Counter
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.network import is_loopback

HEAD_S = 10.0
"""From the first byte of a request, or from the connection, to the end of its head."""
LARGEST_HEAD = 64 * 1024
STALLED_S = 60.0
"""For a reader to take what was written to it."""
CONNECTIONS = 4_000
"""Of one server process; each costs a few kilobytes and a file descriptor."""
CONNECTIONS_OF_ONE = CONNECTIONS // 4
"""Of one address, which may be a whole bureau's: nobody takes the room of all others."""
PRESENT: WeakKeyDictionary[ServerState, Counter[str]] = WeakKeyDictionary()
"""Connections by address, for each server of this process."""


class Line(HttpToolsProtocol):
    """One connection, cut when it is in nobody's interest."""

    _deadline: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _head: int | None = None
    """Bytes of the head that is coming in; None while none is."""
    _in_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        present = PRESENT.setdefault(self.server_state, Counter())
        present[self._address] += 1
        of_one = 0 if is_loopback(self._address) else present[self._address]
        if len(self.connections) > CONNECTIONS or of_one > CONNECTIONS_OF_ONE:
            transport.abort()
        else:
            self._end_within(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        present = PRESENT[self.server_state]
        present[self._address] -= 1
        if not present[self._address]:
            del present[self._address]
        self._go_on()
        self._unblock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        answered = self.cycle is None or self.cycle.response_complete
        if self._deadline is None and answered:
            self._end_within(HEAD_S)
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head, self._in_body = None, True
        self._go_on()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._go_on()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Whoever was refused may still send its body for a while, in order to read why."""
        super().on_response_complete()
        if self._in_body:
            self._end_within(STALLED_S)

    def shutdown(self) -> None:
        """A server that ends waits for its answers; a stream is one that never comes to its end."""
        super().shutdown()
        if self.cycle and not self.cycle.response_complete and self.scope["state"].get("endless"):
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._unblock()
        super().resume_writing()

    def _end_within(self, seconds: float) -> None:
        self._go_on()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _go_on(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _unblock(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
