import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, RowMapping, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from api import app as door
from api import cluster as clusters
from api import practice, worker
from api.circumstances import Circumstances
from api.deps import OPERATOR
from api.jobs import WORK
from api.settings import Settings
from api.ways import Engines
from api.worker import TIMETABLE, Regular
from layers import db
from layers.access import Actor, transaction
from layers.errors import Conflict, Invalid
from layers.files import silent
from layers.incidents.actions.writing import UNKEY
from layers.journal import queries
from layers.journal.actions import note
from layers.people import actions as people
from layers.people.queries import by_token
from layers.queue import actions as queue
from layers.queue import queries as jobs
from layers.queue.rules import TRIES
from layers.roles import BUREAU, Role
from tests.conftest import app_url, database_name, migrated_database

NAME = database_name("test_worker")
Seals = Callable[[], int]
Work = Callable[..., object]


@pytest.fixture
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    url = migrated_database(cluster, "test_worker")
    engine = db.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def ours(own: Engine) -> Iterator[Engine]:
    """The same database as the application meets it."""
    address = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    engine = db.connect(address, name=worker.NAME)
    yield engine
    engine.dispose()


@pytest.fixture
def append(own: Engine, planner: Actor, noon: datetime) -> Callable[[], None]:
    def appended() -> None:
        with own.begin() as connection:
            note(connection, "approve", "plans", "1", actor=planner, at=noon)

    return appended


@pytest.fixture
def seals(own: Engine) -> Seals:
    def counted() -> int:
        with own.begin() as connection:
            return connection.execute(text("SELECT count(*) FROM journal_seals")).scalar_one()

    return counted


@pytest.fixture
def work(ours: Engine, tmp_path: Path) -> Iterator[Callable[[], threading.Thread]]:
    """Starts a worker; all of them stop with the test."""
    stop, workers = threading.Event(), []

    def started() -> threading.Thread:
        at_work = threading.Thread(target=worker.work, args=(ours, Settings(var=tmp_path), stop))
        at_work.start()
        workers.append(at_work)
        return at_work

    yield started
    stop.set()
    for at_work in workers:
        at_work.join(timeout=10)
        assert not at_work.is_alive()


@pytest.fixture
def ask(own: Engine, noon: datetime, monkeypatch) -> Callable[[Work], UUID]:
    """Puts a job of the test's own into the queue."""

    def asked(job: Work) -> UUID:
        monkeypatch.setitem(WORK, "own", job)
        with own.begin() as connection:
            return queue.put(connection, "own", {}, actor=OPERATOR, at=noon)

    return asked


def ending(engine: Engine, job_id: UUID, actor: Actor) -> RowMapping:
    """How a job ended, waited for."""

    def now() -> RowMapping:
        with engine.begin() as connection:
            return jobs.one(connection, actor, job_id)

    wait_until(lambda: now()["finished_at"] is not None)
    return now()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


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


def test_a_refusal_that_holds_a_nul_ends_its_job_and_nothing_else(
    own: Engine, work, ask, planner: Actor
):
    def poisoned(*_: object) -> object:
        raise Invalid("columns_missing", columns="a\u0000b")

    job_id = ask(poisoned)
    at_work = work()

    ended = ending(own, job_id, planner)
    assert (ended["state"], ended["problem"]["values"]) == ("failed", {"columns": "ab"})
    assert at_work.is_alive()


def test_a_job_whose_failure_cannot_be_written_down_is_given_up(
    own: Engine, work, ask, planner: Actor
):
    def poisoned(*_: object) -> object:
        raise Invalid("columns_missing", columns="\ud800")

    job_id = ask(poisoned)
    at_work = work()

    ended = ending(own, job_id, planner)
    assert (ended["state"], ended["problem"]["code"]) == ("failed", "gave_up")
    assert at_work.is_alive()


def test_a_job_that_killed_its_workers_is_given_up_before_it_kills_another(
    own: Engine, work, ask, planner: Actor, noon: datetime
):
    done = []
    job_id = ask(lambda *_: done.append(1))
    with own.begin() as connection:
        for _ in range(TRIES):
            queue.begin(connection, job_id, at=noon)

    work()

    problem = {"code": "gave_up", "values": {"tries": TRIES}}
    assert ending(own, job_id, planner)["problem"] == problem
    assert not done


def test_a_job_is_done_in_the_name_of_whoever_asked(own: Engine, work, ask, planner: Actor):
    job_id = ask(lambda _connection, _arguments, around: {"by": around.actor.name})

    work()

    assert ending(own, job_id, planner)["result"] == {"by": OPERATOR.name}


@pytest.fixture
def person(own: Engine, planner: Actor, noon: datetime) -> UUID:
    """A planner of the whole bureau."""
    with own.begin() as connection:
        added = people.add_person(connection, "zhang.san", "张三", actor=planner, at=noon)
        people.grant(
            connection, added, Role.PLANNER, BUREAU, actor=planner, at=noon, today=noon.date()
        )
    return added


@pytest.fixture
def asker(own: Engine, noon: datetime) -> Callable[[UUID, datetime], UUID]:
    """Somebody asks for a plan over the web."""

    def asked(somebody: UUID, at: datetime = noon) -> UUID:
        with own.begin() as connection:
            who = Actor(str(somebody), frozenset())
            return queue.put(connection, "plan", {"week": "2026-W48"}, actor=who, at=at)

    return asked


def test_a_job_is_done_with_the_powers_that_its_asker_has_by_then(
    own: Engine, ours: Engine, person: UUID, asker, planner: Actor, noon: datetime, tmp_path: Path
):
    first, second = asker(person), asker(person, noon + timedelta(seconds=1))
    worker.do_next(ours, Settings(var=tmp_path))
    with own.begin() as connection:
        connection.execute(text("UPDATE powers SET valid_to = valid_from"))
    worker.do_next(ours, Settings(var=tmp_path))

    codes = [ending(own, job, planner)["problem"]["code"] for job in (first, second)]
    assert codes == ["no_grids", "may_not"]


