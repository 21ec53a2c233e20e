"""Whoever listens to the stream, and what happens that they may hear of."""

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from queue import Empty, Queue
from socket import SHUT_RDWR
from uuid import UUID, uuid4

from sqlalchemy import Connection

from api.settings import Settings
from layers.access import Actor, Verb, acting
from layers.holidays.queries import calendar
from layers.incidents.actions.reporting import Report, report
from layers.incidents.actions.stepping import Said, step

PATIENCE_S = 8.0
DISPATCHER = Actor("acceptor", frozenset(Verb))


class Heard:
    """A stream, read in a thread of its own: its events as they come."""

    def __init__(self, port: int, token: str, after: str = "", *, asked: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": after} if after else {})
        self._line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self._line.request("GET", f"/api/stream{asked}", headers=headers)
        self._socket = self._line.sock
        self.answer = self._line.getresponse()
        self.events: Queue[dict[str, str] | None] = Queue()
        self.last = after
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        event: dict[str, str] = {}
        with suppress(OSError, HTTPException, ValueError):
            while line := self.answer.readline().decode():
                name, _, value = line.rstrip("\n").partition(": ")
                if name:
                    event[name] = value
                else:
                    self.events.put(event)
                    event = {}
        self.events.put(None)

    def next(self, *kinds: str) -> dict[str, object] | None:
        """The next event of these kinds; None when the stream has ended."""
        while True:
            event = self.events.get(timeout=PATIENCE_S)
            if event is None:
                return None
            self.last = event.get("id", self.last)
            if event.get("event") in kinds:
                return {"event": event["event"]} | {"data": json.loads(event["data"])}

    def cases(self, number: int) -> list[tuple[str, int]]:
        """The next changes of cases: which, and to which version."""
        found = [self.next("incident")["data"] for _ in range(number)]
        return [(each["id"], each["version"]) for each in found]

    def quiet(self) -> bool:
        """Whether nothing of a case is waiting to be read."""
        while True:
            try:
                event = self.events.get(timeout=0.3)
            except Empty:
                return True
            if event and event.get("event") in ("incident", "reset"):
                return False

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(SHUT_RDWR)
        self._thread.join(PATIENCE_S)
        self.answer.close()
        self._line.close()


def reported(connection: Connection, lon: float = 119.905, lat: float = 29.705) -> UUID:
    now = datetime.now(UTC)
    new = Report(uuid4(), "staff", "S02", (lon, lat), lon, lat, "wgs84", now, uuid4().bytes)
    acting(connection, DISPATCHER)
    report(connection, new, actor=DISPATCHER, at=now, zone=Settings().zone)
    return new.id


def reject(connection: Connection, case: UUID) -> None:
    go_on(connection, case, "reject", reason="no")


def go_on(connection: Connection, case: UUID, verb: str, **told: object) -> None:
    now = datetime.now(UTC)
    said = Said(verb, uuid4(), now, **told)
    acting(connection, DISPATCHER)
    days = calendar(connection, Settings().zone, Settings().shifts)
    step(connection, case, said, calendar=days, actor=DISPATCHER, at=now)
