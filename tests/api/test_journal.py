"""The journal as an auditor meets it over HTTP."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from api import deps
from layers.access import Actor, Pass, Verb
from layers.journal.actions import note, seal
from layers.people import actions as people
from layers.roles import VERBS, Role

FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def auditor(app) -> Actor:
    """From now on an auditor asks, who may do nothing else."""
    actor = Actor("auditor", VERBS[Role.AUDITOR])
    app.dependency_overrides[deps.actor] = lambda: actor
    return actor


@pytest.fixture
def write(connection: Connection, planner: Actor, noon: datetime):
    """Rows of the journal, a minute apart."""

    def written(*verbs: str, kind: str = "plans", subject: str = "7", **details: object) -> None:
        for minute, verb in enumerate(verbs):
            at = noon + timedelta(minutes=minute)
            note(connection, verb, kind, subject, actor=planner, at=at, **details)

    return written


def verbs(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["verb"] for row in answer.json()["items"]]


def test_the_newest_row_comes_first_with_its_seal_or_without(
    client, auditor, write, connection, noon
):
    write("draft")
    seal(connection, at=noon)
    write("approve", text="because <b>it</b> rained")

    newest, oldest = client.get("/api/journal").json()["items"]

    assert (newest["verb"], newest["seal"], newest["text"]) == (
        "approve", None, "because <b>it</b> rained",
    )  # fmt: skip
    assert (oldest["verb"], oldest["seal"]) == ("draft", 1)


def test_rows_come_in_pages_without_a_gap(client, auditor, write):
    write(*"abcde")

    first = client.get("/api/journal?limit=2")
    second = client.get("/api/journal", params={"limit": 2, "after": first.json()["next"]})

    assert (verbs(first), verbs(second)) == (["e", "d"], ["c", "b"])


def test_rows_are_filtered(client, auditor, write):
    write("draft", "approve")
    write("add", kind="people", subject="x")

    assert verbs(client.get("/api/journal?verb=draft")) == ["draft"]
    assert verbs(client.get("/api/journal?kind=people")) == ["add"]
    assert verbs(client.get("/api/journal?subject=7")) == ["approve", "draft"]
    assert verbs(client.get("/api/journal?actor=somebody")) == []
    later = {"since": "2026-11-16T12:01:00+08:00", "until": "2026-11-16T12:02:00+08:00"}
    assert verbs(client.get("/api/journal", params=later)) == ["approve"]
    assert client.get("/api/journal?verp=draft").json()["code"] == "malformed"


def test_people_are_called_by_their_login_and_never_by_their_name(
    client, auditor, write, connection, planner, noon
):
    person = people.add_person(connection, "zhang.san", "张三", actor=planner, at=noon)
    own = Actor(str(person), frozenset())
    note(connection, "sign_in", "people", str(person), actor=own, at=noon)

    answer = client.get("/api/journal")
    signed_in, added = answer.json()["items"]

    assert (signed_in["actor_login"], signed_in["subject_login"]) == ("zhang.san", "zhang.san")
    assert (added["actor_login"], added["actor"]) == (None, "planner")
    assert "张三" not in answer.text
    assert verbs(client.get(f"/api/journal?actor={person}")) == ["sign_in"]


def test_an_actor_is_looked_for_by_login_or_name(client, auditor, connection, planner, noon):
    person = people.add_person(connection, "zhang.san", "张三", actor=planner, at=noon)

    found = client.post("/api/journal/people", json={"text": "张"}).json()["items"]

    assert found == [{"id": str(person), "login": "zhang.san", "name": "张三"}]


def test_what_is_carried_away_runs_nothing_and_is_written_down(
    client, auditor, write, connection, noon
):
    write("approve", text=FORMULA)
    seal(connection, at=noon)
    write("draft", subject=FORMULA)

    answer = client.get("/api/journal.csv?kind=plans")
    draft, approve = csv.DictReader(answer.content.decode("utf-8-sig").splitlines())

    assert answer.headers["content-type"].startswith("text/csv")
    assert approve["text"] == draft["subject"] == f"'{FORMULA}"
    assert (approve["seal"], draft["seal"]) == ("1", "")
    assert approve["at"] == "2026-11-16T12:00:00+08:00"
    row = client.get("/api/journal").json()["items"][0]
    assert (row["verb"], row["kind"], row["details"]) == ("read", "journal", {"rows": 2})


def test_a_sound_journal_gives_the_head_to_note(client, auditor, write, connection, noon, work):
    write("draft", "approve")
    seal(connection, at=noon)

    done = work(client, client.post("/api/journal/verify", json={}))["result"]
    noted = f"{done['head']['number']}:{done['head']['digest']}"
    again = work(client, client.post("/api/journal/verify", json={"head": noted}))["result"]
    wrong = work(client, client.post("/api/journal/verify", json={"head": f"1:{'0' * 64}"}))

    assert (done["sound"], done["head"]["number"], done["fault"]) == (True, 2, None)
    assert again["sound"]
    assert wrong["result"]["fault"]["kind"] == "seal"


def test_a_row_that_was_changed_is_named(client, auditor, write, connection, noon, work):
    write("draft", "approve")
    seal(connection, at=noon)
    for statement in (
        "ALTER TABLE journal DISABLE TRIGGER journal_is_never_changed",
        "UPDATE journal SET verb = 'nothing' WHERE verb = 'draft'",
    ):
        connection.execute(text(statement))

    done = work(client, client.post("/api/journal/verify", json={}))["result"]

    entry = client.get("/api/journal?verb=nothing").json()["items"][0]["id"]
    assert done["fault"] == {"kind": "changed", "number": 1, "entry": entry}


def test_what_is_no_head_is_refused_at_once(client, auditor):
    answer = client.post("/api/journal/verify", json={"head": "1234"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_head")


@pytest.mark.parametrize("role", [role for role in Role if Verb.AUDIT not in VERBS[role]])
def test_no_other_role_reads_or_verifies_the_journal(client, app, write, role):
    write("draft")
    app.dependency_overrides[deps.actor] = lambda: Actor("somebody", VERBS[role])

    for answer in (
        client.get("/api/journal"),
        client.get("/api/journal.csv"),
        client.post("/api/journal/verify", json={}),
        client.post("/api/journal/people", json={"text": "a"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "may_not")


def test_a_time_without_a_zone_is_refused(client, auditor):
    naive = datetime(2026, 11, 16, tzinfo=UTC).replace(tzinfo=None).isoformat()

    assert client.get("/api/journal", params={"since": naive}).json()["code"] == "malformed"


def test_a_report_by_a_program_names_its_token(client, app, cast, planner, connection, noon):
    cast.report(119.905, 29.705, noon)
    connection.execute(text("UPDATE matters SET offered = true"))
    program = replace(planner, token=Pass(UUID(int=7), "operator"))
    report = {"id": str(UUID(int=8)), "matter": "S02", "lon": 119.905, "lat": 29.705,
              "occurred_at": noon.isoformat()}  # fmt: skip

    app.dependency_overrides[deps.actor] = lambda: program
    sent = client.post("/api/incidents", json=report)
    app.dependency_overrides[deps.actor] = lambda: planner
    [row] = client.get("/api/journal", params={"subject": report["id"]}).json()["items"]

    assert (sent.status_code, row["verb"]) == (201, "report")
    assert (row["token"], row["token_name"], row["token_issuer"]) == (
        str(UUID(int=7)), None, "operator",
    )  # fmt: skip
