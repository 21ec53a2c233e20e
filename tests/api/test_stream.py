"""What happens, as those who look on are told it: by a real server, from what was committed."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from queue import Empty, Queue
from socket import SHUT_RDWR
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from sqlalchemy import Connection, Engine, text

from api import app as door
from api import cluster as clusters
from api import live, wire
from api.auth import digest
from api.settings import Settings
from api.worker import Regular, keep, seal
from layers import db
from layers.access import WORKER, Actor, Verb, acting, transaction
from layers.holidays.queries import calendar
from layers.incidents.actions.reporting import Report, report
from layers.incidents.actions.saying import Correction
from layers.incidents.actions.stepping import Said, step
from layers.journal.actions import note
from layers.journal.rules import Head
from layers.people import actions as people
from layers.roles import BUREAU, VERBS, Area, AreaKind, Role
from tests.api.test_wire import Running
from tests.cast import EAST, MATTER, WEST
from tests.conftest import app_url, town_of_its_own

PATIENCE_S = 8.0
DISPATCHER = Actor("acceptor", frozenset(Verb))


@pytest.fixture(scope="module")
def town(cluster: clusters.Cluster) -> Iterator[Engine]:
    with town_of_its_own(cluster, "test_stream") as engine:
        with engine.begin() as connection:
            connection.execute(MATTER)
            connection.execute(text("UPDATE matters SET offered = true"))
        yield engine


@pytest.fixture(scope="module")
def url(town: Engine) -> str:
    return town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)


@pytest.fixture(scope="module")
def sealing(url: str) -> Iterator[None]:
    """The worker's timetable, as far as it is about seals."""
    engine, stop = db.connect(app_url(url)), threading.Event()
    thread = threading.Thread(target=keep, args=(engine, [Regular("seal", 0.05, seal)], stop))
    thread.start()
    yield
    stop.set()
    thread.join()
    engine.dispose()


@pytest.fixture
def start(url: str, sealing: None, tmp_path, monkeypatch) -> Iterator[Callable[[], Running]]:
    """Starts a server; it ends with the test."""
    monkeypatch.setattr(live, "EVERY_S", 0.02)
    monkeypatch.setattr(live, "SQUADS_S", 0.05)
    running: list[Running] = []

    def started() -> Running:
        made = door.create(Settings(var=tmp_path), app_url(url))
        config = uvicorn.Config(
            made, host="127.0.0.1", port=0, http=wire.Line, ws="none", log_config=None,
            access_log=False, timeout_graceful_shutdown=5,
        )  # fmt: skip
        running.append(Running(config))
        return running[-1]

    yield started
    for server in running:
        server.stop()


@pytest.fixture
def server(start) -> Running:
    return start()


@pytest.fixture
def token(town: Engine) -> Callable[..., str]:
    """Somebody new with a token to listen by."""

    def issued(role: Role = Role.DISPATCHER, area: Area = BUREAU) -> str:
        secret, now = f"gpt_{uuid4().hex}", datetime.now(UTC)
        with transaction(town, WORKER) as connection:
            person = people.add_person(connection, uuid4().hex, "", actor=WORKER, at=now)
            day = now.date() - timedelta(days=1)
            people.grant(connection, person, role, area, actor=WORKER, at=now, today=day)
            people.issue_token(connection, person, "t", digest(secret), VERBS[role], life=None,
                               actor=WORKER, at=now, today=now.date())  # fmt: skip
        return secret

    return issued


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


@pytest.fixture
def listen(server: Running) -> Iterator[Callable[..., Heard]]:
    heard: list[Heard] = []

    def listening(
        token: str, after: str = "", port: int | None = None, *, asked: str = ""
    ) -> Heard:
        heard.append(Heard(port or server.port, token, after, asked=asked))
        if heard[-1].answer.status == 200 and not after:
            assert heard[-1].next("ready")
        return heard[-1]

    yield listening
    for each in heard:
        each.close()


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


