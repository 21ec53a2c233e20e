"""What a squad has in hand, what it can go on with, and how it hears of an order."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError
from sqlalchemy import Connection, Engine, text

from api import cluster as clusters
from api import deps, messages, ordering, worker
from api.circumstances import Circumstances
from api.jobs import WORK
from api.messages import EVENT, SIGNATURE
from api.settings import Reached, Settings
from layers import db
from layers.access import WORKER, Actor, actor_of
from layers.files import silent
from layers.incidents import queries
from layers.incidents.queries import Wanted
from layers.queue import actions as queue
from layers.queue.rules import TRIES
from layers.roles import Area, AreaKind, Grant, Role
from tests.cast import WEST, Cast
from tests.conftest import migrated_database

AT = "2026-11-16T12:00:00+08:00"


@pytest.fixture
def squad(noon: datetime) -> Actor:
    """Somebody of the western squad."""
    grant = Grant(Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S1"), noon.date())
    return actor_of("member", [grant], noon.date())


@pytest.fixture
def case(cast: Cast, noon: datetime) -> str:
    return str(cast.report(119.905, 29.705, noon - timedelta(minutes=5), "filed"))


def step(client: TestClient, case: str, verb: str, **said: object) -> dict[str, object]:
    told = {"event_id": str(uuid4()), "happened_at": AT} | said
    answer = client.post(f"/api/incidents/{case}/steps/{verb}", json=told)
    assert answer.status_code == 200, answer.text
    return answer.json()


def orders(client: TestClient) -> list[str]:
    return [item["id"] for item in client.get("/api/incidents?orders=true").json()["items"]]


@pytest.fixture
def member(app: FastAPI, client: TestClient, squad: Actor) -> TestClient:
    """From here on the western squad asks."""
    app.dependency_overrides[deps.actor] = lambda: squad
    return client


def test_a_squad_finds_what_it_has_in_hand_and_nothing_else(
    client, cast, noon, case, app, squad, planner
):
    other = str(cast.report(119.915, 29.715, noon, "filed"))
    step(client, case, "dispatch", squad="S1")
    step(client, other, "dispatch", squad="S2")
    app.dependency_overrides[deps.actor] = lambda: squad
    assert orders(client) == [case]

    step(client, case, "accept")
    assert orders(client) == [case]

    app.dependency_overrides[deps.actor] = lambda: planner
    step(client, case, "recall", reason="another squad is nearer")
    app.dependency_overrides[deps.actor] = lambda: squad
    assert orders(client) == []


def test_the_way_of_an_order_is_told_ahead_for_where_there_is_no_signal(client, case, app, squad):
    step(client, case, "dispatch", squad="S1")
    app.dependency_overrides[deps.actor] = lambda: squad

    told = client.get(f"/api/incidents/{case}").json()

    assert told["verbs"] == ["accept", "decline"]
    assert told["ahead"] == {
        "accept": ["arrive"], "decline": [], "arrive": ["give_opinion", "finish"],
        "give_opinion": ["finish"], "finish": [],
    }  # fmt: skip


def test_a_squad_that_has_worked_since_is_not_off_duty_by_what_one_of_its_phones_says_late(
    client, case, app, squad, noon
):
    def say(path: str, hours: float) -> str:
        then = (noon - timedelta(hours=hours)).isoformat()
        told = {"event_id": str(uuid4()), "happened_at": then}
        return client.post(f"/api/squads/S1/{path}", json=told).json()["ends_at"]

    planned = say("shifts", 3)
    step(client, case, "dispatch", squad="S1")
    app.dependency_overrides[deps.actor] = lambda: squad
    step(client, case, "accept")

    assert say("shifts/end", 2) == planned
    assert datetime.fromisoformat(say("shifts/end", 0)) == noon


@pytest.mark.parametrize(
    ("metres", "delay", "goes_on"),
    [(900, 0, True), (90, 0, False), (900, 65, False)],
    ids=["on the way", "parked", "without a signal too"],
)
def test_a_shift_in_which_another_phone_is_on_the_way_is_not_ended_by_what_is_said_late(
    metres, delay, goes_on, client, connection, cast, app, squad, noon
):
    hours = {"from": noon - timedelta(hours=3), "to": noon + timedelta(hours=3)}
    shift = connection.execute(text(
        "INSERT INTO shifts (squad_code, starts_at, ends_at) VALUES ('S1', :from, :to) RETURNING id"
    ), hours).scalar_one()  # fmt: skip
    connection.execute(text("INSERT INTO devices (code, name, squad_code) VALUES ('P', 'x', 'S1')"))
    for minutes, east in ((90, 0), (60, metres / 96_700)):
        at = noon - timedelta(minutes=minutes)
        connection.execute(text(
            "INSERT INTO fixes VALUES (:shift, 'P', :at, :came, ST_Point(:lon, 29.705, 4326), 8, 1,"
            " 'good')"
        ), {"shift": shift, "at": at, "came": at + timedelta(minutes=delay),
            "lon": 119.905 + east})  # fmt: skip
    app.dependency_overrides[deps.actor] = lambda: squad

    said = {"event_id": str(uuid4()), "happened_at": (noon - timedelta(hours=2)).isoformat()}
    ended = client.post("/api/squads/S1/shifts/end", json=said).json()["ends_at"]

    then = noon + timedelta(hours=3) if goes_on else noon - timedelta(hours=2)
    assert datetime.fromisoformat(ended) == then


def test_nobody_is_told_of_a_way_that_is_not_theirs(client, case, app, noon):
    grant = Grant(Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S2"), noon.date())
    step(client, case, "dispatch", squad="S2")
    step(client, case, "recall", reason="too far")
    step(client, case, "dispatch", squad="S1")
    app.dependency_overrides[deps.actor] = lambda: actor_of("other", [grant], noon.date())

    assert client.get(f"/api/incidents/{case}").json()["ahead"] == {}


def test_the_squad_of_the_practice_town_finds_orders_in_time_each_day(
    connection, cast, noon, planner, settings
):
    for n in range(4):
        cast.report(119.905, 29.705, noon - timedelta(days=n))
    held = Wanted(squads=frozenset({"S1"}))

    def sent(at: datetime) -> list[datetime]:
        around = Circumstances(settings, planner, at, silent)
        ordering.send(connection, "S1", WEST, around)
        rows = queries.listed(connection, planner, held, after="", limit=10)
        return [row["due_at"] for row in rows]

    for day in range(2):
        at = noon + timedelta(days=day)
        assert sent(at) == [at + timedelta(minutes=30)] * 3


# --- The message gateway ------------------------------------------------------------------------


class Gateway(HTTPServer):
    """The bureau's: keeps what it is told, and answers as it is bidden."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Told)
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.drops: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/orders?line=2"


