"""A town whose journal is sealed, servers on it, and whoever listens there."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import uvicorn
from sqlalchemy import Engine, text

from api import app as door
from api import cluster as clusters
from api import live, wire
from api.auth import digest
from api.settings import Settings
from api.worker import Regular, keep, seal
from layers import db
from layers.access import WORKER, transaction
from layers.people import actions as people
from layers.roles import BUREAU, VERBS, Area, Role
from tests.api.stream.listener import Heard
from tests.api.test_wire import Running
from tests.cast import MATTER
from tests.conftest import app_url, town_of_its_own


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
