"""The application as a browser on this machine meets it, on the test's own transaction."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from api import app as door
from api import deps
from api.arrivals import Arrivals
from api.circumstances import Circumstances
from api.cli import console
from api.jobs import WORK
from api.settings import Settings
from layers.access import PUBLIC, Actor, acting
from layers.errors import Refused
from layers.files import silent
from layers.migrations.wall import APPLICATION
from layers.queue import actions as queue
from tests.conftest import app_url

HERE = "http://127.0.0.1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, bureau="柳河区<城管>局", language="en", largest_upload=200_000)


@pytest.fixture(scope="session")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The interface's, the same for every test: to make it takes more than a second."""
    made = door.create(Settings(var=tmp_path_factory.mktemp("var")), "postgresql://")
    made.state.engine.dispose()
    return made.openapi()


@pytest.fixture
def app(
    settings: Settings, url: str, connection: Connection, planner: Actor, noon: datetime,
    description: dict[str, object],
) -> FastAPI:  # fmt: skip
    made = door.create(settings, app_url(url))
    made.openapi_schema = description
    made.dependency_overrides[deps.opening] = behind_the_wall(connection)
    made.state.arrivals = Arrivals(
        lambda actor: contextmanager(behind_the_wall_of(connection, actor))(), made.state.room
    )
    for_everybody = contextmanager(behind_the_wall_of(connection, PUBLIC))
    made.dependency_overrides[deps.public_opening] = lambda: for_everybody
    made.dependency_overrides[deps.actor] = lambda: planner
    made.dependency_overrides[deps.now] = lambda: noon
    return made


def behind_the_wall(connection: Connection):
    """The test's own transaction, which each request meets as the application does.

    A request that is refused leaves nothing of what it did before.
    """

    async def opening(actor: deps.CurrentActor) -> deps.Opening:
        return contextmanager(behind_the_wall_of(connection, actor))

    return opening


def behind_the_wall_of(connection: Connection, actor: Actor):
    """The same for somebody whom no request names."""

    def opened(settings: Mapping[str, str] | None = None) -> Iterator[Connection]:
        with connection.begin_nested():
            connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
            acting(connection, actor, settings)
            yield connection
            connection.execute(text("RESET ROLE"))

    return opened


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    from_here = ("127.0.0.1", 50_000)
    with TestClient(app, HERE, raise_server_exceptions=False, client=from_here) as client:
        yield client


class Done(NamedTuple):
    """How a command that was typed ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def typed(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., Done]]:
    """A command as it is typed, in this process: so it starts in no time. The module's
    `environment` says on what database it works."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    console.settings.cache_clear()

    def run(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["gridpatrol", *words])
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        try:
            code = console.run()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    yield run
    console.settings.cache_clear()


@pytest.fixture
def western(app: FastAPI, cast, planner: Actor) -> None:
    """From now on the actor sees the western township only."""
    app.dependency_overrides[deps.actor] = lambda: Actor(
        "western", planner.verbs, frozenset({cast.west})
    )


@pytest.fixture
def work(connection: Connection, settings: Settings, planner: Actor, noon: datetime):
    """Does the job that waits, as the worker would, and gives what the API says of it."""

    def done(client: TestClient, answer) -> dict[str, object]:
        assert answer.status_code == 202, answer.text
        location = answer.headers["location"]
        assert location == f"/api/jobs/{answer.json()['job']}"
        row = queue.claim(connection, at=noon)
        queue.begin(connection, row.id, at=noon)
        around = Circumstances(settings, planner, noon, silent)
        try:
            result = WORK[row.name](connection, dict(row.arguments), around)
            queue.finish(connection, row.id, result, at=noon)
        except Refused as refusal:
            problem = {"code": refusal.code, "values": refusal.values}
            queue.fail(connection, row.id, problem, again=False, at=noon)
        return client.get(location).json()

    return done
