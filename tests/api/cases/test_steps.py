"""Steps over HTTP: which are open, what was done before, deadlines, and a release."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from api import deps
from tests.api.cases.sending import body, listed, said


@pytest.mark.parametrize("together", [False, True])
def test_whoever_lost_sight_of_a_case_is_told_that_their_step_was_done_before(
    together, client, offered, western, connection, noon
):
    case = str(offered.report(119.905, 29.705, noon))
    step = said(standard=True)

    def sent(step: dict[str, object], verb: str = "file") -> tuple[int, dict]:
        if not together:
            answer = client.post(f"/api/incidents/{case}/steps/{verb}", json=step)
            return answer.status_code, answer.json()
        items = [{"step": {"incident": case, "verb": verb, **step}}]
        [one] = client.post("/api/incidents/batch", json={"items": items}).json()["items"]
        return one["status"], one["body"]

    assert sent(step)[0] == 200
    away = "UPDATE incidents SET grid_id = :there WHERE id = :case"
    connection.execute(text(away), {"there": offered.grids[f"{offered.east}001001"], "case": case})

    status, answer = sent(step)
    assert (status, answer["code"]) == (409, "done_before")
    assert answer["values"]["id"] == step["event_id"]
    others = [sent(said(standard=True)), sent(step, "reject")]
    assert [(status, answer["code"]) for status, answer in others] == [(404, "no_incident")] * 2


def test_a_step_is_answered_with_the_case_and_again_the_same(client, offered):
    case = client.post("/api/incidents", json=body()).json()["id"]
    step = said(standard=True, seen_version=1)

    first = client.post(f"/api/incidents/{case}/steps/file", json=step)
    again = client.post(f"/api/incidents/{case}/steps/file", json=step)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert [done["verb"] for done in again.json()["steps"]] == ["report", "file"]


def test_a_step_that_is_not_open_tells_the_state_and_what_is(client, offered):
    case = client.post("/api/incidents", json=body()).json()["id"]

    answer = client.post(f"/api/incidents/{case}/steps/arrive", json=said())

    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "not_open")
    assert told["values"]["state"] == "reported"
    assert "file" in told["values"]["verbs"]
    assert "Reported" in told["title"]


def test_the_deadline_and_what_is_overdue_come_from_the_server(client, offered, app, noon):
    case = client.post("/api/incidents", json=body()).json()["id"]
    client.post(f"/api/incidents/{case}/steps/file", json=said(standard=True))
    sent = client.post(f"/api/incidents/{case}/steps/dispatch", json=said(squad="S1")).json()
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(minutes=30)
    on_time = client.get("/api/incidents?overdue=true").json()["items"]

    app.dependency_overrides[deps.now] = lambda: noon + timedelta(minutes=30, seconds=1)
    overdue = client.get("/api/incidents?overdue=true").json()["items"]

    assert sent["due"] == {"at": "2026-11-16T04:30:00Z", "soon_at": "2026-11-16T04:20:00Z",
                           "limit": "30m", "provisional": False}  # fmt: skip
    assert (on_time, [each["id"] for each in overdue]) == ([], [case])


def test_what_is_past_its_promise_is_overdue_and_stays_so_when_a_squad_is_sent(
    client, offered, later
):
    case = client.post("/api/incidents", json=body()).json()["id"]
    client.post(f"/api/incidents/{case}/steps/file", json=said(standard=True))
    on_time = listed(client, "overdue=true")

    later(timedelta(minutes=40))
    waiting = listed(client, "overdue=true")
    now = "2026-11-16T12:40:00+08:00"
    sent = said(squad="S1", happened_at=now)
    told = client.post(f"/api/incidents/{case}/steps/dispatch", json=sent).json()

    assert (on_time, waiting) == ([], [case])
    assert told["promised_by"] < told["due"]["at"]
    assert listed(client, "overdue=true") == [case]
    assert listed(client, "due_soon=true") == []


def test_a_returned_report_is_put_right_by_whoever_made_it(client, offered):
    sent = body()
    case = f"/api/incidents/{client.post('/api/incidents', json=sent).json()['id']}"
    returned = client.post(f"{case}/steps/return_report", json=said(reason="看不清")).json()
    now = {name: sent[name] for name in ("matter", "lon", "lat")} | {"description": "桥东"}

    amended = client.post(f"{case}/steps/amend", json=said(report=now)).json()

    assert (returned["returned"], "amend" in returned["verbs"]) == (True, True)
    assert (amended["returned"], amended["description"]) == (False, "桥东")
    assert client.post("/api/incidents", json=sent).status_code == 200


def test_a_release_is_shown_and_said_again_changes_nothing(client, offered, connection):
    case = f"/api/incidents/{client.post('/api/incidents', json=body()).json()['id']}"

    answers = [client.post(f"{case}/release", json={"texts": True}).json() for _ in range(2)]

    assert answers[0] == answers[1] == client.get(case).json()
    assert answers[0]["released"]
    told = text("SELECT count(*) FROM journal WHERE verb = 'release'")
    assert connection.execute(told).scalar_one() == 1
