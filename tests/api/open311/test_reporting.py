"""Who may report through Open311, what is kept of it, and what is refused."""

from uuid import uuid4
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from api import deps
from api.cases import digest
from layers.access import Actor, Verb
from tests.api.open311.client import KEY, V2, code, form


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
