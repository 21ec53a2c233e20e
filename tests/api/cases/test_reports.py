"""Reports over HTTP: once, whole, and in words when they are refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from api import deps
from layers.access import WORKER, Actor, Verb
from layers.people import actions as people
from layers.roles import Area, AreaKind, Role
from tests.api.cases.sending import body, said
from tests.cast import WEST

DAY = timedelta(days=1)


def test_a_report_is_answered_with_its_case(client, offered):
    sent = body(moved={"lon": 119.9051, "lat": 29.7051})

    answer = client.post("/api/incidents", json=sent)

    case = answer.json()
    assert answer.status_code == 201
    assert (case["id"], case["state"], case["version"]) == (sent["id"], "reported", 1)
    assert (case["grid"], case["township"]) == (f"{WEST}001001", WEST)
    assert case["steps"][0]["verb"] == "report"
    assert {"file", "reject", "request_check"} <= set(case["verbs"])
    assert client.get(f"/api/incidents/{sent['id']}").json() == case


def test_the_same_report_is_200_whatever_the_order_of_its_fields_and_another_409(client, offered):
    sent = body()
    first = client.post("/api/incidents", json=sent)

    again = client.post("/api/incidents", json=dict(reversed(sent.items())))
    other = client.post("/api/incidents", json=sent | {"description": "x"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json()
    assert other.json()["code"] == "other_content"


def test_a_place_on_another_datum_is_kept_as_it_came_and_moved(client, offered):
    sent = body(lon=119.9098, lat=29.7024, datum="gcj02")

    case = client.post("/api/incidents", json=sent).json()

    assert (case["x"], case["y"], case["datum"]) == (119.9098, 29.7024, "gcj02")
    assert abs(case["lon"] - 119.9098) > 0.003


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"matter": "no such"}, "no_matter"), ({"lon": 200}, "malformed"), ({"x": 1}, "malformed"),
     ({"occurred_at": "2026-11-16T12:00:00"}, "malformed"),
     ({"description": "\x00"}, "malformed")],
)  # fmt: skip
def test_a_report_that_cannot_be_kept_is_told_why(wrong, code, client, offered, connection):
    before = connection.execute(text("SELECT count(*) FROM incidents")).scalar_one()

    answer = client.post("/api/incidents", json=body(**wrong))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == before


@pytest.mark.parametrize("route", ["", "/batch"])
def test_a_time_with_an_offset_that_no_database_takes_is_the_same_moment(route, client, offered):
    sent = body(occurred_at="2026-11-17T02:55:00+23:00")

    given = {"items": [{"report": sent}]} if route else sent
    answer = client.post(f"/api/incidents{route}", json=given)

    assert answer.is_success
    case = client.get(f"/api/incidents/{sent['id']}").json()
    assert case["occurred_at"] == "2026-11-16T03:55:00Z"


def test_an_id_that_is_out_of_sight_is_404_as_if_it_were_none(client, offered, western, noon):
    foreign = offered.report(119.915, 29.705, noon)

    answers = [
        client.post("/api/incidents", json=body(id=str(foreign))),
        client.post(f"/api/incidents/{foreign}/steps/file", json=said(standard=True)),
        client.post(f"/api/incidents/{uuid4()}/steps/file", json=said(standard=True)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_new_report_is_answered_as_it_is_shown_from_then_on(client, offered):
    sent = body(accuracy_m=30)

    told = client.post("/api/incidents", json=sent).json()

    assert told == client.get(f"/api/incidents/{sent['id']}").json()
    assert told["grid"] and told["steps"][0]["verb"] == "report"


QUESTIONS = """[{"code": "size", "datatype": "singlevaluelist", "required": true, "zh": "大小",
    "en": "Size", "values": [{"key": "s", "zh": "小", "en": "small"}]},
    {"code": "pieces", "datatype": "number", "zh": "件数", "en": "Pieces"}]"""


@pytest.mark.parametrize(
    ("given", "code"),
    [({}, "answer_needed"), ({"size": "xl"}, "bad_answer"), ({"size": ["s", "s"]}, "bad_answer"),
     ({"size": "s", "pieces": "many"}, "bad_answer"), ({"size": "s", "colour": 1}, "no_question")],
)  # fmt: skip
def test_what_a_matter_asks_is_answered(given, code, client, offered, connection):
    connection.execute(text("UPDATE matters SET questions = CAST(:q AS jsonb)"), {"q": QUESTIONS})

    answer = client.post("/api/incidents", json=body(answers=given))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_answers_are_kept_as_their_kind_is(client, offered, connection):
    connection.execute(text("UPDATE matters SET questions = CAST(:q AS jsonb)"), {"q": QUESTIONS})

    case = client.post("/api/incidents", json=body(answers={"size": "s", "pieces": 3})).json()

    assert case["answers"] == {"size": "s", "pieces": 3.0}


@pytest.mark.parametrize(
    ("powers", "source"),
    [({Verb.REPORT, Verb.CHECK}, "grid_worker"), ({Verb.REPORT, Verb.FILE}, "staff")],
)
def test_a_report_that_names_no_source_has_that_of_its_reporter(
    powers, source, app, client, offered
):
    app.dependency_overrides[deps.actor] = lambda: Actor("ann", frozenset(powers))

    answer = client.post("/api/incidents", json=body())

    assert answer.json()["source"] == source


def test_the_desk_is_told_what_a_grid_worker_reported_from_outside_the_own_grids(
    app, client, offered, connection, noon
):
    own = Area(AreaKind.GRID, f"{WEST}001001")
    person = people.add_person(connection, "ann", "", actor=WORKER, at=noon)
    powers = {"actor": WORKER, "at": noon, "today": noon.date()}
    people.grant(connection, person, Role.GRID_WORKER, own, until=noon.date() + DAY, **powers)
    by_desk = app.dependency_overrides[deps.actor]
    ann = Actor(str(person), frozenset({Verb.REPORT, Verb.CHECK}), frozenset(), grids={own.code})
    places = {"own": {}, "next": {"lon": 119.915}, "nowhere": {"lon": 119.95},
              "after": {"lon": 119.915, "occurred_at": "2026-11-17T09:00:00+08:00"}}  # fmt: skip

    def beyond(where: dict[str, object]) -> bool:
        app.dependency_overrides[deps.actor] = lambda: ann
        told = client.post("/api/incidents", json=body(**where)).json()
        app.dependency_overrides[deps.actor] = by_desk
        return client.get(f"/api/incidents/{told['id']}").json()["beyond_own"]

    found = {name: beyond(where) for name, where in places.items()}

    assert found == {"own": False, "next": True, "nowhere": True, "after": False}


@pytest.mark.parametrize(
    ("powers", "refused"),
    [
        ({Verb.REPORT, Verb.CHECK}, {"12345", "resident"}),
        ({Verb.REPORT, Verb.CONTACT}, {"grid_worker"}),
        ({Verb.REPORT, Verb.HANDLE}, {"grid_worker", "12345", "resident"}),
    ],
)
def test_what_a_report_comes_from_is_said_by_whoever_may_say_so(
    powers, refused, app, client, offered
):
    app.dependency_overrides[deps.actor] = lambda: Actor("ann", frozenset(powers))
    told = {source: body(source=source) for source in ("grid_worker", "12345", "resident", "staff")}

    items = [{"report": one} for one in told.values()]
    answer = client.post("/api/incidents/batch", json={"items": items})

    judged = dict(zip(told, answer.json()["items"], strict=True))
    assert {source for source, one in judged.items() if one["status"] == 403} == refused
    assert {one["status"] for one in judged.values()} == {201, 403}


@pytest.mark.parametrize(
    ("at", "code"),
    [("2500-01-01T00:00:00Z", "malformed"), ("2199-12-31T23:59:59Z", "bad_moment"),
     ("1969-01-01T00:00:00Z", "bad_moment")],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_refused(at, code, client, offered):
    answer = client.post("/api/incidents", json=body(occurred_at=at))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_report_that_was_kept_is_200_though_its_matter_is_no_longer_offered(
    client, offered, connection
):
    sent = body()
    client.post("/api/incidents", json=sent)
    connection.execute(text("UPDATE matters SET offered = false"))

    assert client.post("/api/incidents", json=sent).status_code == 200


def test_numbers_go_on_behind_a_million_and_a_repeat_takes_none(client, offered, connection):
    connection.execute(text("SELECT setval('case_numbers', 999998)"))
    sent = body()

    told = [client.post("/api/incidents", json=each).json()["case_no"]
            for each in (sent, sent, sent, body(), body())]  # fmt: skip

    assert told == ["26-999999"] * 3 + ["26-1000000", "26-1000001"]