@pytest.fixture
def program(own: Engine, person: UUID, planner: Actor, noon: datetime):
    """A program that may study, and asks for a plan in the planner's name."""
    today = noon.date()
    with own.begin() as connection:
        people.issue_token(connection, person, "gateway", b"t", ["study"], life=None,
                           actor=planner, at=noon, today=today)  # fmt: skip
        actor = by_token(connection, b"t", at=noon, today=today).actor
        return queue.put(connection, "plan", {"week": "2026-W48"}, actor=actor, at=noon)


def test_what_a_program_asked_for_is_done_within_its_scopes(
    own: Engine, ours: Engine, program: UUID, planner: Actor, tmp_path: Path
):
    worker.do_next(ours, Settings(var=tmp_path))

    problem = ending(own, program, planner)["problem"]
    assert problem == {"code": "may_not", "values": {"verb": "plan"}}


def test_what_a_program_asked_for_is_not_done_once_its_token_has_ended(
    own: Engine, ours: Engine, program: UUID, person: UUID, planner: Actor, noon, tmp_path: Path
):
    with own.begin() as connection:
        people.end_token(connection, person, "gateway", actor=planner, at=noon)

    worker.do_next(ours, Settings(var=tmp_path))

    assert ending(own, program, planner)["problem"]["code"] == "token_ended"


def test_a_job_whose_asker_has_left_is_not_done_and_says_so(
    own: Engine, ours: Engine, person: UUID, asker, planner: Actor, tmp_path: Path
):
    job = asker(person)
    with own.begin() as connection:
        connection.execute(text("UPDATE people SET state = 'disabled'"))

    assert worker.do_next(ours, Settings(var=tmp_path)) is True

    ended = ending(own, job, planner)
    assert (ended["state"], ended["problem"]) == ("failed", {"code": "asker_left", "values": {}})


def test_a_worker_holds_one_engine_of_travel_times_for_all_jobs(
    work, ask, own: Engine, planner: Actor
):
    held: list[Engines] = []

    def look(connection: Connection, _arguments: object, around: Circumstances) -> object:
        held.append(around.ways.engines(connection))
        return {}

    work()
    for _ in range(2):
        assert ending(own, ask(look), planner)["state"] == "done"

    assert held[0] is held[1]


def test_a_command_leaves_the_jobs_of_others_waiting(
    own: Engine, ours: Engine, ask, planner: Actor, noon: datetime, tmp_path: Path
):
    others = ask(lambda *_: {})
    with own.begin() as connection:
        at = noon + timedelta(seconds=1)
        mine = queue.put(connection, "own", {}, actor=OPERATOR, at=at)

    done = [worker.do_next(ours, Settings(var=tmp_path), only=at) for _ in range(2)]

    assert done == [True, False]
    with own.begin() as connection:
        states = [jobs.one(connection, planner, job)["state"] for job in (mine, others)]
    assert states == ["done", "waiting"]


def test_a_database_that_was_away_in_the_middle_of_a_job_is_tried_again(
    own: Engine, work, ask, planner: Actor
):
    tried = []

    def cut_off(*_: object) -> object:
        tried.append(1)
        if len(tried) == 1:
            raise OperationalError("COPY", {}, psycopg.OperationalError("as it happens"))
        return {}

    job_id = ask(cut_off)
    work()

    assert ending(own, job_id, planner)["state"] == "done"


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


def test_a_practice_town_of_another_size_is_not_passed_off_as_the_one_asked_for(
    own: Engine, planner: Actor, noon: datetime, tmp_path: Path
):
    around = Circumstances(Settings(var=tmp_path), planner, noon, silent)
    with own.begin() as connection:
        note(connection, practice.VERB, practice.KIND, "small", actor=planner, at=noon)

        practice.prepare(connection, "small", around)
        with pytest.raises(Conflict, match="other_town"):
            practice.prepare(connection, "prefecture", around)


def test_a_list_of_people_is_gone_as_soon_as_it_was_taken_in_and_not_before(
    own: Engine, ours: Engine, tmp_path: Path, noon: datetime
):
    taken, broken = tmp_path / "uploads" / "1" / "a.csv", tmp_path / "uploads" / "2" / "b.csv"
    for file, content in ((taken, "login,role\nli.si,planner\n"), (broken, "no such columns\n")):
        file.parent.mkdir(parents=True)
        file.write_text(content)
        with own.begin() as connection:
            asked = {"layer": "people", "path": str(file)}
            queue.put(connection, "import", asked, actor=OPERATOR, at=noon)

    while worker.do_next(ours, Settings(var=tmp_path)):
        pass

    with own.begin() as connection:
        ended = jobs.listed(connection, OPERATOR, db.Page(), jobs.Wanted("import"))
        assert sorted(job["state"] for job in ended) == ["done", "failed"]
    assert not taken.parent.exists()
    assert broken.exists()


def test_how_a_job_ended_is_told_by_its_number_and_not_by_what_it_was_about(ask, ours, tmp_path):
    def refused(*_) -> None:
        raise Conflict("no_grid", code="张三")

    with capture_logs() as told:
        done = ask(lambda *_: None)
        worker.do_next(ours, Settings(var=tmp_path))
        not_done = ask(refused)
        worker.do_next(ours, Settings(var=tmp_path))

    first, second = told
    assert (first["event"], first["job"], first["name"]) == ("job done", str(done), "own")
    assert (second["event"], second["job"]) == ("job refused", str(not_done))
    assert "张三" not in str(told)
