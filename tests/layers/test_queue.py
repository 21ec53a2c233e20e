from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from layers.access import Actor
from layers.errors import NotFound
from layers.queue import actions, queries


@pytest.fixture(autouse=True)
def _clean(engine: Engine):
    yield
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE jobs CASCADE"))


@pytest.fixture
def job(engine: Engine, planner: Actor, noon: datetime):
    with engine.begin() as connection:
        return actions.put(connection, "study", {"weeks": 12}, actor=planner, at=noon)


def test_two_workers_never_claim_the_same_job(engine: Engine, job, noon: datetime):
    with engine.begin() as first, engine.begin() as second:
        mine = actions.claim(first, at=noon)

        assert mine is not None and mine.id == job
        assert actions.claim(second, at=noon) is None


def test_a_killed_worker_leaves_its_job_waiting_and_the_attempt_counted(
    engine: Engine, job, noon: datetime
):
    with engine.connect() as killed:
        killed.begin()
        assert actions.claim(killed, at=noon) is not None
        with engine.begin() as beside:
            actions.begin(beside, job, at=noon)
        killed.invalidate()

    with engine.begin() as next_worker:
        assert actions.claim(next_worker, at=noon).id == job
        with engine.begin() as beside:
            assert actions.begin(beside, job, at=noon) == 2


def test_progress_is_seen_while_the_worker_still_holds_the_job(
    engine: Engine, job, planner: Actor, noon: datetime
):
    with engine.begin() as worker:
        actions.claim(worker, at=noon)
        with engine.begin() as beside:
            actions.begin(beside, job, at=noon)
            actions.tell(beside, job, "read", 30, 100)

        with engine.connect() as watcher:
            seen = queries.one(watcher, planner, job)

    assert (seen["state"], seen["stage"], seen["done"], seen["total"]) == (
        "running", "read", 30, 100,
    )  # fmt: skip


def test_a_failing_job_is_tried_again_later_and_gives_up_visibly(
    engine: Engine, job, planner: Actor, noon: datetime
):
    at = noon
    for _ in range(actions.TRIES):
        with engine.begin() as connection:
            assert actions.claim(connection, at=at) is not None
            actions.begin(connection, job, at=at)
            actions.fail(connection, job, {"code": "database_away"}, again=True, at=at)
            assert actions.claim(connection, at=at) is None
        at += timedelta(hours=1)

    with engine.connect() as watcher:
        seen = queries.one(watcher, planner, job)
    assert seen["state"] == "failed"
    assert seen["problem"] == {"code": "database_away"}


def test_another_persons_job_is_not_there(engine: Engine, job):
    stranger = Actor("stranger", frozenset())

    with engine.connect() as connection, pytest.raises(NotFound):
        queries.one(connection, stranger, job)


def test_a_nul_is_dropped_and_the_letters_of_its_escape_are_not(
    engine: Engine, job, planner: Actor, noon: datetime
):
    result = {"nul\x00": ["a\x00\x00b", "\\u0000", "\\\x00", "\\\\u0000"]}

    with engine.begin() as connection:
        actions.finish(connection, job, result, at=noon)

    with engine.connect() as connection:
        kept = queries.one(connection, planner, job)["result"]
    assert kept == {"nul": ["ab", "\\u0000", "\\", "\\\\u0000"]}


def test_a_failure_told_late_does_not_undo_what_was_done(
    engine: Engine, job, planner: Actor, noon: datetime
):
    with engine.begin() as connection:
        actions.begin(connection, job, at=noon)
        actions.finish(connection, job, {}, at=noon)
        actions.fail(connection, job, {"code": "defect"}, again=False, at=noon)

        assert queries.one(connection, planner, job)["state"] == "done"
