"""Jobs that somebody asked for: done, refused, tried again and given up."""

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from api import practice, worker
from api.circumstances import Circumstances
from api.deps import OPERATOR
from api.settings import Settings
from api.ways import Engines
from layers import db
from layers.access import Actor
from layers.errors import Conflict, Invalid
from layers.files import silent
from layers.journal.actions import note
from layers.queue import actions as queue
from layers.queue import queries as jobs
from layers.queue.rules import TRIES
from tests.api.worker.waiting import ending


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