def test_a_case_is_told_as_its_list_has_it(listen, token, town, server):
    dispatcher = token()
    stream = listen(dispatcher)
    with town.begin() as connection:
        case = reported(connection)

    told = stream.next("incident")["data"]

    headers = {"Authorization": f"Bearer {dispatcher}"}
    listed = httpx2.get(f"http://127.0.0.1:{server.port}/api/incidents?limit=1", headers=headers)
    assert told["id"] == str(case)
    assert told == listed.json()["items"][0]


def test_each_change_comes_once_however_many_commit_at_once(listen, token, town):
    one, other = listen(token()), listen(token())
    made: Queue[tuple[str, int]] = Queue()

    def work() -> None:
        for _ in range(5):
            with town.begin() as connection:
                case = reported(connection)
                time.sleep(0.01)
                reject(connection, case)
            made.put((str(case), 2))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wanted = sorted(list(made.queue) * 2)
    assert sorted(one.cases(40)) == sorted(other.cases(40)) == wanted
    assert one.quiet() and other.quiet()


def test_who_goes_on_hears_what_was_missed_and_nothing_twice(listen, token, town, start):
    dispatcher = token()
    stream = listen(dispatcher)
    with town.begin() as connection:
        first = reported(connection)
    assert stream.cases(1) == [(str(first), 1)]
    stream.close()
    with town.begin() as connection:
        missed = [reported(connection) for _ in range(3)]

    again = listen(dispatcher, stream.last, start().port)
    with town.begin() as connection:
        reject(connection, first)

    assert again.cases(4) == [*((str(case), 1) for case in missed), (str(first), 2)]
    assert again.quiet()


def test_who_goes_on_where_less_is_known_yet_hears_nothing_twice(
    listen, token, town, start, monkeypatch
):
    """At another process, which looks but rarely while nobody listens there."""
    dispatcher = token()
    stream = listen(dispatcher)
    monkeypatch.setattr(live, "IDLE_S", 1.5)
    behind = start()
    with town.begin() as connection:
        first = reported(connection)
    assert stream.cases(1) == [(str(first), 1)]
    stream.close()

    again = listen(dispatcher, stream.last, behind.port)
    with town.begin() as connection:
        second = reported(connection)

    assert again.cases(1) == [(str(second), 1)]
    assert again.quiet()


def test_who_comes_while_others_are_being_told_misses_nothing(listen, token, town, monkeypatch):
    look, admit = live.Hub._look, live.Hub.admit
    found, knocked = threading.Event(), threading.Event()

    def slowly(hub, readers, squads):
        seen = look(hub, readers, squads)
        if any(seen.told.values()):
            found.set()
            assert knocked.wait(PATIENCE_S)
        return seen

    def knock(*given, **more):
        knocked.set()
        return admit(*given, **more)

    there = listen(token())
    monkeypatch.setattr(live.Hub, "_look", slowly)
    monkeypatch.setattr(live.Hub, "admit", knock)
    with town.begin() as connection:
        case = reported(connection)
    assert found.wait(PATIENCE_S)

    late = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)), there.last)

    assert late.cases(1) == there.cases(1) == [(str(case), 1)]
    assert late.quiet()


@pytest.mark.parametrize("after", ["7-0123456789abcdef", "999999-00", "x", "0-", "-1"])
def test_who_comes_from_another_chain_reads_everything_anew(after, listen, token, town):
    with town.begin() as connection:
        reported(connection)

    stream = listen(token(), after)

    assert stream.next("reset", "incident") == {
        "event": "reset", "data": {"reason": "unknown", "missed": None},
    }  # fmt: skip


