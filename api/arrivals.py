"""Reports that arrive at the same time are kept together.

While some are being written, whoever comes waits; then all who wait are written in one
transaction, in one statement for each sender and in that sender's name. So the costs of a
transaction are shared by all, the more of them the busier it is, and a report that comes alone
does not wait at all. Each is answered for itself, after the commit.
"""

from asyncio import Future, Task, create_task, current_task, gather, get_running_loop
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import Context
from dataclasses import dataclass
from itertools import groupby

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection

from api import cases
from api.cases import ReportGiven, Taken
from api.circumstances import Circumstances
from layers import db
from layers.access import Actor, acting

MOST_AT_ONCE = 100
WRITERS = 2
"""So many groups are on their way: while the one waits for the disk, the next is being written."""
Opening = Callable[[Actor], AbstractContextManager[Connection]]
"""Opens a transaction in somebody's name."""


@dataclass(frozen=True)
class Arrival:
    """A report that came in, and where its answer goes."""

    given: ReportGiven
    sent: object
    around: Circumstances
    answer: Future[Taken]


Judged = tuple[Arrival, Taken | Exception]


class Arrivals:
    """What waits in this process to be written. `room` has its turns at a connection."""

    def __init__(self, opening: Opening, room: CapacityLimiter) -> None:
        self._opening, self._room = opening, room
        self._waiting: list[Arrival] = []
        self._writing: set[Task[None] | None] = set()

    async def take_in(self, given: ReportGiven, sent: object, around: Circumstances) -> Taken:
        """Keep a report, or find it where it was kept before."""
        return await self._expect([(given, sent)], around)[0]

    async def take_all(
        self, reports: Sequence[tuple[ReportGiven, object]], around: Circumstances
    ) -> list[Taken | BaseException]:
        """The same of several that one sender sends at once; what became of each."""
        return await gather(*self._expect(reports, around), return_exceptions=True)

    def _expect(
        self, reports: Sequence[tuple[ReportGiven, object]], around: Circumstances
    ) -> list[Future[Taken]]:
        answers = [get_running_loop().create_future() for _ in reports]
        self._waiting += [Arrival(*report, around, answer)
                          for report, answer in zip(reports, answers, strict=True)]  # fmt: skip
        self._begin()
        return answers

    def _begin(self) -> None:
        if self._waiting and len(self._writing) < WRITERS:
            # Of nobody's request: it writes what several have sent.
            self._writing.add(create_task(self._write(), context=Context()))

    async def _write(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._settle(group)
        finally:
            self._writing.remove(current_task())
            self._begin()  # where this one was ended, others may wait still

    async def _settle(self, group: Sequence[Arrival]) -> None:
        """Nobody is left without an answer, however it ends."""
        try:
            for arrival, outcome in await self._outcomes(group):
                _answer(arrival.answer, outcome)
        finally:
            for arrival in group:
                arrival.answer.cancel()  # does nothing to what is answered

    async def _outcomes(self, group: Sequence[Arrival]) -> list[Judged]:
        try:
            async with self._room:
                return await to_thread.run_sync(self._kept, sorted(group, key=_order))
        except Exception as failure:  # noqa: BLE001  (the writing could not even begin)
            return [(each, failure) for each in group]

    def _kept(self, group: Sequence[Arrival]) -> list[Judged]:
        """What became of each. None is lost by a fault of another: where they cannot be kept
        together each is tried by itself."""
        try:
            return self._together(group)
        except Exception as failure:  # noqa: BLE001  (each is handed to whoever waits for it)
            if len(group) == 1 or isinstance(failure, db.UNAVAILABLE):
                return [(each, failure) for each in group]
        return [judged for each in group for judged in self._kept([each])]

    def _together(self, group: Sequence[Arrival]) -> list[Judged]:
        with self._opening(group[0].around.actor) as connection:
            return [*_written(connection, group)]


def _order(arrival: Arrival) -> tuple[str, str]:
    """The same in every process, so that no two wait for each other's rows."""
    return arrival.around.actor.name, str(arrival.given.id)


def _written(connection: Connection, group: Sequence[Arrival]) -> Iterator[Judged]:
    """Those of one sender together, as of when the last of them came. The transaction was opened
    in the first one's name."""
    acts = group[0].around.actor
    for actor, run in groupby(group, key=lambda each: each.around.actor):
        if actor != acts:
            acting(connection, acts := actor)
        own = [*run]
        reports = [(each.given, each.sent) for each in own]
        newest = max((each.around for each in own), key=lambda around: around.at)
        yield from zip(own, cases.take_all(connection, reports, newest), strict=True)


def _answer(answer: Future[Taken], outcome: Taken | Exception) -> None:
    if answer.done():  # whoever sent it does not wait any more
        return
    if isinstance(outcome, Exception):
        answer.set_exception(outcome)
    else:
        answer.set_result(outcome)
