"""The secret link: whom it leads where, what becomes of a report, and how often it may be used."""

from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from structlog.testing import capture_logs

from api.limits import Allowance, Proven
from api.residents import BY_LINK, Patience
from tests.api.residents.resident import PICTURE, PLACE, REPORTS, TYPED, code, incidents, photo_of

# --- Links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 64, "%00", "字"])
def test_a_link_that_is_guessed_leads_nowhere(token, client, sent):
    sent()

    for path in (f"{REPORTS}/{token}", f"/r/{token}"):
        assert client.get(path).status_code == 404


def test_a_link_that_leads_nowhere_says_so_on_a_page_of_the_residents(client):
    answer = client.get(f"/r/{'A' * 22}?lang=en", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "leads nowhere" in answer.text and 'href="/report"' in answer.text
    assert 'href="/"' not in answer.text and "sign-in" not in answer.text


def test_a_link_leaves_no_trace(client, sent):
    token = sent().json()["token"]

    for path in (f"{REPORTS}/{token}", f"/r/{token}", "/report", "/api/public/ticket"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]


def test_no_line_of_the_log_holds_a_link_or_what_was_typed(client, sent):
    with capture_logs() as lines:
        token = sent(**TYPED).json()["token"]
        client.get(f"/r/{token}")
        client.post(f"{REPORTS}/{token}/satisfaction", json={"score": 9})
        client.put(f"{REPORTS}/{token}/photos/x", content=PICTURE)

    log = str(lines)
    assert "/api/public/reports/{token}/satisfaction" in log
    assert not [secret for secret in (token, *TYPED.values()) if secret in log]


def test_only_digests_of_links_are_kept(sent, connection):
    token = sent().json()["token"]
    tables = ("incidents", "enquiries", "journal", "incident_steps")

    kept = [connection.execute(text(f"SELECT string_agg(t::text, '') FROM {table} t")).scalar_one()
            for table in tables]  # fmt: skip

    assert not [table for table in kept if token in table]


def test_what_becomes_of_it_is_told_stage_by_stage(client, sent, connection):
    token = sent(**TYPED).json()["token"]
    case = connection.execute(text("SELECT id FROM incidents")).scalar_one()
    at = f"/api/incidents/{case}/steps"
    step = {"happened_at": "2026-11-16T12:00:00+08:00"}
    said = {"reason": "不属于本单位，问题在李四家"}

    before = client.get(f"{REPORTS}/{token}").json()
    done = client.post(f"{at}/reject", json={**step, "event_id": str(uuid4()), **said})
    rejected = client.get(f"{REPORTS}/{token}").json()
    client.post(f"/api/incidents/{case}/release", json={"texts": True})
    released = client.get(f"{REPORTS}/{token}").json()

    assert done.status_code == 200, done.text
    assert (before["stage"], rejected["stage"]) == ("received", "rejected")
    assert [one["stage"] for one in rejected["stages"]] == ["received", "rejected"]
    assert rejected["reason"] is rejected["description"] is None
    assert (released["reason"], released["description"]) == (said["reason"], TYPED["description"])
    assert "planner" not in str(released)


def test_the_answer_is_shown_to_whoever_asked(client, sent):
    token = sent().json()["token"]
    (enquiry,) = client.get("/api/enquiries").json()["items"]
    client.post(f"/api/enquiries/{enquiry['id']}/answer", json={"text": "明天清运"})

    assert client.get(f"{REPORTS}/{token}").json()["answer"] == "明天清运"
    assert "明天清运" in client.get(f"/r/{token}").text


def test_an_opinion_is_asked_at_the_end(client, sent, moved):
    at = f"{REPORTS}/{sent().json()['token']}"

    early = client.post(f"{at}/satisfaction", json={"score": 5})
    moved("closed")
    rated = client.post(f"{at}/satisfaction", json={"score": 4, "words": "很快"})
    (enquiry,) = client.get("/api/enquiries").json()["items"]

    assert code(early) == (409, "not_ended")
    assert (rated.json()["satisfaction"], rated.json()["opinion"]) == (4, "很快")
    assert (enquiry["satisfaction"], enquiry["opinion"], enquiry["own_rating"]) == (4, "很快", True)
    assert client.post(f"{at}/satisfaction", json={"score": 6}).status_code == 422


def test_nobody_is_called_who_has_said_already_how_satisfied_they_are(client, sent, moved):
    token = sent(phone="13800001111").json()["token"]
    (enquiry,) = client.get("/api/enquiries").json()["items"]
    answered = client.post(f"/api/enquiries/{enquiry['id']}/answer", json={"text": "已清运"}).json()
    moved("closed")

    client.post(f"{REPORTS}/{token}/satisfaction", json={"score": 4})

    (rated,) = client.get("/api/enquiries").json()["items"]
    assert (answered["waits"], rated["waits"]) == ("call_back", None)


# --- The same again -----------------------------------------------------------------------------


def test_what_is_near_can_be_followed_instead(client, sent, moved, ticket, connection):
    sent()
    moved("filed")
    asked = {"matter": "S02", **PLACE}
    (near,) = client.get("/api/public/near", params=asked).json()["items"]

    follow = {"id": str(uuid4()), "ticket": ticket(), "follow": near["id"]}
    followed = [client.post(REPORTS, json=follow) for _ in range(2)]
    shown = client.get(f"{REPORTS}/{followed[0].json()['token']}").json()

    assert (near["stage"], near["metres"]) == ("filed", 0)
    assert [answer.status_code for answer in followed] == [201, 200]
    assert shown["stage"] == "filed"
    assert incidents(connection) == 1
    assert client.put(photo_of(followed[0]), content=PICTURE).status_code == 404
    assert shown["photos"] is None


def test_nobody_is_led_to_what_is_near_but_of_a_matter_that_says_nothing(
    client, sent, moved, connection
):
    sent()
    moved("filed")

    connection.execute(text("UPDATE matters SET similar_m = 0"))

    assert client.get("/api/public/near", params={"matter": "S02", **PLACE}).json() == {"items": []}


# --- How much -----------------------------------------------------------------------------------


def test_a_link_may_be_used_so_often(client, sent, app):
    app.state.patience = Patience.fresh()
    at = f"{REPORTS}/{sent().json()['token']}"
    client.get(at)

    answers = [client.get(at).status_code for _ in range(int(BY_LINK.burst) + 1)]

    assert answers == [200] * int(BY_LINK.burst) + [429]


def test_links_that_lead_nowhere_are_counted_by_their_address(client, sent, away, app):
    few = Proven(BY_LINK, Allowance(burst=3, each_s=0.001))
    app.state.patience = replace(Patience.fresh(), by_link=few)
    known = f"{REPORTS}/{sent().json()['token']}"

    def guessed(sender: TestClient) -> list[int]:
        return [sender.post(f"/r/{n}/satisfaction", data={"score": 1}).status_code
                for n in range(4)]  # fmt: skip

    assert away.get(known).status_code == 200
    assert guessed(away) == [404, 404, 429, 429]
    assert guessed(client) == [404] * 4
    assert away.get(known).status_code == 200
