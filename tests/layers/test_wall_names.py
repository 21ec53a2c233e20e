"""What the database lets somebody write, and in whose name."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from api.jobs import FOLLOWING
from layers.access import WORKER, Actor, Pass, Verb, nobody
from layers.people import actions as people
from tests.wall import as_application, counted, refused

DAY = date(2026, 11, 16)


def test_nobody_writes_the_journal_in_anothers_name(connection: Connection):
    entry = """INSERT INTO journal (at, actor, verb, kind, subject, details)
        VALUES (now(), :by, 'a', 'b', 'c', '{}')"""
    with as_application(connection, nobody("me")) as ours:
        ours.execute(text(entry), {"by": "me"})
        with refused(ours):
            ours.execute(text(entry), {"by": "you"})


def test_a_row_by_a_token_names_it(connection: Connection):
    entry = """INSERT INTO journal (at, actor, verb, kind, subject, details)
        VALUES (now(), 'me', 'a', 'b', 'c', CAST(:details AS jsonb))"""
    named, unnamed = f'{{"by_token": "{PASS.token}"}}', "{}"
    with as_application(connection, replace(nobody("me"), token=PASS)) as ours:
        ours.execute(text(entry), {"details": named})
        with refused(ours):
            ours.execute(text(entry), {"details": unnamed})
    with as_application(connection, nobody("me")) as ours, refused(ours):
        ours.execute(text(entry), {"details": named})


PASS = Pass(UUID(int=7), "somebody")
EVERY_VERB = Actor("me", frozenset(Verb))
JOB = """INSERT INTO jobs (id, name, arguments, actor, token, state, run_after, made_at)
    VALUES (gen_random_uuid(), :name, '{}', :by, :token, 'waiting', now(), now())"""


@pytest.mark.parametrize(
    ("actor", "job"),
    [
        (EVERY_VERB, {"by": "you"}), (EVERY_VERB, {"by": "worker"}),
        (EVERY_VERB, {"by": "operator"}),
        (EVERY_VERB, {"token": PASS.token}), (replace(EVERY_VERB, token=PASS), {}),
    ],
)  # fmt: skip
def test_a_job_is_put_in_ones_own_name_alone(actor: Actor, job, connection: Connection):
    with as_application(connection, actor) as ours, refused(ours):
        ours.execute(text(JOB), {"name": "plan", "by": "me", "token": None} | job)


CAUSES = {
    "grids.changed": {Verb.IMPORT}, "calendar.changed": {Verb.IMPORT, Verb.MANAGE},
    "message": {Verb.DISPATCH, Verb.FILE, Verb.LEAD},
}  # fmt: skip
"""What follows from what people do, and what that takes; the rest follows from no request."""


@pytest.mark.parametrize("name", sorted(FOLLOWING))
def test_what_is_done_as_the_worker_is_put_by_what_causes_it_alone(name, connection: Connection):
    others = frozenset(Verb) - CAUSES.get(name, set())
    job = {"name": name, "by": "me", "token": None}

    with as_application(connection, replace(EVERY_VERB, verbs=others)) as ours, refused(ours):
        ours.execute(text(JOB), job)
    with as_application(connection, WORKER) as ours:
        ours.execute(text(JOB), job | {"by": "worker"})
    if name in CAUSES:
        with as_application(connection, EVERY_VERB) as ours:
            ours.execute(text(JOB), job)

    assert counted(connection, "jobs") == (2 if name in CAUSES else 1)


def test_what_a_job_is_and_in_whose_name_is_said_once(connection: Connection):
    with as_application(connection, EVERY_VERB) as ours:
        ours.execute(text(JOB), {"name": "plan", "by": "me", "token": None})
        ours.execute(text("UPDATE jobs SET state = 'failed'"))
        for change in (
            "name = 'retention'",
            "actor = 'worker'",
            "token = NULL",
            "arguments = '{}'",
        ):
            with refused(ours):
                ours.execute(text(f"UPDATE jobs SET {change}"))


def test_of_a_token_only_its_end_is_changed_and_by_its_person(connection: Connection, noon):
    person = people.add_person(connection, "zhang", "", actor=WORKER, at=noon)
    people.issue_token(connection, person, "gateway", b"t", [], life=None, actor=WORKER,
                       at=noon, today=DAY)  # fmt: skip
    ended = text("UPDATE tokens SET ended_at = now()")

    with as_application(connection, nobody("somebody")) as ours:
        others = ours.execute(ended).rowcount
    with as_application(connection, nobody(str(person))) as ours:
        with refused(ours):
            ours.execute(text("UPDATE tokens SET scopes = '{manage}'"))
        own = ours.execute(ended).rowcount

    assert (others, own) == (0, 1)
