"""Enquiries over HTTP: taken with a report, put with a case, answered, called back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from api import deps
from api.cases import digest
from layers.access import Actor, Verb

AT = "2026-11-16T11:30:00+08:00"
CALLER = {"name": "李四", "phone": "13800001111"}


@pytest.fixture(autouse=True)
def town(cast, connection: Connection) -> None:
    connection.execute(text(
        "INSERT INTO matters (code, name_zh, name_en, offered)"
        " VALUES ('S02', '垃圾', 'Rubbish', true)"
    ))  # fmt: skip


def report(**more: object) -> dict[str, object]:
    return {"id": str(uuid4()), "matter": "S02", "lon": 119.905, "lat": 29.705, "occurred_at": AT,
            "address": "柳河路 8 号", "source": "12345"} | more  # fmt: skip


def enquiry(**more: object) -> dict[str, object]:
    return {"id": str(uuid4()), "channel": "12345"} | more


@pytest.fixture
def taken(client: TestClient) -> Callable[..., dict[str, object]]:
    def take(**more: object) -> dict[str, object]:
        answer = client.post("/api/enquiries", json=enquiry(**({"report": report()} | more)))
        assert answer.status_code == 201, answer.text
        return answer.json()

    return take


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_call_becomes_a_case_with_its_order_and_its_caller(client):
    given = enquiry(report=report(), caller=CALLER, outside_no="2026-77",
                    respond_by="2026-11-18T17:00:00+08:00")  # fmt: skip

    answer = client.post("/api/enquiries", json=given)
    shown = answer.json()

    assert answer.status_code == 201
    assert (shown["outside_no"], shown["waits"], shown["state"]) == (
        "2026-77",
        "answer",
        "reported",
    )
    assert shown["incident"] == shown["case"] == given["report"]["id"]
    kept = client.get(f"/api/incidents/{shown['case']}/reporter").json()
    assert CALLER.items() <= kept.items()
    assert "13800001111" not in answer.text


def test_the_same_call_sent_again_is_the_same(client, connection):
    given = enquiry(report=report(), caller=CALLER)

    statuses = [client.post("/api/enquiries", json=given).status_code for _ in range(2)]
    other = client.post("/api/enquiries", json={**given, "outside_no": "1"})
    kept = connection.execute(text("SELECT content FROM enquiries")).scalars().all()
    bare = {name: value for name, value in given.items() if name != "caller"}

    assert statuses == [201, 200]
    assert kept == [digest(bare)], "of a person no digest tells anything"
    assert (other.status_code, other.json()["code"]) == (409, "other_content")
    assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == 1


def test_a_second_caller_for_one_heap_is_kept_with_a_report_of_their_own(client, taken):
    first = taken(caller=CALLER)

    second = taken(incident=first["case"], caller={"name": "王五", "phone": "13900002222"},
                   reason="同一堆垃圾")  # fmt: skip

    assert second["case"] == first["case"] != second["incident"]
    assert client.get(f"/api/incidents/{second['incident']}").json()["state"] == "merged"
    about = client.get(f"/api/enquiries?incident={first['case']}")
    assert set(ids(about)) == {first["id"], second["id"]}
    names = [client.get(f"/api/incidents/{one['incident']}/reporter").json()["name"]
             for one in (first, second)]  # fmt: skip
    assert names == ["李四", "王五"]


def test_a_question_about_a_known_case_brings_no_report(taken, connection):
    first = taken()

    second = taken(report=None, incident=first["case"])

    assert second["incident"] == first["case"]
    assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"incident": str(uuid4()), "caller": CALLER}, {"report": report(), "reason": "x"},
        {"report": report(), "incident": str(uuid4())}, {"report": report(), "channel": "pigeon"},
    ],
)  # fmt: skip
def test_what_does_not_say_what_it_is_about_is_refused(client, wrong):
    assert client.post("/api/enquiries", json=enquiry(**wrong)).status_code == 422


def test_nothing_is_kept_of_a_call_that_is_refused(client, taken, connection):
    taken(outside_no="2026-77")

    again = client.post("/api/enquiries", json=enquiry(report=report(), outside_no="2026-77"))

    assert (again.status_code, again.json()["code"]) == (409, "order_known")
    assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == 1


def test_an_enquiry_is_answered_and_whoever_asked_is_called_back(client, taken):
    at = f"/api/enquiries/{taken(caller=CALLER)['id']}"

    early = client.post(f"{at}/call-back", json={"reached": True})
    answered = client.post(f"{at}/answer", json={"text": "已清理"}).json()
    called = client.post(
        f"{at}/call-back", json={"reached": True, "satisfaction": 5, "remark": "很快"}
    ).json()

    assert early.json()["code"] == "not_answered"
    assert (answered["waits"], called["waits"]) == ("call_back", None)
    assert client.get(at).json() == called


def test_what_is_answered_on_the_way_leaves_the_last_word_to_come(client, taken):
    at = f"/api/enquiries/{taken(caller=CALLER)['id']}"

    on_the_way = client.post(f"{at}/answer", json={"text": "已派人", "final": False}).json()
    ended = client.post(f"{at}/answer", json={"text": "已清理"}).json()
    back = client.post(f"{at}/answer", json={"text": "又派人", "final": False})

    assert (on_the_way["waits"], on_the_way["interim"]) == ("answer", "已派人")
    assert on_the_way["answered_at"] is None
    assert (ended["waits"], ended["interim"], ended["answer"]) == ("call_back", "已派人", "已清理")
    assert (back.status_code, back.json()["code"]) == (409, "answered_already")


def test_whoever_was_not_reached_is_tried_again(client, taken, app):
    at = f"/api/enquiries/{taken(caller=CALLER)['id']}"
    client.post(f"{at}/answer", json={"text": "已清理"})

    first = client.post(f"{at}/call-back", json={"reached": False}).json()
    later = datetime.fromisoformat(first["called_back_at"]) + timedelta(hours=2)
    app.dependency_overrides[deps.now] = lambda: later
    second = client.post(f"{at}/call-back", json={"reached": False}).json()
    reached = client.post(f"{at}/call-back", json={"reached": True, "satisfaction": 4}).json()

    assert (first["waits"], second["waits"], reached["waits"]) == ("call_back", "call_back", None)
    assert datetime.fromisoformat(second["called_back_at"]) == later


def test_the_list_goes_by_the_deadline_page_by_page(client, taken):
    late = taken(respond_by="2026-11-16T13:00:00+08:00")["id"]
    past = taken(respond_by="2026-11-16T11:00:00+08:00")["id"]
    never = taken()["id"]

    first = client.get("/api/enquiries?limit=2")
    rest = client.get("/api/enquiries", params={"limit": 2, "after": first.json()["next"]})

    assert ids(first) + ids(rest) == [past, late, never]
    assert ids(client.get("/api/enquiries?overdue=true")) == [past]
    assert ids(client.get("/api/enquiries?waits=call_back")) == []


def test_a_case_in_a_list_tells_the_next_deadline_of_those_who_wait_for_it(client, taken, app):
    first = taken(respond_by="2026-11-18T17:00:00+08:00")
    taken(incident=first["case"], reason="同一堆", respond_by="2026-11-17T17:00:00+08:00")
    known = client.get("/api/incidents?state=reported").json()["items"]
    for sooner in client.get(f"/api/enquiries?incident={first['case']}&limit=1").json()["items"]:
        client.post(f"/api/enquiries/{sooner['id']}/answer", json={"text": "已派人"})
    after = client.get("/api/incidents?state=reported").json()["items"]
    worker = Actor("worker", frozenset({Verb.CHECK}), grids=frozenset({"339901101001001"}))
    app.dependency_overrides[deps.actor] = lambda: worker
    [unknown] = client.get("/api/incidents?state=reported").json()["items"]

    assert [one["respond_by"] for one in known] == ["2026-11-17T09:00:00Z"]
    assert [one["respond_by"] for one in after] == ["2026-11-18T09:00:00Z"]
    assert unknown["respond_by"] is None


def test_whoever_talks_to_nobody_is_shown_none(client, app):
    worker = Actor(
        "worker", frozenset({Verb.REPORT, Verb.CHECK}), grids=frozenset({"339901101001001"})
    )
    app.dependency_overrides[deps.actor] = lambda: worker

    assert client.get("/api/enquiries").status_code == 403
    assert client.get(f"/api/enquiries/{uuid4()}").status_code == 403


# --- Likely the same ----------------------------------------------------------------------------


def test_what_is_likely_the_same_is_told_before_a_case_is_saved_and_after(client, taken):
    first = taken()
    where = {"matter": "S02", "lon": 119.90505, "lat": 29.705, "at": AT}

    before = client.get("/api/incidents/similar", params=where).json()["items"]
    second = taken(report=report(lon=119.90505, occurred_at="2026-11-16T11:00:00+08:00"))
    after = client.get(f"/api/incidents/{second['case']}/similar").json()["items"]

    assert [one["id"] for one in before] == [one["id"] for one in after] == [first["case"]]
    assert (round(after[0]["metres"]), after[0]["hours"], before[0]["hours"]) == (5, 0.5, 0)


def test_of_a_matter_that_nobody_knows_nothing_is_like(client):
    asked = {"matter": "nonsense", "lon": 119.9, "lat": 29.7}

    answer = client.get("/api/incidents/similar", params=asked)

    assert (answer.status_code, answer.json()["code"]) == (422, "no_matter")


def test_before_a_check_is_asked_for_it_is_told_where_it_would_go(client, taken):
    at = f"/api/incidents/{taken()['case']}/checkers"

    assert client.get(at).json() == {"grid": None, "workers": 0, "name": None, "metres": None}
