"""Telling everybody who looks on what happens, by one look at the database for all of them.

A process looks at the seals five times a second while anybody listens, with a connection of its
own; for each sight that its listeners have it asks once. A listener costs neither a thread nor a
connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import NamedTuple, TypeVar

import structlog
from anyio import CapacityLimiter, create_task_group, move_on_after, to_thread
from fastapi import FastAPI
from fastapi.sse import ServerSentEvent as Event
from sqlalchemy import Connection

from api import events, sessions
from api.events import EAR, Seal, Told
from api.sessions import Proof, Visitor
from api.settings import Settings
from layers import db
from layers.access import Actor, acting, transaction
from layers.errors import Refused, TooSoon
from layers.journal import queries as journal
from layers.journal.rules import Head
from layers.people.queries import Known

NAME = "gridpatrol stream"
EVERY_S, IDLE_S = 0.2, 1.0
"""Between looks at the seals, while somebody listens and while nobody does."""
SQUADS_S, MARK_S, AGAIN_S = 1.0, 15.0, 30.0
"""Between looks at the squads; marks of the place, by which whoever has nothing else to be told
knows that the line lives; looks at who may still listen, where nothing was said of that."""
PATIENCE_S = 5.0
"""For the first look of a process that has just begun."""
AT_ONCE = 500
"""Rows of the journal that are looked at together."""
TOO_FAR = 10_000
"""Whoever missed more reads everything anew: that is less."""
WAITING = 2_000
"""Events for somebody whose line is slow; of more the same is true."""
LISTENERS, ORDERED, OF_ONE = 1_000, 800, 6
"""Streams of a process; of these such of orders alone, so that however many phones listen a desk
finds room; and of one session: browsers open no more to one server."""
Found = TypeVar("Found")
log = structlog.get_logger()


class Sight(NamedTuple):
    """What is told alike to all who have it. `orders`: only what squads of theirs have or had, so
    that thousands of phones cost a look no more than the few that it is about."""

    actor: Actor
    orders: bool


@dataclass(eq=False)
class Listener:
    """Somebody who looks on. `admitted`: where the chain was when they came; `since`: the number
    behind which they are told what happens."""

    proof: Proof
    actor: Actor
    admitted: Head
    since: int
    orders: bool = False
    waiting: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(WAITING))
    slow: bool = False
    heard: int = 0
    """What another process had told them up to, where it was ahead of this one."""
    greeted: bool = False
    """Whether they were told of all squads once; from then on only of those that change."""

    @property
    def sight(self) -> Sight:
        return Sight(events.scope(self.actor), self.orders)

    def is_news(self, event: Event) -> bool:
        """Whether they have not heard it before; of a mark, whether it does not lead back."""
        if event.event == events.RESET:
            self.heard = 0
        if event.event == events.RESET or not event.id:
            return True
        number = _number(event.id)
        return number > self.heard or (number == self.heard and event.event == events.MARK)

    def hear(self, event: Event | None) -> None:
        try:
            self.waiting.put_nowait(event)
        except asyncio.QueueFull:
            self.slow = True

    def begin_anew(self, event: Event | None) -> None:
        """Forget what waits: everything is read once more."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.slow = self.greeted = False
        self.hear(event)


@dataclass
class Look:
    """What was there at one look: the newest seal, and what each sight is told of it."""

    head: Head
    at: datetime
    restored: bool = False
    told: dict[Sight, list[Told]] = field(default_factory=dict)
    squads: dict[Sight, dict[str, bytes]] = field(default_factory=dict)


