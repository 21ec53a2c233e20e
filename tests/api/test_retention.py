"""What was kept long enough is forgotten, each day, in batches, and written down."""

import os
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, select, text, update

from api import jobs as work
from api import retention, uploads, worker
from api.circumstances import Circumstances
from api.settings import Settings
from layers import blobs
from layers.access import WORKER, Actor, Pass, Verb, acting
from layers.errors import Forbidden, Invalid, NotFound
from layers.files import silent
from layers.incidents.tables import Incident
from layers.journal.actions import note
from layers.journal.queries import verify
from layers.journal.tables import Entry
from layers.migrations.wall import APPLICATION
from layers.queue import actions as queue
from layers.queue.tables import Job
from layers.reporters import actions as reporters
from layers.reporters.rules import Contact, Wishes
from layers.retention import actions, queries, rules
from layers.retention.rules import Kind
from layers.sealing import new_keyring

DAY = timedelta(days=1)
MANAGER = Actor("manager", frozenset({Verb.MANAGE}))


@pytest.fixture
def forget(connection: Connection, settings: Settings):
    """A run as the worker does it, behind the wall."""

    def forgotten(at: datetime, **more: object) -> dict[str, int]:
        connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
        acting(connection, WORKER)
        gone = retention.forget(connection, settings, actor=WORKER, at=at, **more)
        connection.execute(text("RESET ROLE"))
        return {kind: number for kind, number in gone.items() if number}

    return forgotten


@pytest.fixture
def closed(cast, connection, planner, noon):
    """The reporter of a case that was closed some days ago."""

    def kept(days: int) -> str:
        incident_id = cast.report(119.905, 29.705, noon)
        ring, wishes = new_keyring(), Wishes()
        reporters.keep(connection, incident_id, Contact("李四"), wishes,
                       ring=ring, actor=planner, at=noon)  # fmt: skip
        closing = update(Incident).where(Incident.id == incident_id)
        connection.execute(closing.values(closed_at=noon - days * DAY))
        return str(incident_id)

    return kept


def noted(connection: Connection) -> dict[str, dict[str, object]]:
    asked = select(Entry.subject, Entry.details).where(Entry.verb == "forget")
    return {row.subject: row.details for row in connection.execute(asked).all()}


def test_each_kind_goes_when_it_is_due_and_the_journal_says_which(
    forget, closed, connection, planner, noon
):
    old, _ = closed(184), closed(182)
    note(connection, "return", "plans", "1", actor=planner, at=noon - 1096 * DAY, text="张三说")
    note(connection, "return", "plans", "2", actor=planner, at=noon - 1094 * DAY, text="李四说")
    job = queue.put(connection, "plan", {"week": "x"}, actor=planner, at=noon)
    queue.finish(connection, job, {}, at=noon - 91 * DAY)
    waiting = queue.put(connection, "plan", {"week": "y"}, actor=planner, at=noon - 91 * DAY)

    gone = forget(noon)

    told = noted(connection)
    assert gone == {Kind.REPORTERS: 1, Kind.TEXTS: 1, Kind.JOBS: 1}
    assert told["reporters"] == {"count": 1, "ids": [old]}
    assert told["jobs"] == {"count": 1, "ids": [str(job)]}
    assert told["texts"]["count"] == 1
    assert connection.execute(select(Job.id)).scalars().all() == [waiting]
    texts = connection.execute(text("SELECT text FROM journal_texts")).scalars().all()
    assert texts == ["李四说"]
    assert verify(connection, planner, at=noon).fault is None
    assert forget(noon) == {}


def test_the_bureau_decides_how_long(forget, closed, connection, noon):
    closed(40)
    actions.keep_for(connection, Kind.REPORTERS, 60, actor=MANAGER, at=noon)
    longer = forget(noon)
    actions.keep_for(connection, Kind.REPORTERS, 39, actor=MANAGER, at=noon)

    assert (longer, forget(noon)) == ({}, {Kind.REPORTERS: 1})
    assert queries.days(connection)[Kind.REPORTERS] == 39


def test_a_dry_run_counts_and_keeps_everything(forget, closed, connection, noon, settings):
    closed(200)
    file = upload(settings, noon - 40 * DAY)

    due = forget(noon, limit=None, dry_run=True)

    assert due == {Kind.REPORTERS: 1, Kind.UPLOADS: 2}
    assert noted(connection) == {} and file.exists()
    assert forget(noon) == due
    assert not file.exists()


def test_what_phones_said_of_duty_goes_once_it_cannot_be_said_again(forget, cast, connection, noon):
    said = text("INSERT INTO duty_events (event_id, squad_code, said, happened_at, received_at)"
                " SELECT gen_random_uuid(), code, 'end', :at, :at FROM squads LIMIT 1")  # fmt: skip
    for days in (3, 5):
        connection.execute(said, {"at": noon - days * DAY})

    forget(noon)

    left = connection.execute(text("SELECT received_at FROM duty_events")).scalars().all()
    assert left == [noon - 3 * DAY]


