from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, select, text

from layers.access import Actor, Verb
from layers.db import Page
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.journal.tables import Entry
from layers.queue import actions, queries
from layers.queue.queries import Standing, Wanted
from layers.queue.rules import TRIES


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
        gone = {"pid": killed.connection.dbapi_connection.info.backend_pid, "within_ms": 5000}
        killed.invalidate()

    with engine.begin() as next_worker:
        next_worker.execute(text("SELECT pg_terminate_backend(:pid, :within_ms)"), gone)
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
    for _ in range(TRIES):
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


@pytest.mark.parametrize(
    "stranger",
    [
        Actor("stranger", frozenset()),
        Actor("stranger", frozenset(Verb) - {Verb.MANAGE}),
        Actor("stranger", frozenset(Verb), frozenset({"339901101"})),
        Actor("stranger", frozenset(Verb), narrower={Verb.MANAGE: frozenset({"339901101"})}),
    ],
)
def test_another_persons_job_is_not_there(engine: Engine, job, stranger: Actor):
    with engine.connect() as connection:
        assert queries.listed(connection, stranger, Page(), Wanted()) == []
        with pytest.raises(NotFound):
            queries.one(connection, stranger, job)


def test_who_manages_the_bureau_sees_everybodys_jobs_and_who_asked(engine: Engine, job):
    manager = Actor("manager", frozenset({Verb.MANAGE}))

    with engine.connect() as connection:
        (listed,) = queries.listed(connection, manager, Page(), Wanted())
        found = queries.one(connection, manager, job)

    assert dict(listed) == dict(found)
    assert (listed["id"], listed["asked_by"], listed["state"]) == (job, "planner", "waiting")


@pytest.fixture
def several(engine: Engine, planner: Actor, noon: datetime) -> list[UUID]:
    """Five jobs, two of each moment; the second is done and the third at work."""
    with engine.begin() as connection:
        made = [
            actions.put(
                connection, "plan" if number % 2 else "import", {},
                actor=planner, at=noon + timedelta(seconds=number // 2),
            )
            for number in range(5)
        ]  # fmt: skip
        actions.finish(connection, made[1], {}, at=noon)
        actions.begin(connection, made[2], at=noon)
    return made


def test_jobs_come_newest_first_page_by_page(engine: Engine, several, planner: Actor):
    seen, after = [], ""
    with engine.connect() as connection:
        while page := queries.listed(connection, planner, Page(after, 2), Wanted()):
            seen += [several.index(row["id"]) for row in page]
            after = queries.key(page[-1])

    assert [number // 2 for number in seen] == [2, 1, 1, 0, 0]
    assert sorted(seen) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(name="plan"), {1, 3}),
        (Wanted(state="done"), {1}),
        (Wanted(state="running"), {2}),
        (Wanted(state="waiting"), {0, 3, 4}),
        (Wanted(name="import", state="waiting"), {0, 4}),
        (Wanted(state="failed"), set()),
    ],
)
def test_jobs_are_listed_by_name_and_state(engine: Engine, several, planner, wanted, found):
    with engine.connect() as connection:
        rows = queries.listed(connection, planner, Page(), wanted)

    assert {several.index(row["id"]) for row in rows} == found


def test_a_key_of_another_list_is_refused(engine: Engine, planner: Actor):
    with engine.connect() as connection, pytest.raises(Invalid, match="bad_page_key"):
        queries.listed(connection, planner, Page("339901101"), Wanted())


def test_a_command_claims_only_what_it_put_itself(engine: Engine, several, noon: datetime):
    own, others = noon + timedelta(seconds=1), noon + timedelta(seconds=9)

    with engine.begin() as connection:
        claimed = actions.claim(connection, at=others, only=own)
        assert several.index(claimed.id) in (2, 3)
        assert actions.claim(connection, at=others, only=others) is None
        assert several.index(actions.claim(connection, at=others).id) == 0


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


# --- Helping on, and calling off ----------------------------------------------------------------


@pytest.fixture
def dead(engine: Engine, job: UUID, noon: datetime) -> UUID:
    """A job that was given up after all its tries."""
    for _ in range(TRIES):
        with engine.begin() as connection:
            actions.begin(connection, job, at=noon)
            actions.fail(connection, job, {"code": "database_away"}, again=True, at=noon)
    return job


def test_a_dead_job_is_told_from_one_that_was_refused(connection, dead, planner, noon):
    refused = actions.put(connection, "plan", {}, actor=planner, at=noon)
    actions.begin(connection, refused, at=noon)
    actions.fail(connection, refused, {"code": "no_townships"}, again=False, at=noon)

    assert queries.one(connection, planner, dead)["dead"]
    assert not queries.one(connection, planner, refused)["dead"]
    assert queries.standing(connection, planner) == Standing(0, 0, 1, None)


def test_a_dead_job_begins_anew_with_all_its_tries(connection, dead, planner, noon):
    later = noon + timedelta(days=1)

    actions.try_again(connection, dead, actor=planner, at=later)

    assert queries.standing(connection, planner) == Standing(1, 0, 0, noon)
    assert actions.claim(connection, at=later).id == dead
    assert actions.begin(connection, dead, at=later) == 1


def test_a_job_that_waits_is_called_off_and_not_done(connection, job, planner, noon):
    actions.cancel(connection, job, actor=planner, at=noon)

    assert actions.claim(connection, at=noon) is None
    seen = queries.one(connection, planner, job)
    assert (seen["state"], seen["problem"]["code"], seen["dead"]) == ("failed", "cancelled", False)


def test_a_job_at_which_a_worker_is_cannot_be_called_off(
    engine: Engine, connection: Connection, job, planner, noon
):
    with engine.begin() as worker:
        actions.claim(worker, at=noon)

        with pytest.raises(Conflict, match="job_not_waiting"):
            actions.cancel(connection, job, actor=planner, at=noon)


def test_what_has_not_failed_does_not_begin_anew(connection, job, planner, noon):
    with pytest.raises(Conflict, match="job_not_failed"):
        actions.try_again(connection, job, actor=planner, at=noon)


@pytest.mark.parametrize("act", [actions.try_again, actions.cancel])
def test_only_who_manages_helps_jobs_on_or_calls_them_off(connection, job, noon, act):
    asker = Actor("planner", frozenset(Verb) - {Verb.MANAGE})

    with pytest.raises(Forbidden):
        act(connection, job, actor=asker, at=noon)
    with pytest.raises(NotFound):
        act(connection, UUID(int=0), actor=Actor("m", frozenset({Verb.MANAGE})), at=noon)


def test_the_journal_knows_who_helped_on_and_who_called_off(
    connection: Connection, planner: Actor, noon: datetime
):
    job = actions.put(connection, "plan", {}, actor=planner, at=noon)

    actions.cancel(connection, job, actor=planner, at=noon)
    actions.try_again(connection, job, actor=planner, at=noon)

    told = select(Entry.verb, Entry.subject).where(Entry.kind == "jobs").order_by(Entry.id)
    assert [tuple(row) for row in connection.execute(told)] == [
        ("cancel", str(job)), ("try_again", str(job)),
    ]  # fmt: skip


def test_an_imports_row_names_its_layer_and_file_without_the_folder(
    connection: Connection, planner: Actor, noon: datetime
):
    arguments = {"layer": "units", "path": "/var/uploads/7/单位.csv", "dry_run": True}
    job = actions.put(connection, "import", arguments, actor=planner, at=noon)

    seen = queries.one(connection, planner, job)

    assert (seen["layer"], seen["file"], seen["dry_run"]) == ("units", "单位.csv", True)
