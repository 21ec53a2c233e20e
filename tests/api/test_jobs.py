"""/api/jobs: the queue as its asker and its administrator see it."""

import pytest

from layers.access import Actor, Verb
from layers.people import actions as people
from layers.queue import actions as queue
from layers.queue.rules import TRIES


@pytest.fixture
def waiting(connection, planner, noon):
    return queue.put(connection, "plan", {}, actor=planner, at=noon)


@pytest.fixture
def dead(connection, waiting, noon):
    for _ in range(TRIES):
        queue.begin(connection, waiting, at=noon)
        queue.fail(
            connection, waiting, {"code": "database_away", "values": {}}, again=True, at=noon
        )
    return waiting


def test_the_queue_is_told_at_a_glance(client, dead, connection, planner, noon):
    queue.put(connection, "plan", {}, actor=planner, at=noon)

    told = client.get("/api/jobs/standing").json()

    assert told == {
        "worker": False, "waiting": 1, "running": 0, "dead": 1, "oldest": "2026-11-16T04:00:00Z",
    }  # fmt: skip


def test_a_dead_job_is_marked_and_begins_anew(client, dead):
    (listed,) = client.get("/api/jobs?state=failed").json()["items"]
    assert (listed["dead"], listed["attempts"], listed["problem"]["code"]) == (
        True, TRIES, "database_away",
    )  # fmt: skip

    again = client.post(f"/api/jobs/{dead}/again").json()

    assert (again["state"], again["dead"], again["attempts"]) == ("waiting", False, 0)


def test_a_waiting_job_is_called_off_in_words(client, waiting):
    cancelled = client.post(f"/api/jobs/{waiting}/cancel").json()

    assert (cancelled["state"], cancelled["problem"]["code"]) == ("failed", "cancelled")
    assert "{" not in cancelled["problem"]["title"]
    twice = client.post(f"/api/jobs/{waiting}/cancel")
    assert (twice.status_code, twice.json()["code"]) == (409, "job_not_waiting")


def test_who_asked_is_named_by_login_for_who_manages(client, connection, planner, noon):
    person = people.add_person(connection, "zhang.san", "张三", actor=planner, at=noon)
    queue.put(connection, "plan", {}, actor=Actor(str(person), frozenset()), at=noon)

    (listed,) = client.get("/api/jobs").json()["items"]

    assert (listed["asked_by"], listed["login"]) == (str(person), "zhang.san")


def test_ones_own_jobs_are_listed_without_names_for_who_does_not_manage(client, app, waiting):
    from api import deps

    app.dependency_overrides[deps.actor] = lambda: Actor("planner", frozenset({Verb.PLAN}))

    (listed,) = client.get("/api/jobs").json()["items"]

    assert listed["login"] is None
    assert client.post(f"/api/jobs/{waiting}/cancel").json()["code"] == "may_not"
