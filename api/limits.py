"""How much one sender may ask for, and how long a sender may take.

The figures are counted in each server process by itself: simple, and with several processes
(`--workers`) a sender may get up to so many times as much. They are meant for a runaway program
and for a flood, not for people: a whole bureau behind one address stays far below.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

KNOWN_SENDERS = 50_000
"""Remembered at once: 20,000 people with their phones and desks. Whoever was away longest goes."""
SILENCE_S = 20.0
"""A body that stops coming for so long is given up; so is one that after as long again still
comes slower than SLOWEST. A photo of 500 kB may take almost five minutes so."""
SLOWEST = 2_000  # bytes a second


@dataclass(frozen=True)
class Allowance:
    """So many requests at once, and again so many each second."""

    burst: float
    each_s: float


SIGNED = Allowance(burst=600, each_s=60)
"""One session or token: some ten pans of the desk's map at once."""
UNSIGNED = Allowance(burst=1_000, each_s=50)
"""All of one address who have not signed in: 2,000 people of a bureau within a minute or two."""

PUBLIC = Allowance(burst=100, each_s=5)
"""What all of one address read without a key: a client that takes everything page by page."""


class Buckets:
    """Token buckets by sender, the least recent forgotten first."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowance, self._clock = allowance, clock
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def wait(self, sender: bytes) -> int:
        """Take one; 0, or the seconds after which there is one again."""
        now = self._clock()
        left, since = self._left.pop(sender, (self._allowance.burst, now))
        left = min(self._allowance.burst, left + (now - since) * self._allowance.each_s)
        allowed = left >= 1
        self._left[sender] = (left - allowed, now)
        if len(self._left) > KNOWN_SENDERS:
            self._left.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / self._allowance.each_s)


class Proven:
    """Counts whoever proves something by that, all others by their address.

    A proof counts as one only after it was found good: made-up ones are counted with their
    address, so that nobody gets more by sending another each time.
    """

    def __init__(
        self, own: Allowance, others: Allowance, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own, self._others = Buckets(own, clock), Buckets(others, clock)
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def wait(self, proof: bytes | None, line: bytes) -> int:
        """0, or how many seconds a sender has to wait for the next request."""
        if proof is not None and proof in self._good:
            return self._own.wait(proof)
        return self._others.wait(line)

    def found_good(self, proof: bytes) -> None:
        """Somebody was recognised by it."""
        self._good[proof] = None
        self._good.move_to_end(proof)
        if len(self._good) > KNOWN_SENDERS:
            self._good.popitem(last=False)


class Senders(Proven):
    """Signed senders by their session or token, and apart what anybody reads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(SIGNED, UNSIGNED, clock)
        self._public = Buckets(PUBLIC, clock)

    def wait_for_public(self, line: bytes) -> int:
        """The same for what is read without a key, whoever asks."""
        return self._public.wait(line)


def line_of(request: Request) -> bytes | None:
    """Of whoever sent it."""
    return line(request.client.host if request.client else "")


@lru_cache(4096)
def line(address: str) -> bytes | None:
    """What one customer of a network has: an address of version 4, or 2^64 of version 6.

    None for this machine itself, which is not counted: its programs are nobody's flood, and a
    proxy on it names the real senders (X-Forwarded-For).
    """
    try:
        found = ip_address(address)
    except ValueError:  # a socket in a folder has no address
        return None
    if found.is_loopback:
        return None
    return found.packed[:8] if isinstance(found, IPv6Address) else found.packed


class Body:
    """A body of bounded size and slowness: a sender need not say how much it will be."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self.largest = largest
        self._receive = receive
        self._begun = time.monotonic()
        self._seen, self._more = 0, True

    async def __call__(self) -> Message:
        if not self._more:  # from here on it only waits for the sender to go
            return await self._receive()
        message = await _within(SILENCE_S, self._receive)
        self._seen += len(message.get("body", b""))
        self._more = bool(message.get("more_body"))
        if self._seen > self.largest:
            raise HTTPException(413)
        if self._more and self._seen < self._least():
            raise HTTPException(408)
        return message

    def _least(self) -> float:
        return (time.monotonic() - self._begun - 2 * SILENCE_S) * SLOWEST


def allow(request: Request, largest: int) -> None:
    """Let a body be so large: for a route that knows by now whose it is."""
    body: Body = request.state.body
    body.largest = largest


async def _within(seconds: float, receive: Receive) -> Message:
    try:
        async with asyncio.timeout(seconds):
            return await receive()
    except TimeoutError:
        raise HTTPException(408) from None
