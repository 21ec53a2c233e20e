"""What a kill at any moment leaves behind: all that was acknowledged, nothing half-written.

All are on one cluster of their own: they stay in one file, so that none runs beside another.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg
import pytest
from fastapi.testclient import TestClient
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from api import app as door
from api import cluster as clusters
from api.settings import Settings
from tests.api.faults.started import (
    COMMAND,
    answers,
    free_port,
    postmaster,
    run,
    serving,
    wait_until,
    wait_until_gone,
    wait_until_ready,
    workers,
)
from tests.cast import Cast
from tests.conftest import ROOT, addresses, fresh_database, migrated_database
from tests.signed import signed_in


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clusters.Cluster]:
    """A cluster of the test's own, so that it may be killed."""
    folder = ROOT / "var" / "test-faults"
    found = clusters.find(folder)
    clusters.start(found)
    yield found
    clusters.stop(found)


def test_what_was_committed_outlives_a_killed_database(own: clusters.Cluster):
    url = fresh_database(own, "killed")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n integer)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")

    os.kill(postmaster(own), signal.SIGKILL)
    clusters.start(own)

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_the_last_user_stops_the_cluster_and_not_before(own: clusters.Cluster):
    with clusters.running(own):
        with clusters.running(own):
            pass
        assert clusters.status(own)

    assert not clusters.status(own)


def test_the_cluster_opens_no_port_and_keeps_fsync_on(own: clusters.Cluster):
    with psycopg.connect(own.url_of("postgres")) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("listen_addresses", "fsync", "full_page_writes")
        }

    assert shown == {"listen_addresses": "", "fsync": "on", "full_page_writes": "on"}


