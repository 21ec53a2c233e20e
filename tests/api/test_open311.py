"""Open311 GeoReport v2 as other cities' clients meet it: what everybody reads, who may report."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import jsonschema_rs
import orjson
import pytest
from anyio import sleep_forever
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from api import deps, turns
from api.cases import digest
from api.routes import open311 as routes
from layers import pictures
from layers.access import PUBLIC, Actor, Verb
from layers.errors import TooSoon
from tests.cast import Cast
from tests.layers.test_wall import as_application
from tests.pictures import drawn, encoded

V2 = "/open311/v2"
KEY = {"api_key": "gpt_x"}
QUESTIONS = orjson.dumps([
    {"code": "size", "datatype": "singlevaluelist", "zh": "多大", "en": "How big",
     "required": True, "hint_en": "About", "values": [
         {"key": "s", "zh": "小", "en": "Small"}, {"key": "l", "zh": "大", "en": "Large"}]},
    {"code": "kinds", "datatype": "multivaluelist", "zh": "种类", "en": "Kinds", "values": [
        {"key": "a", "zh": "甲", "en": "A"}, {"key": "b", "zh": "乙", "en": "B"}]},
    {"code": "bags", "datatype": "number", "zh": "袋数", "en": "Bags"},
    {"code": "note", "datatype": "text", "zh": "说明", "en": "Bring nothing", "variable": False},
]).decode()  # fmt: skip


@pytest.fixture
def town(cast: Cast, connection: Connection, noon: datetime) -> Cast:
    """Rubbish is a public matter."""
    cast.report(119.9031, 29.7042, noon)
    connection.execute(text("UPDATE matters SET offered = true, public = true"))
    return cast


@pytest.fixture
def asking(connection: Connection, town: Cast) -> None:
    connection.execute(text("UPDATE matters SET questions = CAST(:q AS jsonb)"), {"q": QUESTIONS})


def form(**more: object) -> dict[str, object]:
    return KEY | {"service_code": "S02", "lat": "29.70423", "long": "119.90317"} | more


def known(client: TestClient, **query: object) -> list[str]:
    answer = client.get(f"{V2}/requests.json", params=query)
    assert answer.status_code == 200, answer.text
    return [each["service_request_id"] for each in answer.json()]


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["code"]


# --- What there is ------------------------------------------------------------------------------


def test_discovery_names_the_endpoint_and_both_its_formats(client):
    told = client.get("/discovery.json").json()

    assert told["endpoints"][0]["url"] == "http://127.0.0.1/open311/v2"
    assert told["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    assert "<城管>" in told["contact"]


def test_xml_says_the_same_as_json_with_a_declaration_and_no_namespace(client, asking):
    answer = client.get(f"{V2}/services/S02.xml", headers={"Accept-Language": "zh"})

    root = ElementTree.fromstring(answer.content)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert root.tag == "service_definition"
    assert [e.text for e in root.findall("attributes/attribute/code")] == [
        "size", "kinds", "bags", "note"]  # fmt: skip
    assert root.findtext("attributes/attribute/values/value/name") == "小"
    assert root.findtext("attributes/attribute/required") == "true"
    assert root.find("attributes/attribute/datatype_description").text is None


def test_what_xml_cannot_hold_is_replaced_and_markup_is_text(client, town, connection):
    connection.execute(text("UPDATE matters SET name_en = :name"), {"name": "<b>\x01&\ufffe"})

    answer = client.get(f"{V2}/services.xml")

    assert (
        ElementTree.fromstring(answer.content).findtext("service/service_name")
        == "<b>\ufffd&\ufffd"
    )


def test_only_matters_that_are_offered_are_services(client, town, connection):
    before = client.get(f"{V2}/services.json").json()
    connection.execute(text("UPDATE matters SET offered = false"))

    assert [each["service_code"] for each in before] == ["S02"]
    assert client.get(f"{V2}/services.json").json() == []
    assert code(client.get(f"{V2}/services/S02.json")) == (404, "no_matter")


def test_answers_are_as_the_standards_schemas_say(client, asking, town, noon, shared: Path):
    town.report(119.9031, 29.7042, noon, "closed")
    schemas = shared / "ref_open311"

    def errors(name: str, found: object) -> list[str]:
        schema = orjson.loads((schemas / f"schema__georeport-v2__{name}.json").read_bytes())
        return [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(found)]

    services = client.get(f"{V2}/services.json").json()
    requests = client.get(f"{V2}/requests.json").json()
    assert len(services) == len(requests) == 1
    assert errors("service", services[0]) == errors("request", requests[0]) == []
    assert errors("service-definition", client.get(f"{V2}/services/S02.json").json()) == []


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


def test_a_question_that_takes_long_is_given_up(app, client, engine, monkeypatch):
    del app.dependency_overrides[deps.public_opening]
    monkeypatch.setattr(deps, "PUBLIC_PATIENCE_S", 0.05)

    with engine.begin() as other:
        other.execute(text("LOCK TABLE matters IN ACCESS EXCLUSIVE MODE"))
        answer = client.get(f"{V2}/services.json")

    assert code(answer) == (503, "took_too_long")
    assert answer.headers["retry-after"] == "5"


def test_who_reads_without_a_key_waits_in_a_line_apart(app, client, town):
    def in_line() -> int:
        return app.state.public.borrowed_tokens

    taken = []
    app.dependency_overrides[deps.public_connection] = lambda: taken.append(in_line())
    client.get(f"{V2}/services.json")
    app.dependency_overrides[deps.now] = lambda: taken.append(in_line())
    client.post(f"{V2}/requests.json", data=form())

    assert taken[0] == 1
    assert set(taken[1:]) == {0}
    assert in_line() == 0


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


def test_what_is_not_there_is_404_in_the_standards_shape(client, town):
    for path in ("requests/x", f"requests/{uuid4()}", f"tokens/{uuid4()}", "services/x", "no"):
        assert client.get(f"{V2}/{path}.json").status_code == 404
        assert ElementTree.fromstring(client.get(f"{V2}/{path}.xml").content).tag == "errors"
    assert client.get(f"{V2}/services.yaml").status_code == 404


def test_who_comes_too_soon_is_told_when_to_come_again(app, client):
    def busy() -> None:
        raise TooSoon("busy", seconds=7)

    app.dependency_overrides[deps.public_connection] = busy
    answer = client.get(f"{V2}/requests.json")

    assert code(answer) == (429, "busy")
    assert answer.headers["retry-after"] == "7"


def test_another_jurisdiction_is_404_and_ours_or_none_is_not(app, client, town, settings):
    app.state.given = app.state.settings = settings.model_copy(update={"division": "339901"})

    answers = [client.get(f"{V2}/services.json?jurisdiction_id={given}")
               for given in ("339901", "", "city.gov")]  # fmt: skip

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert code(answers[2]) == (404, "no_jurisdiction")


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


# --- Reporting ----------------------------------------------------------------------------------


def test_photographs_come_with_the_form_and_are_added_once(client, town):
    picture = encoded(drawn(640, 480))
    files = [
        ("media", ("1.jpg", picture, "image/jpeg")),
        ("media", ("2.jpg", picture, "image/jpeg")),
    ]
    sent = form(external_id="with-photos")

    answers = [client.post(f"{V2}/requests.json", data=sent, files=files) for _ in range(2)]
    other = client.post(f"{V2}/requests.json", data=sent, files=files[:1])

    [case] = {answer.json()[0]["service_request_id"] for answer in answers}
    shown = client.get(f"/api/incidents/{case}").json()["photos"]
    assert [(photo["kind"], photo["width"]) for photo in shown] == [("before", 640)] * 2
    assert code(other) == (400, "other_content")


def test_what_is_no_photograph_is_refused_with_its_report(client, town, connection):
    files = [("media", ("1.jpg", b"no picture", "image/jpeg"))]

    answer = client.post(f"{V2}/requests.json", data=form(), files=files)

    rows = connection.execute(text("SELECT count(*) FROM incidents WHERE source = 'open311'"))
    assert code(answer) == (400, "picture_unknown")
    assert rows.scalar_one() == 0


class Taken:
    """A place in a line that does not become free."""

    async def __aenter__(self) -> None:
        await sleep_forever()

    async def __aexit__(self, *_: object) -> None: ...


def test_few_forms_with_photographs_are_read_at_once_for_their_key_is_inside(
    app, client, town, monkeypatch
):
    app.state.bringing = Taken()
    monkeypatch.setattr(turns, "PATIENCE_S", 0.05)
    files = [("media", ("1.jpg", encoded(drawn()), "image/jpeg"))]

    answer = client.post(f"{V2}/requests.json", data=form(), files=files)

    assert code(answer) == (429, "photos_wait")
    assert client.post(f"{V2}/requests.json", data=form()).status_code == 200


def test_nobodys_photographs_are_drawn_who_may_not_report(app, client, town, monkeypatch):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.PLAN}))
    monkeypatch.setattr(pictures, "take", pytest.fail)
    files = [("media", ("1.jpg", encoded(drawn()), "image/jpeg"))]

    answer = client.post(f"{V2}/requests.json", data=form(), files=files)

    assert answer.status_code == 403


def test_a_report_is_kept_with_its_answers_and_gets_an_id(client, asking, connection):
    sent = form(**{
        "description": "桥下\n一堆", "media_url": "https://x.example/1.jpg", "device_id": "D-1",
        "address_string": "柳河路", "attribute[size]": "l", "attribute[kinds][]": ["a", "b"],
        "attribute[bags]": "3", "account_id": "A-1"})  # fmt: skip

    answer = client.post(f"{V2}/requests.json", data=sent)

    assert answer.status_code == 200, answer.text
    case = client.get(f"/api/incidents/{answer.json()[0]['service_request_id']}").json()
    kept = connection.execute(text("SELECT answers, row_to_json(incidents)::text AS all_of_it"
                                   " FROM incidents WHERE source = 'open311'")).one()  # fmt: skip
    assert (case["lon"], case["lat"], case["address"]) == (119.90317, 29.70423, "柳河路")
    assert case["description"] == "桥下\n一堆\nhttps://x.example/1.jpg"
    assert kept.answers == {"size": "l", "kinds": ["a", "b"], "bags": 3.0}
    assert not any(word in kept.all_of_it for word in ("D-1", "A-1", "gpt_x"))


def test_who_reported_is_sealed_even_if_the_sender_may_not_read_it(app, client, town, connection):
    app.dependency_overrides[deps.actor] = lambda: Actor(
        str(uuid4()), frozenset({Verb.REPORT}), frozenset()
    )
    sent = form(first_name="四", last_name="李", phone="13800001111", email="li@example.cn")

    first = client.post(f"{V2}/requests.json", data=sent).json()[0]["service_request_id"]

    app.dependency_overrides[deps.actor] = lambda: Actor("contact", frozenset(Verb))
    reporter = client.get(f"/api/incidents/{first}/reporter").json()
    written = connection.execute(text("SELECT string_agg(details::text, '') FROM journal"))
    assert (reporter["name"], reporter["phone"]) == ("李四", "13800001111")
    assert "1380000" not in written.scalar_one()


def test_the_same_external_id_and_content_gets_the_same_answer_and_other_content_400(
    client, town, connection
):
    sent = form(external_id="12345-1", extensions="true", phone="13800001111")

    answers = [client.post(f"{V2}/requests.json", data=sent).json() for _ in range(3)]
    other = client.post(f"{V2}/requests.json", data=sent | {"description": "x"})
    kept = connection.execute(text("SELECT content FROM incidents WHERE source = 'open311'"))
    bare = [(name, value) for name, value in sent.items() if name not in ("phone", "api_key")]
    assert kept.scalars().all() == [digest(sorted(bare))], "of a person no digest tells anything"

    rows = connection.execute(text("SELECT count(*) FROM incidents WHERE source = 'open311'"))
    assert answers[0] == answers[1] == answers[2]
    assert code(other) == (400, "other_content")
    assert rows.scalar_one() == 1


def test_the_same_again_gets_the_same_answer_though_its_matter_is_no_longer_offered(
    client, town, connection
):
    sent = form(external_id="12345-1")
    first = client.post(f"{V2}/requests.json", data=sent)
    connection.execute(text("UPDATE matters SET offered = false, public = false"))

    again = client.post(f"{V2}/requests.json", data=sent)
    new = client.post(f"{V2}/requests.json", data=form(external_id="12345-2"))

    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (
        200, first.json())  # fmt: skip
    assert code(new) == (404, "no_matter")


@pytest.mark.parametrize("townships", [None, frozenset()])
def test_a_place_far_from_the_bureau_is_refused_and_one_beside_it_goes_to_the_pool(
    townships, app, client, town
):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.REPORT}), townships)

    def sent(**place: str):
        return client.post(f"{V2}/requests.json", data=form(**place))

    far = [sent(lat="0", long="0"), sent(lat="39.9", long="116.4")]
    beside = sent(lat="29.704", long="120.3")

    assert [code(answer) for answer in far] == [(400, "place_far_away")] * 2
    assert "check lat and long" in far[0].json()[0]["description"]
    assert beside.status_code == 200
    case = client.get(f"/api/incidents/{beside.json()[0]['service_request_id']}").json()
    assert case["grid"] is None


def test_senders_do_not_meet_in_their_numbers(app, client, town):
    first = client.post(f"{V2}/requests.json", data=form(external_id="1"))
    app.dependency_overrides[deps.actor] = lambda: Actor("other", frozenset({Verb.REPORT}))

    second = client.post(f"{V2}/requests.json", data=form(external_id="1", description="x"))

    assert first.status_code == second.status_code == 200
    assert first.json() != second.json()


def test_an_address_is_found_by_its_code_or_by_the_one_longest_name_in_it(client, town, connection):
    for key, place in (("P1", "柳河"), ("P2", "柳河桥"), ("P3", "东门"), ("P4", "东门")):
        connection.execute(text(
            "INSERT INTO places (key, code, name, place, x, y, datum) VALUES"
            " (:key, :key, :name, ST_Point(119.905, 29.705, 4326), 1, 1, 'wgs84')"),
            {"key": key, "name": place})  # fmt: skip

    def status(**where: str) -> int:
        sent = KEY | {"service_code": "S02"} | where
        return client.post(f"{V2}/requests.json", data=sent).status_code

    assert status(address_id="P1") == status(address_string="西街柳河桥东 8 号") == 200
    assert status(address_id="no") == status(address_string="东门 3 号") == status() == 400
    assert status(lat="29.7") == 400
    assert status(lat="29.705", long="119.905") == 200
    off = connection.execute(text("SELECT accuracy_m FROM incidents WHERE source = 'open311'"))
    assert sorted(map(str, off.scalars())) == ["100.0", "100.0", "None"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"service_code": ""}, (400, "malformed")), ({"service_code": "x"}, (404, "no_matter")),
     ({"lat": "91"}, (400, "malformed")), ({"description": "x" * 4001}, (400, "malformed")),
     ({"media_url": "file:///etc/passwd"}, (400, "malformed")),
     ({"attribute[size]": ""}, (400, "answer_needed")),
     ({"attribute[size]": "m"}, (400, "bad_answer")),
     ({"attribute[bags]": "nan"}, (400, "bad_answer")),
     ({"attribute[no]": "1"}, (400, "no_question")),
     ({"attribute[note]": "1"}, (400, "no_question")),
     ({"api_key": ""}, (403, "no_api_key")), ({"api_key": "gps_session"}, (403, "no_api_key")),
     ({"jurisdiction_id": ""}, None)],
)  # fmt: skip
def test_a_report_that_cannot_be_kept_is_refused_in_the_standards_shape(
    wrong, told, client, asking
):
    answer = client.post(f"{V2}/requests.json", data=form(**{"attribute[size]": "s"} | wrong))

    assert (answer.status_code == 200) if told is None else (code(answer) == told)


def test_without_the_power_to_report_it_is_403(app, client, town):
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.FILE}))

    assert code(client.post(f"{V2}/requests.json", data=form())) == (403, "may_not")


def test_a_key_that_nobody_has_is_403_whatever_else_signs_the_request(app, client, town):
    del app.dependency_overrides[deps.actor]
    cookie = {"Cookie": "gridpatrol=gps_x", "Authorization": "Bearer gpt_y"}

    unknown = client.post(f"{V2}/requests.xml", data=form(), headers=cookie)
    none = client.post(f"{V2}/requests.json", data=form(api_key=""), headers=cookie)
    not_a_form = client.post(f"{V2}/requests.json", json=form())

    assert unknown.status_code == 403
    assert ElementTree.fromstring(unknown.content).findtext("error/code") == "not_signed_in"
    assert (code(none), code(not_a_form)) == ((403, "no_api_key"), (400, "not_a_form"))