class Hub:
    """All who look on at this process."""

    def __init__(self, app: FastAPI, url: str) -> None:
        self._app = app
        self._engine = db.connect(url, pool=2, name=NAME)
        self._looking, self._reading = CapacityLimiter(1), CapacityLimiter(1)
        self._door = asyncio.Lock()
        """Nobody comes in while a look is under way: they would not be told what it finds."""
        self._listeners: set[Listener] = set()
        self._squads: dict[Sight, dict[str, bytes]] = {}
        self._head: Head | None = None
        self._due = {"squads": 0.0, "mark": 0.0, "again": 0.0}
        self._begun = asyncio.Event()
        self._turn = 0
        self._stumbled = False
        """Some may not have been told: all begin anew."""

    # --- Somebody listens -------------------------------------------------------------------------

    async def admit(self, visitor: Visitor, *, orders: bool = False) -> Listener:
        """Let somebody listen, as long as there is room."""
        with move_on_after(PATIENCE_S):
            await self._begun.wait()
        async with self._door:
            if self._head is None or self._is_full(visitor.proof, orders):
                raise TooSoon("too_many_streams", seconds=10)
            listener = Listener(
                visitor.proof, visitor.known.actor,
                admitted=self._head, since=self._head.number, orders=orders,
            )  # fmt: skip
            self._listeners.add(listener)
            return listener

    def _is_full(self, proof: Proof, orders: bool) -> bool:
        own = sum(one.proof == proof for one in self._listeners)
        ordered = sum(one.orders for one in self._listeners)
        return len(self._listeners) >= LISTENERS or own >= OF_ONE or (orders and ordered >= ORDERED)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def told(self, listener: Listener, after: str) -> AsyncIterator[Event]:
        """All that somebody is told: from behind an event that they know on, or from now on."""
        if after:
            async for missed in self._missed(listener, after):
                yield missed
        else:
            yield Event(id=events.place(listener.admitted), event="ready", data={})
        while (event := await listener.waiting.get()) is not None:
            if listener.is_news(event):
                yield event

    async def _missed(self, listener: Listener, after: str) -> AsyncIterator[Event]:
        """What happened since they listened last; what happens from now on waits for them."""
        known, until = after, listener.admitted.number
        number = _number(after)
        if until - number > TOO_FAR:
            yield self._reset("too_far", until - number)
            return
        while True:
            seals = await self._read(partial(_seals, number=number))
            if not seals or events.place(seals[0].head) != known:
                yield self._reset("unknown")
                return
            new = [seal for seal in seals[1:] if seal.head.number <= until]
            for told in await self._read(partial(self._of_seals, listener.actor, new)):
                yield self._for(listener, told)
            if not new:
                break
            number, known = new[-1].head.number, events.place(new[-1].head)
        listener.heard = max(until, number)

    def _reset(self, reason: str, missed: int | None = None) -> Event:
        return events.reset(self._head or Head(0, ""), reason, missed)

    async def _read(self, ask: Callable[[Connection], Found]) -> Found:
        def asked() -> Found:
            with transaction(self._engine, EAR) as connection:
                return ask(connection)

        return await to_thread.run_sync(asked, limiter=self._reading)

    def _of_seals(self, actor: Actor, seals: list[Seal], connection: Connection) -> list[Told]:
        settings: Settings = self._app.state.settings
        reader = events.scope(actor)
        return events.of_seals(connection, reader, seals, settings, datetime.now(UTC))

    def _for(self, listener: Listener, told: Told) -> Event:
        return events.to(listener.actor, told, self._app.state.settings, datetime.now(UTC))

    # --- Looking ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look until told to stop; a database that is away is waited for."""
        try:
            async with create_task_group() as both:
                both.start_soon(self._keep_on, self._look_on)
                both.start_soon(self._keep_on, self._look_who)
        finally:
            for listener in self._listeners:
                listener.hear(None)
            self._engine.dispose()

    async def _keep_on(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await look()
            except db.UNAVAILABLE:
                pass  # requests say that it is away
            except Exception:
                log.exception("stream stumbled")
                self._stumbled = True
            await asyncio.sleep(EVERY_S if self._listeners else IDLE_S)

    async def _look_on(self) -> None:
        async with self._door:
            await self._look_once()

    async def _look_once(self) -> None:
        sights = {one.sight for one in self._listeners}
        squads = bool(sights) and self._is_due("squads", SQUADS_S)
        look = await to_thread.run_sync(self._look, sights, squads, limiter=self._looking)
        self._head, self._stumbled = look.head, False
        self._begun.set()
        for listener in self._listeners:
            self._tell(listener, look)
        self._squads = look.squads or self._squads
        if self._is_due("mark", MARK_S):
            self._mark(look.head)

    def _is_due(self, what: str, every_s: float) -> bool:
        now = monotonic()
        due = now >= self._due[what]
        if due:
            self._due[what] = now + every_s
        return due

    def _look(self, sights: Collection[Sight], squads: bool) -> Look:
        at, settings = datetime.now(UTC), self._app.state.settings
        with transaction(self._engine, EAR) as connection:
            new, look = self._new_seals(connection, at)
            had = events.had_by(connection, new) if any(one.orders for one in sights) else set()
            for sight in sights:
                if new and not (sight.orders and had.isdisjoint(sight.actor.squads)):
                    look.told[sight] = self._of_seals(sight.actor, new, connection)
                if squads and not sight.orders:
                    look.squads[sight] = events.of_squads(connection, sight.actor, settings, at)
        return look

    def _new_seals(self, connection: Connection, at: datetime) -> tuple[list[Seal], Look]:
        """Those behind the last one known. If that is another one by now, a backup was restored."""
        if self._head is None or not self._listeners:
            return [], Look(journal.head(connection, EAR), at)
        seals = _seals(connection, self._head.number)
        if self._head.number == 0:
            seals.insert(0, Seal(self._head, "", ""))
        if self._stumbled or not seals or seals[0].head != self._head:
            return [], Look(journal.head(connection, EAR), at, restored=True)
        return seals[1:], Look(seals[-1].head, at)

    def _tell(self, listener: Listener, look: Look) -> None:
        sight = listener.sight
        if look.restored:
            listener.since = 0
            listener.begin_anew(events.reset(look.head, "unknown"))
        for told in look.told.get(sight, ()):
            if told.number > listener.since:
                listener.hear(self._for(listener, told))
        listener.since = max(listener.since, look.head.number)
        self._tell_squads(listener, look.squads.get(sight), self._squads.get(sight, {}))
        if listener.slow:
            listener.begin_anew(events.reset(look.head, "slow"))

    def _tell_squads(
        self, listener: Listener, now: dict[str, bytes] | None, before: dict[str, bytes]
    ) -> None:
        if now is None:
            return
        changed = events.snapshot(now, before if listener.greeted else {})
        listener.greeted = True
        if changed is not None:
            listener.hear(changed)

    def _mark(self, head: Head) -> None:
        for listener in self._listeners:
            if listener.since <= head.number:
                listener.hear(events.mark(head))

    async def _look_who(self) -> None:
        """Whoever signed out hears nothing more; whose powers changed sees by those. Beside the
        looks at what happens, which must not wait until everybody was asked for."""
        turn = self._app.state.remembered.turn
        if turn == self._turn and not self._is_due("again", AGAIN_S):
            return
        for listener in list(self._listeners):
            known = await to_thread.run_sync(self._known, listener.proof, limiter=self._reading)
            async with self._door:  # what a look finds is told to those for whom it looked
                self._see_as(listener, known)
        self._turn = turn

    def _see_as(self, listener: Listener, known: Known | None) -> None:
        if known is None:
            listener.begin_anew(None)
        elif known.actor != listener.actor:
            listener.actor = known.actor
            listener.begin_anew(self._reset("powers"))

    def _known(self, proof: Proof) -> Known | None:
        now = datetime.now(UTC)
        today = now.astimezone(self._app.state.settings.zone).date()
        with suppress(Refused):
            return sessions.look_again(self._engine, proof, now, today)
        return None


def _seals(connection: Connection, number: int) -> list[Seal]:
    acting(connection, EAR)
    rows = journal.sealed(connection, EAR, since=number, limit=AT_ONCE)
    return [Seal.of(row) for row in rows]


def _number(place: str) -> int:
    """Of an event's id; -1 of what is none."""
    number, _, _ = place.partition("-")
    return int(number) if number.isdecimal() and number.isascii() and len(number) < 19 else -1
