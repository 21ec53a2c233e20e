"""The work that comes round by the clock: seals, whatever else goes on or fails."""

import threading
import time
from datetime import datetime
from pathlib import Path

import psycopg
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from api import app as door
from api import cluster as clusters
from api import worker
from api.settings import Settings
from api.worker import TIMETABLE, Regular
from layers.access import Actor, transaction
from layers.incidents.actions.writing import UNKEY
from layers.journal import queries
from tests.api.worker.waiting import Seals, wait_until
from tests.conftest import database_name

NAME = database_name("test_worker")


def test_a_worker_seals_the_journal_second_by_second(work, append, seals: Seals):
    work()
    append()
    wait_until(lambda: seals() == 1)
    append()
    wait_until(lambda: seals() == 2)
    assert seals() == 2, "and no row twice"


def test_a_long_job_does_not_hold_up_the_timetable(work, ask, append, seals: Seals):
    begun, enough = threading.Event(), threading.Event()

    def long_job(*_: object) -> object:
        begun.set()
        return {"ended": enough.wait(30)}

    ask(long_job)
    work()
    assert begun.wait(20)
    append()
    wait_until(lambda: seals() == 1)
    enough.set()


def test_a_database_that_is_away_is_waited_for(
    own: Engine, cluster: clusters.Cluster, work, append, seals: Seals
):
    at_work = work()
    append()
    wait_until(lambda: seals() == 1)

    with psycopg.connect(cluster.url_of("postgres"), autocommit=True) as postgres:
        postgres.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS false")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (NAME,)
        )
        with capture_logs() as told:
            wait_until(lambda: {line.get("name") for line in told} >= {None, "seal"})
        postgres.execute(f"ALTER DATABASE {NAME} ALLOW_CONNECTIONS true")
    append()

    wait_until(lambda: seals() == 2)
    assert at_work.is_alive()


def test_two_workers_seal_each_row_once(
    own: Engine, work, append, seals: Seals, noon: datetime, planner: Actor
):
    work()
    work()
    for _ in range(30):
        append()
        time.sleep(0.1)

    wait_until(lambda: seals() == 30)
    with own.begin() as connection:
        assert queries.verify(connection, planner, at=noon).sound


def test_regular_work_that_fails_keeps_nothing_else_from_being_done(
    ours: Engine, append, seals: Seals
):
    failed, stop = [], threading.Event()

    def fail(*_: object) -> object:
        failed.append(1)
        raise RuntimeError("as it happens")

    timetable = (Regular("fail", 0.05, fail), *TIMETABLE)
    keeping = threading.Thread(target=worker.keep, args=(ours, timetable, stop))
    keeping.start()
    append()
    wait_until(lambda: seals() == 1 and len(failed) > 2)
    stop.set()
    keeping.join(timeout=10)

    assert not keeping.is_alive()


def test_a_first_load_of_cases_keeps_no_journal_from_being_sealed(
    ours: Engine, work, append, seals: Seals, planner: Actor
):
    with transaction(ours, planner) as loading:
        assert loading.execute(text(UNKEY)).scalar_one()
        work()
        append()
        wait_until(lambda: seals() == 1)


def test_whether_a_worker_is_there_is_told_apart_from_whether_the_server_is_ready(
    ours: Engine, work, append, seals: Seals, tmp_path: Path
):
    ours.dispose()
    url = ours.url.render_as_string(hide_password=False)
    with TestClient(door.create(Settings(var=tmp_path), url), "http://127.0.0.1") as client:
        alone = [client.get(path) for path in ("/readyz", "/readyz/worker")]
        work()
        append()
        wait_until(lambda: seals() == 1)
        together = client.get("/readyz/worker")

    assert [answer.status_code for answer in alone] == [200, 503]
    assert alone[1].json()["code"] == "worker_away"
    assert together.json() == {"status": "ok"}