def test_where_a_squad_was_after_its_shift_goes_once_no_more_can_come(
    forget, cast, connection, noon
):
    connection.execute(text("INSERT INTO devices (code, name, squad_code) VALUES ('P', 'x', 'S1')"))
    shift = text("INSERT INTO shifts (squad_code, starts_at, ends_at) VALUES ('S1', :on, :off)")
    fixes = text("INSERT INTO fixes (shift_id, device_code, fix_time, received_at, place, verdict)"
                 " SELECT id, 'P', ends_at + minutes * interval '1 minute', :at, home, 'good'"
                 " FROM shifts, squads, generate_series(-1, 1) AS minutes"
                 " WHERE squad_code = squads.code")  # fmt: skip
    for days in (2, 4):
        connection.execute(shift, {"on": noon - (days + 0.5) * DAY, "off": noon - days * DAY})
    connection.execute(fixes, {"at": noon})

    forget(noon)

    many = "SELECT count(*) FROM fixes JOIN shifts ON shifts.id = shift_id GROUP BY ends_at"
    assert connection.execute(text(f"{many} ORDER BY ends_at")).scalars().all() == [2, 3]


def test_a_job_forgets_in_batches_until_nothing_is_due(
    closed, connection, settings, noon, monkeypatch
):
    for _ in range(5):
        closed(200)
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention.forget, "__kwdefaults__",
                        {**retention.forget.__kwdefaults__, "limit": 2})  # fmt: skip
    worker.forget(connection, noon)
    sizes = []

    while (job := queue.claim(connection, at=noon, only=noon)) is not None:
        around = Circumstances(settings, WORKER, noon + DAY, silent)
        sizes.append(work.WORK[job.name](connection, job.arguments, around)[Kind.REPORTERS])
        queue.finish(connection, job.id, {}, at=noon)

    assert sizes == [2, 2, 1]


def test_what_is_due_is_chosen_once_however_it_is_joined(forget, connection, noon):
    said: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))

    forget(noon + 9999 * DAY, limit=2)

    changes = re.compile("UPDATE .* SET |DELETE FROM ")
    bounded = [one for one in said if "LIMIT" in one and changes.search(one)]
    assert len(bounded) == 10
    assert [one for one in bounded if "AS MATERIALIZED" not in one] == []


def test_words_of_steps_and_photographs_go_three_years_after_their_case_was_closed(
    forget, cast, connection, noon
):
    old, young, reopened = (cast.report(119.905, 29.705, noon) for _ in range(3))
    for case, closed_at in (
        (old, noon - 1096 * DAY), (young, noon - 1094 * DAY), (reopened, None)
    ):  # fmt: skip
        given = {"case": case, "at": noon, "closed": closed_at, "blob": b"x"}
        for statement in (CLOSE, STEP, PHOTO):
            connection.execute(text(statement), given)

    gone = forget(noon)

    told = noted(connection)
    assert gone == {Kind.STEPS: 1, Kind.PHOTOS: 1}
    assert told["steps"]["count"] == told["photos"]["count"] == 1
    steps = connection.execute(text("SELECT incident_id, reason, details FROM incident_steps"))
    assert {row.incident_id: (row.reason, row.details) for row in steps} == {
        old: (None, {"squad": "S1"}),
        **dict.fromkeys((young, reopened), ("张三家", {"squad": "S1", "text": "拆除"})),
    }
    left = connection.execute(text("SELECT incident_id FROM photos")).scalars().all()
    assert set(left) == {young, reopened}
    assert forget(noon) == {}


def test_words_of_cases_and_of_enquiries_go_in_time_and_the_rest_of_them_stays(
    forget, cast, connection, noon
):
    due = {days: cast.report(119.905, 29.705, noon) for days in (3651, 3649, 184, 182)}
    for days, case in due.items():
        given = {"case": case, "at": noon, "closed": noon - days * DAY}
        for statement in (CLOSE, TYPED, ENQUIRY):
            connection.execute(text(statement), given)

    gone = forget(noon)

    told = noted(connection)
    assert gone == {Kind.WORDS: 1, Kind.ENQUIRIES: 3}
    assert told["words"] == {"count": 1, "ids": [str(due[3651])]}
    cases = connection.execute(
        text("SELECT id, address, description, answers, redacted, updated_at FROM incidents")
    )
    assert {row[0]: tuple(row[1:]) for row in cases} == {
        due[3651]: (None, None, {}, True, noon),
        **dict.fromkeys(
            (due[3649], due[184], due[182]), ("李四家", "桥东", {"A": "x"}, False, None)
        ),
    }
    left = connection.execute(text(
        "SELECT incident_id FROM enquiries WHERE num_nonnulls(answer, remark, opinion, outside_no)"
        " = 4 AND answered_at IS NOT NULL"
    ))  # fmt: skip
    assert left.scalars().all() == [due[182]]
    assert forget(noon) == {}


