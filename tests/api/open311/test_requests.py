"""What everybody may know of cases through Open311, and how they are searched."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from api import deps
from api.routes import open311 as routes
from layers.access import PUBLIC, Actor, Verb
from tests.api.cases.sending import said
from tests.api.open311.client import V2, code, known
from tests.layers.test_wall import as_application

# --- What everybody may know --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status"),
    [("reported", None), ("to_check", None), ("rejected", None), ("merged", None),
     ("filed", "open"), ("to_recheck", "open"), ("closed", "closed")],
)  # fmt: skip
def test_a_case_is_known_once_it_was_taken_up(state, status, client, town, noon):
    case = town.report(119.9031, 29.7042, noon, state)

    answer = client.get(f"{V2}/requests/{case}.json")

    told = answer.json()[0].get("status")
    assert (answer.status_code, told) == ((200, status) if status else (404, None))
    assert known(client) == ([str(case)] if status else [])
    assert client.get(f"{V2}/tokens/{case}.json").status_code == answer.status_code


@pytest.mark.parametrize("steps", [("force_close",), ("request_check", "force_close"),
                                   ("file", "send_back", "force_close")])  # fmt: skip
def test_what_was_closed_unfiled_is_not_known_until_it_is_taken_up(
    steps, client, town, noon, connection
):
    case = town.report(119.9031, 29.7042, noon)

    def do(verb: str) -> list[str]:
        answer = client.post(f"/api/incidents/{case}/steps/{verb}",
                             json=said(reason="骚扰", standard=True))  # fmt: skip
        assert answer.status_code == 200, answer.text
        with as_application(connection, PUBLIC) as ours:
            seen = ours.execute(text("SELECT id FROM incidents")).scalars().all()
            told = ours.execute(text("SELECT count(*) FROM public_steps(ARRAY[:id])"), {"id": case})
            assert (seen, told.scalar_one() > 0) == (
                ([case], True) if known(client) else ([], False)
            )
        return known(client)

    for verb in steps:
        shown = do(verb)

    assert (shown, do("reopen"), do("force_close")) == ([], [str(case)], [str(case)])


def test_words_that_were_taken_out_are_news_for_who_asks_what_changed(client, app, town, noon):
    case = town.report(119.9031, 29.7042, noon, "filed")
    later = noon + timedelta(hours=1)
    app.dependency_overrides[deps.now] = lambda: later
    before = known(client, updated_after=later.isoformat())

    client.post(f"/api/incidents/{case}/redact", json={"description": None, "reason": "本人要求"})

    assert (before, known(client, updated_after=later.isoformat())) == ([], [str(case)])


def test_a_matter_that_is_not_public_and_a_report_taken_back_are_not_shown(
    client, town, noon, connection
):
    town.report(119.9031, 29.7042, noon, "filed")
    shown = known(client)
    connection.execute(text("UPDATE incidents SET withdrawn = true"))
    taken_back = known(client)
    connection.execute(text("UPDATE incidents SET withdrawn = false"))
    connection.execute(text("UPDATE matters SET public = false"))

    assert (len(shown), taken_back, known(client)) == (1, [], [])


def test_the_database_itself_shows_everybody_nothing_more(town, noon, connection):
    shown = town.report(119.9031, 29.7042, noon, "filed")
    town.report(119.9031, 29.7042, noon)

    with as_application(connection, PUBLIC) as ours:
        cases = ours.execute(text("SELECT id FROM incidents")).scalars().all()
        beside = [
            ours.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ("incident_steps", "photos", "reporters", "grids", "people")
        ]
        changed = ours.execute(text("UPDATE incidents SET released = true")).rowcount

    assert (cases, beside, changed) == ([shown], [0] * 5, 0)


def test_the_place_is_coarse_and_the_words_are_shown_after_release_only(
    client, town, noon, connection
):
    case = town.report(119.903171, 29.704237, noon, "filed")
    connection.execute(text("UPDATE incidents SET address = 'A 8', description = 'by Li'"))
    at = f"{V2}/requests/{case}.json"

    before = client.get(at).json()[0]
    client.post(f"/api/incidents/{case}/release", json={"texts": True})
    after = client.get(at).json()[0]
    client.post(f"/api/incidents/{case}/release", json={"texts": False})

    assert (before["lat"], before["long"]) == (29.704, 119.903)
    assert (before["address"], before["description"], before["media_url"]) == (None, None, None)
    assert (after["address"], after["description"]) == ("A 8", "by Li")
    assert client.get(at).json()[0]["description"] is None
    assert before["agency_responsible"] == "柳河区<城管>局"
    assert before["status_notes"] == "Filed"


def test_a_release_takes_the_power_to_file_there_and_is_journalled(
    client, app, town, noon, connection
):
    case = town.report(119.9153, 29.7042, noon, "filed")
    at = f"/api/incidents/{case}/release"
    client.post(at, json={"texts": True})
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.CHECK}))

    refused = client.post(at, json={"texts": True})

    row = connection.execute(text("SELECT subject, details FROM journal WHERE verb = 'release'"))
    assert (refused.status_code, row.all()) == (403, [(str(case), {"texts": True})])


# --- Searching ----------------------------------------------------------------------------------


def test_the_last_90_days_are_searched_or_the_span_that_is_asked_for(client, town, noon):
    new, old = (
        str(town.report(119.9031, 29.7042, noon - timedelta(days=days), "filed"))
        for days in (1, 100)
    )

    assert known(client) == known(client, start_date="", status="") == [new]
    assert known(client, end_date=(noon - timedelta(days=95)).isoformat()) == [old]
    assert known(client, start_date=(noon - timedelta(days=101)).isoformat()) == [new, old][1:]
    assert known(client, service_request_id=f"{old},{uuid4()},x", status="closed") == [old]


def test_a_search_is_narrowed_by_service_status_and_update(client, town, noon, connection):
    opened = str(town.report(119.9031, 29.7042, noon - timedelta(days=2), "filed"))
    closed = str(town.report(119.9031, 29.7042, noon - timedelta(days=99), "closed"))
    connection.execute(text("UPDATE incidents SET closed_at = :at WHERE state = 'closed'"),
                       {"at": noon})  # fmt: skip

    assert known(client, status="open,closed") == [opened]
    assert known(client, status="closed") == []
    assert known(client, service_code="S02,x") == [opened]
    assert known(client, service_code="x") == []
    assert known(client, updated_after=(noon - timedelta(hours=1)).isoformat()) == [closed]
    assert known(client, updated_after=str(noon - timedelta(hours=1))) == [closed], "with a blank"
    assert known(client, updated_before=(noon - timedelta(hours=1)).isoformat()) == [opened]


def test_pages_end_with_an_empty_one(client, town, noon):
    cases = [
        str(town.report(119.9031, 29.7042, noon - timedelta(hours=n), "filed")) for n in range(3)
    ]

    pages = [known(client, page=page, page_size=2, extensions="true") for page in (1, 2, 3)]

    assert pages == [cases[:2], cases[2:], []]
    root = ElementTree.fromstring(client.get(f"{V2}/requests.xml?page=9").content)
    assert (root.tag, len(root)) == ("service_requests", 0)


def test_pages_are_counted_through_so_far_and_behind_the_last_there_is_still_nothing(
    client, town, noon, monkeypatch
):
    for hours in range(3):
        town.report(119.9031, 29.7042, noon - timedelta(hours=hours), "filed")
    behind = {"page": 1_000_000, "page_size": 1000}

    nothing = known(client, **behind)
    monkeypatch.setattr(routes, "DEEPEST", 2)

    assert nothing == []
    assert code(client.get(f"{V2}/requests.json", params=behind)) == (400, "page_too_deep")
    assert len(known(client, page=3, page_size=1)) == 1
    assert known(client, page=9, service_code="x") == []


@pytest.mark.parametrize(
    ("query", "told"),
    [({"start_date": "2026-11-01T00:00:00"}, (400, "malformed")),
     ({"status": "new"}, (400, "malformed")), ({"page": "0"}, (400, "malformed")),
     ({"start_date": "2026-08-03T00:00:00Z", "end_date": "2026-11-01T00:00:01Z"},
      (400, "span_too_long"))],
)  # fmt: skip
def test_a_search_that_cannot_be_understood_is_400_in_the_standards_shape(query, told, client):
    assert code(client.get(f"{V2}/requests.json", params=query)) == told
    as_xml = client.get(f"{V2}/requests.xml", params=query)
    assert ElementTree.fromstring(as_xml.content).findtext("error/code") == told[1]


def test_a_date_whose_plus_was_not_escaped_is_understood(client, town, noon):
    case = town.report(119.9031, 29.7042, noon, "filed")

    answer = client.get(f"{V2}/requests.json?start_date=2026-11-16T00:00:00.000001+08:00")

    assert [each["service_request_id"] for each in answer.json()] == [str(case)]


STEPPED = """
    INSERT INTO incident_steps (event_id, incident_id, version, verb, from_state, to_state, by,
        reason, happened_at, received_at, late, details)
    VALUES (gen_random_uuid(), :case, :n, 'x', :old, :new, '张三', 'secret', :at, :at, false, '{}')