def test_who_missed_too_much_reads_everything_anew(listen, token, town, monkeypatch):
    monkeypatch.setattr(live, "TOO_FAR", 2)
    stream, beside = listen(token()), listen(token())
    stream.close()
    with town.begin() as connection:
        for _ in range(3):
            reported(connection)
    beside.cases(3)

    again = listen(token(), stream.last)

    reset = again.next("reset")
    assert reset["data"]["reason"] == "too_far" and reset["data"]["missed"] >= 3
    assert beside.quiet()


def test_nobody_is_told_of_what_is_out_of_sight(listen, token, town):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    whole = listen(token())
    with town.begin() as connection:
        east, west = reported(connection, 119.915), reported(connection)

    assert whole.cases(2) == [(str(east), 1), (str(west), 1)]
    assert western.cases(1) == [(str(west), 1)]
    assert western.quiet()


def test_what_its_sender_took_back_is_gone(listen, token, town):
    stream = listen(token())
    with town.begin() as connection:
        case = reported(connection)
        connection.execute(
            text("UPDATE incidents SET withdrawn = true WHERE id = :id"), {"id": case}
        )

    assert stream.next("gone", "incident") == {"event": "gone", "data": {"id": str(case)}}


def test_a_case_put_elsewhere_is_read_anew_by_who_may_have_seen_it(listen, token, town):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    eastern = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, EAST)))
    with town.begin() as connection:
        case = reported(connection)
    first = western.cases(1)
    with town.begin() as connection:
        there = Correction("S02", (119.915, 29.705), 119.915, 29.705, "wgs84")
        go_on(connection, case, "amend", report=there)

    moved = western.next("reset", "incident", "gone")
    with town.begin() as connection:
        reject(connection, case)

    assert first == [(str(case), 1)]
    assert moved == {"event": "reset", "data": {"reason": "moved", "missed": None}}
    assert eastern.cases(2) == [(str(case), 2), (str(case), 3)]
    assert western.quiet()


def test_who_never_saw_a_case_reads_nothing_anew_when_it_is_put_right(listen, token, town):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    with town.begin() as connection:
        case, other = reported(connection, lon=119.915), reported(connection)
        for lat in (29.706, 29.706):  # once put elsewhere in the east, once left where it is
            there = Correction("S02", (119.915, lat), 119.915, lat, "wgs84")
            go_on(connection, case, "amend", report=there)
        reject(connection, other)

    assert [western.next("reset", "incident")["data"].get("id") for _ in range(2)] == [
        str(other)] * 2  # fmt: skip
    assert western.quiet()


def test_a_check_that_is_over_is_gone_for_who_was_asked(listen, token, town):
    worker = listen(token(Role.GRID_WORKER, Area(AreaKind.GRID, f"{WEST}001001")))
    with town.begin() as connection:
        case, other = (reported(connection, lat=29.715) for _ in range(2))
        go_on(connection, case, "request_check")
    asked = worker.cases(2)
    with town.begin() as connection:
        for each in (other, case):
            go_on(connection, each, "force_close", reason="no")

    assert asked == [(str(case), 2)] * 2
    assert worker.next("gone", "incident", "reset") == {"event": "gone", "data": {"id": str(case)}}
    assert worker.quiet()


def test_a_squads_phone_is_told_of_its_orders_alone(listen, token, town, monkeypatch):
    phone = listen(token(Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S1")), asked="?orders=true")
    looked, of_seals = [], live.Hub._of_seals
    monkeypatch.setattr(
        live.Hub, "_of_seals", lambda *given: looked.append(given[1]) or of_seals(*given)
    )
    with town.begin() as connection:
        connection.execute(text("UPDATE squads SET crews = 9"))
        case, other = (reported(connection) for _ in range(2))
        connection.execute(text("UPDATE incidents SET state = 'filed'"))
        go_on(connection, other, "dispatch", squad="S2")
    assert phone.quiet()
    assert looked == []
    with town.begin() as connection:
        go_on(connection, case, "dispatch", squad="S1")

    assert phone.next("incident", "squads")["data"]["state"] == "dispatched"
    with town.begin() as connection:
        go_on(connection, case, "recall", reason="another is nearer")
    while (told := phone.next("incident", "squads")["data"])["state"] != "filed":
        assert told["state"] == "dispatched"


def test_a_changed_layer_is_told_by_its_name(listen, token, town):
    stream = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, EAST)))
    with transaction(town, DISPATCHER) as connection:
        note(connection, "imported", "roads", "x", actor=DISPATCHER, at=datetime.now(UTC))

    assert stream.next("layer")["data"]["layer"] == "roads"