TYPED = """
    UPDATE incidents SET address = '李四家', description = '桥东', answers = '{"A": "x"}'
    WHERE id = :case
"""
ENQUIRY = """
    INSERT INTO enquiries (id, incident_id, channel, received_at, content, outside_no, answer,
        answered_at, remark, opinion)
    VALUES (gen_random_uuid(), :case, '12345', :at, '', CAST(:case AS text), '李四', :at, '李四',
        '李四')
"""
CLOSE = "UPDATE incidents SET closed_at = :closed WHERE id = :case"
STEP = """
    INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
        happened_at, received_at, late, reason, details)
    VALUES (:case, 1, gen_random_uuid(), 'x', 'a', 'b', 'x', :at, :at, false, '张三家',
        '{"squad": "S1", "text": "拆除"}')
"""
PHOTO = """
    INSERT INTO photos (id, incident_id, kind, sha256, blob, small, width, height, bytes,
        received_at, by)
    VALUES (gen_random_uuid(), :case, 'before', :blob, :blob, :blob, 1, 1, 1, :at, 'x')
"""


def test_the_file_of_a_forgotten_photograph_is_swept(forget, cast, connection, noon, settings):
    case, content = cast.report(119.905, 29.705, noon), b"picture"
    blobs.keep(settings.blobs, content)
    given = {"case": case, "at": noon, "closed": noon - 1096 * DAY, "blob": blobs.digest(content)}
    for statement in (CLOSE, PHOTO):
        connection.execute(text(statement), given)

    forget(noon)
    later = Circumstances(settings, WORKER, datetime.now(noon.tzinfo) + 2 * DAY, silent)

    assert work.WORK["blobs"](connection, {}, later) == {"removed": 1}


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_nothing_is_kept_for_no_time_or_for_ever(connection, noon, days):
    with pytest.raises(Invalid, match="bad_retention"):
        actions.keep_for(connection, Kind.JOBS, days, actor=MANAGER, at=noon)


def test_nobody_does_away_with_a_kind_before_its_time(connection, noon):
    for kind, shortest in rules.SHORTEST.items():
        actions.keep_for(connection, kind, shortest, actor=MANAGER, at=noon)
        with pytest.raises(Invalid, match="bad_retention"):
            actions.keep_for(connection, kind, shortest - 1, actor=MANAGER, at=noon)
    connection.execute(text("UPDATE retention SET days = 1"))

    assert queries.days(connection) == rules.SHORTEST
    assert set(rules.SHORTEST) == set(rules.DAYS) == set(Kind)
    assert min(rules.SHORTEST[kind] for kind in (Kind.STEPS, Kind.PHOTOS)) == 365


def test_no_program_decides(connection, noon):
    program = replace(MANAGER, token=Pass(UUID(int=7), "somebody"))

    with pytest.raises(Forbidden, match="not_by_token"):
        actions.keep_for(connection, Kind.JOBS, 9, actor=program, at=noon)


def test_only_who_manages_decides(connection, noon):
    with pytest.raises(Forbidden):
        actions.keep_for(connection, Kind.JOBS, 9, actor=Actor("x", frozenset()), at=noon)
    with pytest.raises(NotFound, match="no_retention"):
        rules.kind_of("everything")


def test_the_periods_are_read_and_set_over_http(client):
    changed = client.put("/api/retention/reporters", json={"days": 365})
    wrong = [client.put(f"/api/retention/{kind}", json={"days": days}).status_code
             for kind, days in (("reporters", 0), ("photos", 364), ("everything", 9))]  # fmt: skip

    kept = {one["kind"]: one["days"] for one in client.get("/api/retention").json()["items"]}
    assert changed.json() == {"kind": "reporters", "days": 365, "shortest": 30}
    assert kept == {**rules.DAYS, "reporters": 365} and wrong == [422, 422, 422]


def upload(settings: Settings, at: datetime, name: str = "old") -> Path:
    """A file that was sent, with its refused rows."""
    file = settings.var / "uploads" / name / "a.csv"
    file.parent.mkdir(parents=True)
    file.touch()
    uploads.refused_of(file).touch()
    for path in (file.parent, uploads.refused_of(file)):
        os.utime(path, (at.timestamp(), at.timestamp()))
    return file


def test_uploads_go_a_month_after_their_job_ended(forget, connection, planner, noon, settings):
    old = noon - 31 * DAY
    for name, ended, sent in (
        ("ended", 31, old), ("waits", None, old), ("late", 1, old), ("new", None, noon),
    ):  # fmt: skip
        file = upload(settings, sent, name)
        job = queue.put(connection, "import", {"path": str(file)}, actor=planner, at=noon)
        if ended is not None:
            queue.finish(connection, job, {}, at=noon - ended * DAY)

    gone = forget(noon)

    left = {path.name.split(".")[0] for path in (settings.var / "uploads").iterdir()}
    assert gone == {Kind.UPLOADS: 2} and left == {"waits", "late", "new"}
    assert noted(connection)["uploads"]["ids"] == ["ended", "ended.refused.csv"]