"""


def test_extensions_tell_the_way_of_a_case_from_its_filing_on_and_what_was_answered(
    client, asking, town, noon, connection
):
    case = town.report(119.9031, 29.7042, noon, "dispatched")
    way = pairwise(["reported", "to_check", "filed", "filed", "dispatched"])
    for n, (old, new) in enumerate(way, start=1):
        done = {"n": n, "old": old, "new": new, "at": noon + timedelta(hours=n)}
        connection.execute(text(STEPPED), done | {"case": case})
    said = {"said": '{"kinds": ["a", "b"], "bags": 3}', "case": case}
    answered = "UPDATE incidents SET case_no = '26-000001', answers = :said WHERE id = :case"
    connection.execute(text(answered), said)

    def told(fmt: str = "json"):
        return client.get(f"{V2}/requests.{fmt}?extensions=true", headers={"Accept-Language": "en"})

    [before] = told().json()
    connection.execute(text("UPDATE incidents SET released = true"))
    after = ElementTree.fromstring(told("xml").content)

    assert [(note["datetime"], note["description"], note["type"]) for note in before["notes"]] == [
        ("2026-11-16T06:00:00+00:00", "Filed", "filed"),
        ("2026-11-16T08:00:00+00:00", "Dispatched", "dispatched"),
    ]
    assert before["extended_attributes"] == {"case_number": "26-000001"}
    assert before["attributes"] == []
    assert [e.text for e in after.findall("request/attributes/attribute/value")] == ["a", "b"]
    assert len(after.findall("request/notes/note")) == 2
    assert "notes" not in client.get(f"{V2}/requests/{case}.json").json()[0]
    assert "notes" in client.get(f"{V2}/requests/{case}.json?extensions=true").json()[0]


def test_words_released_after_its_end_are_found_by_who_asks_what_changed(
    client, town, noon, connection
):
    case = town.report(119.9031, 29.7042, noon, "closed")
    later = noon + timedelta(days=2)
    times = {"closed": noon, "updated": later}
    connection.execute(
        text("UPDATE incidents SET closed_at = :closed, updated_at = :updated"), times
    )

    found = client.get(f"{V2}/requests.json", params={"updated_after": later.isoformat()}).json()

    assert [one["service_request_id"] for one in found] == [str(case)]
