"""In whose name and with whose powers a job is done."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from api import worker
from api.deps import OPERATOR
from api.settings import Settings
from layers.access import Actor
from layers.people import actions as people
from layers.people.queries import by_token
from layers.queue import actions as queue
from tests.api.worker.waiting import ending


def test_a_job_is_done_in_the_name_of_whoever_asked(own: Engine, work, ask, planner: Actor):
    job_id = ask(lambda _connection, _arguments, around: {"by": around.actor.name})

    work()

    assert ending(own, job_id, planner)["result"] == {"by": OPERATOR.name}


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