def test_an_import_that_is_killed_leaves_nothing(own: clusters.Cluster, tmp_path: Path):
    url = migrated_database(own, "killed_import")
    townships(tmp_path / "t.csv")
    cases(tmp_path / "c.csv", rows=60_000)
    environment = {**os.environ, **addresses(url), "PYTHONPATH": str(ROOT)}
    importing = [sys.executable, "-P", "-m", "api.cli", "import"]
    subprocess.run([*importing, "townships", tmp_path / "t.csv"], env=environment, check=True,
                   capture_output=True)  # fmt: skip

    with psycopg.connect(url, autocommit=True) as watcher:
        started = subprocess.Popen(
            [*importing, "incidents", tmp_path / "c.csv"], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until_it_writes(watcher, started)
        started.kill()
        started.wait()
        kept = watcher.execute("SELECT count(*) FROM incidents").fetchone()

    assert kept == (0,)
    done = subprocess.run([*importing, "incidents", tmp_path / "c.csv"], env=environment,
                          check=True, capture_output=True, text=True)  # fmt: skip
    assert done.stdout.startswith("60,000 rows read = 60,000 new")


def wait_until_it_writes(watcher: psycopg.Connection, started: subprocess.Popen) -> None:
    """Until the import's own transaction is at its COPY or INSERT."""
    asked = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
               AND (query ILIKE 'COPY%' OR query ILIKE '%INSERT INTO incidents%')
               AND pid <> pg_backend_pid()"""
    deadline = time.monotonic() + 60
    while watcher.execute(asked).fetchone() == (0,):
        assert started.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)


def townships(path: Path) -> None:
    path.write_text('code,name,wkt\nT1,T,"POLYGON((119 29,120 29,120 30,119 30,119 29))"\n')


def cases(path: Path, rows: int) -> None:
    lines = (
        f"C{n},{119.1 + n % 800 / 1000},{29.1 + n // 800 / 1000},2026-10-{1 + n % 28:02d} 08:30"
        for n in range(rows)
    )
    path.write_text("external_id,lon,lat,occurred_at\n" + "\n".join(lines))


@pytest.fixture
def client(own: clusters.Cluster, tmp_path: Path) -> Iterator[TestClient]:
    url = migrated_database(own, "away")
    app = door.create(Settings(var=tmp_path), url)
    app.state.address = url
    with app.state.engine.begin() as connection:
        mine = {"authorization": f"Bearer {signed_in(connection, datetime.now(UTC))}"}
    here = {"client": ("127.0.0.1", 50_000), "headers": mine}
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False, **here) as opened:
        yield opened


def test_a_stopped_database_is_503_until_it_is_back(own: clusters.Cluster, client: TestClient):
    assert client.get("/api/townships").status_code == 200

    clusters.stop(own)
    away = client.get("/api/townships")
    clusters.start(own)

    assert (away.status_code, away.json()["code"]) == (503, "database_away")
    assert away.headers["Retry-After"]
    assert client.get("/api/townships").status_code == 200


def test_many_at_once_wait_for_a_connection_and_are_all_served(client: TestClient):
    with ThreadPoolExecutor(80) as crowd:
        answered = list(crowd.map(lambda _: client.get("/api/townships").status_code, range(160)))

    assert answered == [200] * 160


def test_no_connection_is_held_while_a_map_is_drawn(client: TestClient, monkeypatch):
    held, add_axes, engine = set(), Figure.add_axes, client.app.state.engine
    with engine.begin() as connection:
        Cast.settle(connection)

    def watched(figure: Figure, *given: object, **named: object) -> Axes:
        held.add(engine.pool.checkedout())
        return add_axes(figure, *given, **named)

    monkeypatch.setattr(Figure, "add_axes", watched)
    answer = client.get("/maps/incidents.png")

    assert (answer.status_code, held) == (200, {0})


def test_a_full_disk_is_503_and_nothing_is_kept(own: clusters.Cluster, client: TestClient):
    """A trigger raises what PostgreSQL raises when it cannot extend a file."""
    week = {"week": "2026-W48"}
    with psycopg.connect(client.app.state.address, autocommit=True) as connection:
        connection.execute(FULL)
        full = client.post("/api/plans", json=week, headers={"Origin": "http://127.0.0.1"})
        connection.execute("DROP TRIGGER full_disk ON jobs")
        kept = connection.execute("SELECT count(*) FROM jobs").fetchone()

    assert full.status_code == 503
    assert kept == (0,)
    again = client.post("/api/plans", json=week, headers={"Origin": "http://127.0.0.1"})
    assert again.status_code == 202


FULL = """
    CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON jobs EXECUTE FUNCTION no_space();
"""


def test_a_killed_server_takes_its_worker_along_and_starts_again(own: clusters.Cluster):
    url = migrated_database(own, "served")
    port = free_port()
    environment = {**os.environ, **addresses(url), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "api.cli", "serve", "--port", str(port)]

    for _ in range(2):
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
            worker = wait_until_ready(server, port)
            server.kill()
        wait_until_gone(worker)
        assert not answers(port, "/healthz")


def test_a_killed_worker_is_started_again(own: clusters.Cluster):
    url = migrated_database(own, "served_on")
    port = free_port()

    with serving(port, **addresses(url)) as server:
        killed = wait_until_ready(server, port)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: workers(server) not in ([], [killed]), server)
        wait_until(lambda: answers(port, "/readyz/worker"), server)
        assert killed not in workers(server)


def test_db_start_asks_for_it_to_stay_before_it_starts_it(own: clusters.Cluster):
    """So that a command which ends at this moment does not stop it."""
    home = own.folder.parent
    clusters.keep(own, False)

    with (home / "start.lock").open("a") as start, (home / "users.lock").open("a") as users:
        fcntl.flock(start, fcntl.LOCK_EX)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRIDPATROL_VAR": str(home.parent)}
        with subprocess.Popen([*COMMAND, "db", "start"], env=environment,
                              stdout=subprocess.DEVNULL) as starting:  # fmt: skip
            wait_until((home / "keep-running").exists, starting)
            wait_until(lambda: not is_free(users), starting)
            fcntl.flock(start, fcntl.LOCK_UN)

    assert clusters.status(own)
    clusters.keep(own, False)


def is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True


def test_a_password_is_not_on_the_command_line_of_a_backup(own: clusters.Cluster, tmp_path: Path):
    url = migrated_database(own, "secret")
    (tmp_path / "pg_dump").write_text(f'#!/bin/sh\necho "$@" "[$PGPASSWORD]" > {tmp_path}/seen\n')
    (tmp_path / "pg_dump").chmod(0o755)

    run("db", "backup", "kept.dump", cwd=tmp_path, PATH=f"{tmp_path}:{os.environ['PATH']}",
        GRIDPATROL_DATABASE_URL=url.replace("postgres@", "postgres:a+b%25@"))  # fmt: skip

    line, _, password = (tmp_path / "seen").read_text().rpartition(" ")
    assert password == "[a+b%]\n"
    assert "a+b" not in line and "dbname=secret" in line


def test_an_address_that_is_not_this_machines_is_refused_in_words(own: clusters.Cluster):
    done = run("serve", "--host", "example.org", **addresses(own.url))

    assert done.returncode == 1
    assert (
        done.stderr.startswith("Only this machine's own addresses") and "Trace" not in done.stderr
    )


def test_a_port_that_is_taken_is_told_in_one_line(own: clusters.Cluster):
    url = migrated_database(own, "taken")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), **addresses(url))

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert str(port) in done.stderr and "Serving" not in done.stderr
