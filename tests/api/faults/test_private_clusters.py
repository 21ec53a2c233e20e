"""Servers that are killed or told to end, and their private database in an odd folder."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from api import cluster as clusters
from layers.roles import Role
from tests.api.faults.started import (
    answers,
    free_port,
    is_at_work,
    postmaster,
    run,
    serving,
    wait_until,
    wait_until_ready,
)
from tests.cast import MATTER
from tests.conftest import ROOT, addresses, town_of_its_own
from tests.signed import signed_in

DIES = """
import os, signal
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool
from api.cli.console import run

kept = []

@event.listens_for(Engine, "after_cursor_execute")
def _look(connection, cursor, statement, *_):
    if "incident_steps" in statement and "INSERT INTO" in statement:
        kept.append(statement)

@event.listens_for(Pool, "checkin")
def _die(*_):
    if kept:
        os.kill(os.getpid(), signal.SIGKILL)

run()
"""
"""A server that is killed once a report is committed, and before anybody is told."""


def test_a_server_killed_between_commit_and_answer_has_the_report_once(
    cluster: clusters.Cluster, tmp_path: Path
):
    with town_of_its_own(cluster, "killed_late") as engine:
        url = engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
        with engine.begin() as connection:
            connection.execute(MATTER)
            connection.execute(text("UPDATE matters SET offered = true"))
            secret = signed_in(connection, datetime.now(UTC), Role.ACCEPTOR)
        report = {
            "id": str(uuid4()), "matter": "S02", "occurred_at": datetime.now(UTC).isoformat(),
            "lon": 119.905, "lat": 29.705,
        }  # fmt: skip
        around = {**addresses(url), "GRIDPATROL_VAR": str(tmp_path)}
        port = free_port()

        with serving(port, command=(sys.executable, "-P", "-c", DIES), **around) as server:
            wait_until_ready(server, port)
            with pytest.raises(httpx2.TransportError):
                posted(port, report, secret)
            assert server.wait(20) == -signal.SIGKILL
        with serving(port, **around) as server:
            wait_until_ready(server, port)
            again = posted(port, report, secret)

        with engine.connect() as connection:
            kept = connection.execute(text("SELECT id FROM incidents")).scalars().all()
    assert (again.status_code, again.json()["id"]) == (200, report["id"])
    assert [str(one) for one in kept] == [report["id"]]


def posted(port: int, report: dict[str, object], secret: str) -> httpx2.Response:
    return httpx2.post(f"http://127.0.0.1:{port}/api/incidents", json=report, timeout=30,
                       headers={"authorization": f"Bearer {secret}"})  # fmt: skip


def test_a_private_cluster_that_is_killed_under_a_server_comes_back(tmp_path: Path):
    """In a folder whose name means something in addresses, in shells and in PostgreSQL's lists."""
    with odd_folder() as var:
        port = free_port()
        with serving(port, GRIDPATROL_VAR=str(var)) as server:
            wait_until_ready(server, port)
            os.kill(postmaster(clusters.find(var)), signal.SIGKILL)
            wait_until(lambda: not answers(port, "/readyz"), server)
            wait_until(lambda: answers(port, "/readyz"), server)
            assert server.poll() is None, "it is still the same server"


def test_a_server_that_is_told_to_end_stops_all_that_it_started():
    with odd_folder() as var:
        port = free_port()
        with serving(port, GRIDPATROL_VAR=str(var)) as server:
            worker = wait_until_ready(server, port)
            server.terminate()
            server.wait(timeout=30)

        assert not clusters.status(clusters.find(var))
        assert not is_at_work(worker)


def test_a_comma_which_parts_addresses_is_kept_out_of_them():
    assert "," not in str(clusters.find(ROOT / "var" / "test" / "a,b").sockets)


def test_the_private_database_is_backed_up_and_restored_from_an_odd_folder(tmp_path: Path):
    with odd_folder() as var:
        for command in (("backup", "kept.dump"), ("restore", "kept.dump", "--yes")):
            done = run("db", *command, cwd=tmp_path, GRIDPATROL_VAR=str(var))
            assert done.returncode == 0, done.stderr


@contextmanager
def odd_folder() -> Iterator[Path]:
    var = ROOT / "var" / "test-c++ 100% a&b's"
    try:
        yield var
    finally:
        clusters.stop(clusters.find(var))
        shutil.rmtree(var)
