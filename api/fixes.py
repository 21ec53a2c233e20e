"""Positions, taken in together: thousands of phones may speak each second.

A request waits for its batch and holds nothing meanwhile, neither a thread nor a connection. A
batch is written in one transaction, at most ten times a second, and then all of it is answered: no
position waits in memory only once its phone was told that it is kept. The database itself may lose
the last half a second of answered ones in a crash (synchronous_commit is off for them).
"""

from asyncio import Future, Task, create_task, get_running_loop, sleep
from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from anyio import CapacityLimiter, to_thread
from prometheus_client import Counter

from api import auth
from api.hearing import Hearing
from api.limits import Allowance, Proven
from api.trackers import Said
from layers import db
from layers.access import INTAKE, transaction
from layers.errors import TooSoon
from layers.positions.actions import Heard, Sent, hear, take
from layers.positions.rules import Refusal, Verdict

EVERY_S = 0.1
HEARD_EVERY_S = 2.0
MOST_WAITING = 20_000
AT_ONCE = 2_000
OWN = Allowance(burst=600, each_s=20)
"""One device: what it kept for itself without a signal comes at once."""
OTHERS = Allowance(burst=20_000, each_s=200)
"""All of one address until they are known: a whole bureau's phones may share one."""
FIXES = Counter("gridpatrol_fixes_total", "Positions by what is thought of them", ["verdict"])
UNKNOWN = "unknown"
log = structlog.get_logger()
Answer = Future[Verdict | None]
Outcome = Verdict | None | Exception


class Intake:
    """What waits to be written, and the one task that writes it, on a connection of its own: a
    busy desk never keeps positions waiting, nor they the desk."""

    def __init__(self, database_url: str, stale: Callable[[], timedelta]) -> None:
        """`stale`: after how long a position is no longer believed, by now."""
        self._stale = stale
        self._engine = db.connect(database_url, pool=1)
        self._alone = CapacityLimiter(1)
        self._waiting: list[tuple[Sent, Answer]] = []
        self._writing: Task[None] | None = None
        self._senders = Proven(OWN, OTHERS)
        self._hearing = Hearing()

    def count(self, token: str, line: bytes | None) -> None:
        """Raise TooSoon where a device, or an address with all that it sends of no device, sends
        too much."""
        if line is not None and (wait := self._senders.wait(auth.digest(token), line)):
            raise TooSoon("too_many_requests", seconds=wait)

    async def take(self, said: Said) -> Verdict | None:
        """What is thought of it, once it is kept; None for a device that nobody knows."""
        if len(self._waiting) >= MOST_WAITING:
            raise TooSoon("too_many_requests", seconds=1)
        token = auth.digest(said.token)
        answer: Answer = get_running_loop().create_future()
        self._waiting.append((Sent(token, said.fix, said.names, said.still), answer))
        if self._writing is None or self._writing.done():
            # Of nobody's request: it writes what several have sent.
            self._writing = create_task(self._write(), context=Context())
        verdict = await answer
        if verdict is not None:
            self._senders.found_good(token)
        return verdict

    def unreadable(self, token: str) -> None:
        """Something came with a token that nobody can make out."""
        self._hearing.note(auth.digest(token), Refusal.UNREADABLE, datetime.now(UTC))

    async def keep_hearing(self) -> None:
        """Write down now and then what was heard of devices, in a twentieth of the time at most,
        and of so few together that no position waits for it."""
        while True:
            begun, heard = monotonic(), self._hearing.left(AT_ONCE)
            await to_thread.run_sync(self._hear, heard, limiter=self._alone)
            await sleep(max(HEARD_EVERY_S, 20 * (monotonic() - begun)))

    def close(self) -> None:
        self._hear(self._hearing.left())
        self._engine.dispose()

    async def _write(self) -> None:
        while self._waiting:
            begun = monotonic()
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            await self._answer(batch)
            await sleep(max(0.0, begun + EVERY_S - monotonic()))

    async def _answer(self, batch: list[tuple[Sent, Answer]]) -> None:
        sent = [one for one, _ in batch]
        waiting = [answer for _, answer in batch]
        try:
            found = await to_thread.run_sync(self._kept, sent, limiter=self._alone)
        except Exception as failure:  # noqa: BLE001  (the writing could not even begin)
            found = [failure] * len(sent)
        for answer, outcome in zip(waiting, found, strict=True):
            _tell(answer, outcome)
        self._note(sent, found)

    def _note(self, sent: list[Sent], found: list[Outcome]) -> None:
        at = datetime.now(UTC)
        for one, outcome in zip(sent, found, strict=True):
            if outcome is None:
                self._hearing.note(one.token_hash, Refusal.DISABLED, at)
            elif not isinstance(outcome, Exception):
                said_nothing = one.fix is None and outcome == Verdict.INVALID
                self._hearing.note(one.token_hash, None if said_nothing else outcome, at)

    def _hear(self, heard: dict[bytes, Heard]) -> None:
        # Nothing is lost by what fails, and nothing else may end with it: the devices will speak
        # again.
        try:
            if heard:
                with transaction(self._engine, INTAKE) as connection:
                    hear(connection, heard)
        except db.UNAVAILABLE:
            pass  # requests say that it is away
        except Exception:
            log.exception("hearing stumbled")

    def _kept(self, sent: list[Sent]) -> list[Outcome]:
        """What is thought of each. None is lost by a fault of another: a batch that cannot be kept
        is halved until only what is at fault is left out."""
        try:
            return [*self._together(sent)]
        except Exception as failure:  # noqa: BLE001  (each is handed to whoever waits for it)
            if len(sent) == 1 or isinstance(failure, db.UNAVAILABLE):
                return [failure] * len(sent)
        half = len(sent) // 2
        return self._kept(sent[:half]) + self._kept(sent[half:])

    def _together(self, sent: list[Sent]) -> list[Verdict | None]:
        with transaction(self._engine, INTAKE) as connection:
            return take(connection, sent, at=datetime.now(UTC), stale=self._stale())


def _tell(answer: Answer, outcome: Outcome) -> None:
    if isinstance(outcome, Exception):
        if not answer.done():  # whoever asked may be gone
            answer.set_exception(outcome)
        return
    FIXES.labels(outcome or UNKNOWN).inc()
    if not answer.done():
        answer.set_result(outcome)
