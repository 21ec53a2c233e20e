"""What a kill at any moment leaves behind: all that was acknowledged, nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api import cluster as clusters
from layers import migrations
from tests.conftest import ROOT, fresh_database


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clusters.Cluster]:
    """A cluster of the test's own, so that it may be killed."""
    folder = ROOT / "var" / "test-faults"
    found = clusters.find(folder)
    clusters.start(found)
    yield found
    clusters.stop(found)


def postmaster(cluster: clusters.Cluster) -> int:
    return int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])


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
    url = fresh_database(own, "killed_import")
    migrations.upgrade(url)
    townships(tmp_path / "t.csv")
    cases(tmp_path / "c.csv", rows=60_000)
    environment = {**os.environ, "GRIDPATROL_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
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
