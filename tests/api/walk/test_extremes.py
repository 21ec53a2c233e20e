"""What no calendar, number or letter of ours can hold is refused in words, wherever it is sent."""

from collections.abc import Iterator

import orjson
import pytest

from api.cli import console
from layers.errors import Invalid
from tests.api.walk.roles import EVERYTHING
from tests.api.walk.routes import bodies
from tests.api.walk.world import paths

ENDS = {
    "date": ("0001-01-01", "9999-12-31"),
    "date-time": ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    "integer": (10**30, -(10**30)),
    "number": (10**30, -(10**30)),
}
NOT_JSON = ("NaN", "-Infinity", "1e400", '"\\ud800"')


def ends(schema: dict[str, object]) -> Iterator[object]:
    """Values of a schema's kind that nothing of ours can hold."""
    for one in (schema, *schema.get("anyOf", ())):
        yield from ENDS.get(one.get("format", one.get("type")), ())


def of_form(described: dict[str, object], operation: dict[str, object]) -> dict[str, object]:
    """The fields of the JSON that a write takes, with their schemas."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return described["components"]["schemas"][name].get("properties", {}) if name else {}


def unnamed(told: dict[tuple[str, str, object], tuple[int, str]]) -> dict[object, object]:
    """Answers that are no refusal of just this value."""
    return {
        asked: answer for asked, answer in told.items()
        if answer[0] != 422 or asked[1] not in answer[1]
    }  # fmt: skip


def test_no_question_about_the_end_of_all_calendars_is_a_defect(app, ask, world):
    told = {
        (path, f"query.{one['name']}", end): ask(
            EVERYTHING, "GET", path, params={one["name"]: end})
        for route, operations in app.openapi()["paths"].items() if "get" in operations
        for one in operations["get"].get("parameters", ()) if one["in"] == "query"
        for path in paths(route, world) for end in ends(one["schema"])
    }  # fmt: skip

    assert len(told) > 40
    assert unnamed(told) == {}


def test_no_field_takes_what_nothing_can_hold(app, ask, world):
    described, sent = app.openapi(), bodies(world)
    told = {
        (path, f"body.{name}", end): ask(
            EVERYTHING, method.upper(), path,
            json=sent[f"{method.upper()} {route}"].get("json", {}) | {name: end})
        for route, operations in described["paths"].items()
        for method, operation in operations.items() if method != "get"
        for name, schema in of_form(described, operation).items()
        for path in paths(route, world)[:1] for end in ends(schema)
    }  # fmt: skip

    assert len(told) > 40
    assert unnamed(told) == {}


@pytest.mark.parametrize("value", NOT_JSON)
def test_what_json_does_not_have_is_refused_by_every_route(value, ask, world):
    told = {
        name: ask(EVERYTHING, method, path, content=spoilt(sent["json"], value),
                  headers={"content-type": "application/json"})[1]
        for name, sent in bodies(world).items() if "json" in sent
        for method, route in [name.split(" ")] for path in paths(route, world)[:1]
    }  # fmt: skip

    assert len(told) > 20
    assert {name: answer for name, answer in told.items() if '"malformed"' not in answer} == {}


UNREAD = {
    "nothing": (b"", "application/json"), "nothing of no type": (b"", None),
    "half": (b'{"a": ', "application/json"), "no type": (b'{"a": NaN}', None),
    "words": (b'{"a": 1}', "text/plain"), "capitals": (b'{"a": NaN}', "Application/JSON"),
    "a part": (b"--x\r\n", "multipart/form-data; boundary=x"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREAD)
def test_a_body_that_is_no_json_is_refused_by_every_route(what, app, ask, world):
    body, kind = UNREAD[what]
    told = {
        (method.upper(), path): ask(EVERYTHING, method.upper(), path, content=body,
                                    headers={"content-type": kind} if kind else {})[1]
        for route, operations in app.openapi()["paths"].items()
        for method, operation in operations.items() if of_form(app.openapi(), operation)
        for path in paths(route, world)[:1]
    }  # fmt: skip

    assert len(told) > 20
    assert {asked: answer for asked, answer in told.items() if '"malformed"' not in answer} == {}


def spoilt(sent: dict[str, object], value: str) -> bytes:
    """The same with such a value among its own."""
    return orjson.dumps({**sent, "x": "HERE"}).replace(b'"HERE"', value.encode())


def test_an_item_of_several_is_no_better_place_for_them(client, cast):
    for value in NOT_JSON:
        sent = spoilt({"items": [{"report": {"answers": {}}}]}, value)
        kind = {"content-type": "application/json"}
        answer = client.post("/api/incidents/batch", content=sent, headers=kind)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("end", ENDS["date-time"])
@pytest.mark.parametrize("name", ["start_date", "end_date", "updated_after", "updated_before"])
def test_open311_refuses_them_in_the_standards_shape(client, name, end):
    answer = client.get("/open311/v2/requests.json", params={name: end})

    assert (answer.status_code, answer.json()[0]["code"]) == (400, "malformed")
    assert name in answer.json()[0]["description"]


@pytest.mark.parametrize("typed", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "soon"])
def test_a_command_takes_no_other_days_than_a_route(typed):
    with pytest.raises(Invalid, match="bad_date"):
        console.day(typed)


@pytest.mark.parametrize("week", ["9999-W52", "0001-W01", "2026-W54"])
def test_a_week_that_no_plan_can_have_is_no_week(client, cast, week):
    answer = client.post("/api/plans", json={"week": week})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_week")
