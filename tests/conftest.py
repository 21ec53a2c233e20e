"""One real PostGIS for the run, one rolled-back transaction for each test, and a fixed time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import structlog
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Connection, Engine

from api import approle
from api import cluster as clusters
from layers import db, migrations
from layers.access import Actor, Verb, acting, nobody
from tests.cast import Cast

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
    made = fresh_database(cluster, "test")
    migrations.upgrade(made)
    return made


def database_name(purpose: str) -> str:
    """Apart from those of tests that run beside."""
    return f"{purpose}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def fresh_database(cluster: clusters.Cluster, purpose: str) -> str:
    """An empty database for a purpose."""
    name = database_name(purpose)
    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return cluster.url_of(name)


@contextmanager
def town_of_its_own(cluster: clusters.Cluster, purpose: str) -> Iterator[Engine]:
    """A database with the small town, as its owner: what a module's tests do there stays done."""
    url = fresh_database(cluster, purpose)
    migrations.upgrade(url)
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
    yield engine
    engine.dispose()


def log_plainly() -> None:
    """On stderr. Left alone, each failure costs half a minute of drawing all its variables."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.reset_defaults()
    structlog.configure(
        processors=[structlog.processors.add_log_level, plain],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


log_plainly()  # for fixtures of whole modules


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    log_plainly()


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