class Told(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(({**self.headers, "path": self.path}, body))
        for drop in self.server.drops:
            self.wfile.write(drop)
            time.sleep(0.05)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def waiting(connection: Connection) -> list[dict[str, object]]:
    asked = text("SELECT arguments FROM jobs WHERE name = 'message' ORDER BY made_at, id")
    return list(connection.execute(asked).scalars())


def test_an_order_and_its_recall_are_written_down_once_each(client, connection, case):
    event = str(uuid4())
    for _ in range(2):
        step(client, case, "dispatch", squad="S1", event_id=event)
    step(client, case, "recall", reason="a slip of the hand")

    told = waiting(connection)

    assert sorted((one["event"], one["squad"]) for one in told) == [
        ("dispatch", "S1"), ("recall", "S1"),
    ]  # fmt: skip
    assert {one["due_at"] is None for one in told if one["event"] == "recall"} == {True}


def test_a_squad_hears_what_becomes_of_its_order_without_it(client, connection, case, noon):
    step(client, case, "dispatch", squad="S1")
    until = str((noon + timedelta(days=9)).date())
    for verb, said in (
        ("suspend", {"until": until}), ("resume", {}), ("accept", {}), ("ask_extension", {}),
        ("extend", {}), ("force_close", {}), ("reopen", {}),
    ):  # fmt: skip
        step(client, case, verb, reason="x", **said)

    told = [(one["event"], one["squad"]) for one in waiting(connection)]

    assert sorted(told) == [(event, "S1") for event in ("dispatch", "force_close", "resume",
                                                        "suspend")]  # fmt: skip


def test_the_gateway_learns_of_an_order_and_no_word_that_anybody_typed(
    client, connection, case, gateway, noon, tmp_path
):
    text_typed = "UPDATE incidents SET description = 'by Mr Lin', address = 'Lin, 3 Bridge St'"
    connection.execute(text(text_typed))
    step(client, case, "dispatch", squad="S1", reason="Mr Lin called")
    [arguments] = waiting(connection)
    settings = Settings(
        var=tmp_path, message_url=gateway.url, message_secret=SecretStr("shared"),
        reached=Reached(names=("gp.example",), port=8443),
    )  # fmt: skip

    result = WORK["message"](connection, arguments, Circumstances(settings, WORKER, noon, silent))

    assert result == {"sent": True}
    [(headers, body)] = gateway.told
    number = client.get(f"/api/incidents/{case}").json()["case_no"]
    assert number.startswith("26-")
    assert json.loads(body) == {
        "event": "dispatch", "event_id": arguments["event_id"], "sent_at": noon.isoformat(),
        "case_no": number, "incident": case, "squad": "S1", "matter": "S02",
        "due_at": arguments["due_at"], "link": f"https://gp.example:8443/squad#order/{case}",
    }  # fmt: skip
    signed = hmac.new(b"shared", body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={signed}"
    assert headers[EVENT] == arguments["event_id"]
    assert headers["path"] == "/orders?line=2"


@pytest.fixture
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    """A queue that a worker empties, with one message in it."""
    url = migrated_database(cluster, "test_orders")
    engine = db.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def put(own: Engine, noon: datetime) -> None:
    with own.begin() as connection:
        cast = Cast.settle(connection)
        told = {"event": "dispatch", "event_id": str(uuid4()), "squad": "S1", "due_at": None,
                "incident": str(cast.report(119.905, 29.705, noon, "dispatched"))}  # fmt: skip
        queue.put(connection, "message", told, actor=Actor("dispatcher", frozenset()), at=noon)


def jobs(own: Engine) -> list[tuple[str, object]]:
    with own.begin() as connection:
        asked = "SELECT state, coalesce(result, problem) FROM jobs WHERE name = 'message'"
        return [tuple(row) for row in connection.execute(text(asked))]


def test_without_a_gateway_nothing_is_left_waiting(own: Engine, put: None, tmp_path: Path):
    worker.do_next(own, Settings(var=tmp_path))

    assert jobs(own) == []


def test_a_gateway_that_does_not_take_it_is_asked_again_and_then_given_up(
    own: Engine, put: None, gateway: Gateway, tmp_path: Path
):
    gateway.status = 302  # whoever stands between must not be taken for it
    settings = Settings(var=tmp_path, message_url=gateway.url)
    away = {"code": "gateway_away", "values": {}}

    worker.do_next(own, settings)
    assert jobs(own) == [("waiting", away)]
    assert not worker.do_next(own, settings)  # it rests for a moment
    for _ in range(TRIES - 1):
        with own.begin() as connection:
            connection.execute(text("UPDATE jobs SET run_after = made_at"))
        worker.do_next(own, settings)

    assert jobs(own) == [("failed", away)]
    assert len(gateway.told) == TRIES


def test_a_gateway_that_is_away_is_waited_for(own: Engine, put: None, tmp_path: Path):
    with Gateway() as closed:
        settings = Settings(var=tmp_path, message_url=closed.url)

    worker.do_next(own, settings)

    assert jobs(own) == [("waiting", {"code": "gateway_away", "values": {}})]


def test_a_gateway_that_answers_drop_by_drop_is_given_up(
    own: Engine, put: None, gateway: Gateway, tmp_path: Path, monkeypatch
):
    gateway.drops = [b"HTTP/1.1 100 Continue\r\n\r\n"] * 20
    monkeypatch.setattr(messages, "PATIENCE_S", 0.2)

    worker.do_next(own, Settings(var=tmp_path, message_url=gateway.url))

    assert jobs(own) == [("waiting", {"code": "gateway_away", "values": {}})]


@pytest.mark.parametrize(
    "url", ["gateway.example", "ftp://gateway.example", "https://", "http:// x"]
)
def test_a_gateway_is_an_address_of_the_web(url: str):
    with pytest.raises(ValidationError, match="not an address"):
        Settings(message_url=url)