def test_squads_are_told_whole_and_then_as_they_change(listen, token, town, server):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    dispatcher = token()
    stream = listen(dispatcher)
    first = stream.next("squads")["data"]["items"]
    headers = {"Authorization": f"Bearer {dispatcher}"}
    listed = httpx2.get(f"http://127.0.0.1:{server.port}/api/squads", headers=headers)
    with town.begin() as connection:
        connection.execute(text(
            "UPDATE squads SET position = ST_Point(119.91, 29.71, 4326), position_at = now()"
            " WHERE code = 'S2'"
        ))  # fmt: skip
    second = stream.next("squads")["data"]["items"]

    assert first == listed.json()["items"]
    assert [(one["code"], one["lon"], one["fresh"]) for one in second] == [("S2", 119.91, True)]
    assert [one["code"] for one in western.next("squads")["data"]["items"]] == ["S1"]


def owner(connection: Connection, secret: str) -> UUID:
    whose = text("SELECT person_id FROM tokens WHERE token_hash = :digest")
    person: UUID = connection.execute(whose, {"digest": digest(secret)}).scalar_one()
    return person


def test_whoever_may_see_more_by_now_reads_everything_anew_and_hears_of_it(listen, token, town):
    secret = token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST))
    stream, now = listen(secret), datetime.now(UTC)
    with transaction(town, WORKER) as connection:
        east = Area(AreaKind.TOWNSHIP, EAST)
        people.grant(connection, owner(connection, secret), Role.DISPATCHER, east, actor=WORKER,
                     at=now, today=now.date() - timedelta(days=1))  # fmt: skip

    reset = stream.next("reset")
    with town.begin() as connection:
        case = reported(connection, 119.915)

    assert reset == {"event": "reset", "data": {"reason": "powers", "missed": None}}
    assert stream.cases(1) == [(str(case), 1)]


def test_whoever_is_signed_out_hears_nothing_more(listen, token, town):
    secret = token()
    stream, now = listen(secret), datetime.now(UTC)
    with transaction(town, WORKER) as connection:
        person = owner(connection, secret)
        people.disable(connection, person, actor=WORKER, at=now, today=now.date())

    assert stream.next("incident") is None


def test_a_session_has_so_many_streams(listen, token):
    secret = token()
    for _ in range(live.OF_ONE):
        listen(secret)

    assert listen(secret).answer.status == 429


def test_however_many_phones_listen_a_desk_finds_room(listen, token, monkeypatch):
    monkeypatch.setattr(live, "ORDERED", 1)

    phones = [listen(token(), asked="?orders=true") for _ in range(2)]

    assert [phone.answer.status for phone in phones] == [200, 429]
    assert listen(token()).answer.status == 200


def test_a_server_that_ends_does_not_wait_for_its_streams(listen, token, start):
    other = start()
    stream = listen(token(), port=other.port)
    begun = time.monotonic()
    other.stop()

    assert stream.next("incident") is None
    assert time.monotonic() - begun < 4


def test_a_slow_line_reads_everything_anew_and_stops_nobody():
    listener = live.Listener(None, DISPATCHER, Head(0, ""), 0, waiting=asyncio.Queue(2))
    for _ in range(3):
        listener.hear(live.Event(event="incident", data={}))
    assert listener.slow

    listener.begin_anew(live.Event(event="reset", data={}))

    assert listener.waiting.qsize() == 1 and not listener.slow
