"""One real PostGIS for the run, one rolled-back transaction for each test, and a fixed time."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
import structlog
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Connection, Engine, event
from structlog.typing import EventDict, WrappedLogger

from api import approle
from api import cluster as clusters
from layers import db, migrations
from layers.access import Actor, Verb, acting, nobody
from tests.cast import Cast

Outcome = TypeVar("Outcome")
ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium-headless-shell"
"""The same engine without the windows around pages, which cost more than most tests do."""
MIGRATIONS = ROOT / "layers/migrations"
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    """The command line speaks English, whatever the locale of whoever runs the tests."""
    os.environ["GRIDPATROL_LANG"] = "en"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first, so that all processes end together."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data beside the repository; never part of it."""
    folder = Path(os.environ.get("GRIDPATROL_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set GRIDPATROL_SHARED to the folder above data/")
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[clusters.Cluster]:
    found = clusters.find(ROOT / "var" / "test")
    with clusters.running(found):
        yield found


@pytest.fixture(scope="session")
def url(cluster: clusters.Cluster) -> str:
    """A migrated database of this worker's own."""
    return migrated_database(cluster, "test")


def database_name(purpose: str) -> str:
    """Apart from those of tests that run beside."""
    return f"{purpose}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def fresh_database(cluster: clusters.Cluster, purpose: str, template: str = "template1") -> str:
    """An empty database for a purpose, or a copy of another."""
    name = database_name(purpose)
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return cluster.url_of(name)


def migrated_database(cluster: clusters.Cluster, purpose: str) -> str:
    """A database with our tables in it, for a purpose: copied, for to migrate takes seconds."""
    return fresh_database(cluster, purpose, migrated_once(cluster))


def migrated_once(cluster: clusters.Cluster) -> str:
    """The name of the database that others are copied from; another one for other migrations."""
    told = b"".join(path.read_bytes() for path in sorted(MIGRATIONS.rglob("*.py")))
    name = f"migrated_{sha256(told).hexdigest()[:16]}"
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # many begin at once
        names = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^migrated_'")
        before = {row[0] for row in names}
        if name not in before:
            for other in before:
                connection.execute(f"DROP DATABASE {other} WITH (FORCE)")
            connection.execute("CREATE DATABASE migrated_half")
            migrations.upgrade(cluster.url_of("migrated_half"))
            connection.execute(f"ALTER DATABASE migrated_half RENAME TO {name}")
    return name


@contextmanager
def town_of_its_own(cluster: clusters.Cluster, purpose: str) -> Iterator[Engine]:
    """A database with the small town, as its owner: what a module's tests do there stays done."""
    engine = db.connect(migrated_database(cluster, purpose))
    with engine.begin() as connection:
        Cast.settle(connection)
    yield engine
    engine.dispose()


def ran(work: Coroutine[object, object, Outcome]) -> Outcome:
    """In a thread of its own: in that of the tests the loop of a browser may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def plans_of(connection: Connection, ask: Callable[[], object], about: str = "") -> list[str]:
    """How PostgreSQL does each statement about this."""
    asked: list[tuple[str, object]] = []

    def keep(_connection, _cursor, statement, parameters, *_rest) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", keep)
    ask()
    event.remove(connection, "before_cursor_execute", keep)
    return [
        "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {said}", given))
        for said, given in asked
        if about in said
    ]


def log_plainly() -> None:
    """On stderr, and no more than what went wrong: each answer of a server in a line of its own
    would hide the assertion that failed. Left alone, each failure costs half a minute of drawing
    all its variables."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.reset_defaults()
    structlog.configure(
        processors=[_only_wrong, structlog.processors.add_log_level, plain],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _only_wrong(_logger: WrappedLogger, level: str, line: EventDict) -> EventDict:
    if level in ("debug", "info"):
        raise structlog.DropEvent
    return line


log_plainly()  # for fixtures of whole modules


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    log_plainly()


@cache
def app_url(owner: str) -> str:
    """The application's address of a migrated database. All processes know one password."""
    return approle.url(owner, ROOT / "var" / "test")


def addresses(owner: str) -> dict[str, str]:
    """What a command of ours is told of a database."""
    return {"GRIDPATROL_DATABASE_URL": owner, "GRIDPATROL_APP_URL": app_url(owner)}


@pytest.fixture(scope="session")
def engine(url: str) -> Iterator[Engine]:
    engine = db.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """As the owner, whom no row policy bounds; somebody acts, as in each transaction."""
    with engine.connect() as opened, opened.begin() as outer:
        acting(opened, nobody("somebody"))
        yield opened
        outer.rollback()


@pytest.fixture
def noon() -> datetime:
    """Monday 2026-11-16, noon in Shanghai."""
    return datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


@pytest.fixture
def planner() -> Actor:
    return Actor("planner", frozenset(Verb))


@pytest.fixture
def cast(connection: Connection) -> Cast:
    """Two townships, four grids, two squads: the small town everybody knows."""
    return Cast.settle(connection)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run: Playwright drives no second one in the same process."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
