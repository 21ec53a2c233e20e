"""Open311 GeoReport v2 as everybody reads it: the services there are, in both formats."""

from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import jsonschema_rs
import orjson
from sqlalchemy import text

from api import deps
from layers.errors import TooSoon
from tests.api.open311.client import V2, code, form


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
