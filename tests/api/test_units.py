"""GET and POST /api/units: offices are read by everybody and kept by who manages."""

import pytest

from tests.cast import WEST

OFFICE = {"code": "U1", "name": "西街<所>", "kind": "police_station", "township": WEST}


@pytest.fixture
def office(client, cast):
    answer = client.post("/api/units", json=OFFICE)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_new_unit_is_shown_as_it_is_kept(client, office):
    assert office == {
        **OFFICE, "township_name": "西街", "parent": None, "parent_name": None, "phone": None,
        "valid_from": None, "valid_to": None,
    }  # fmt: skip
    assert client.get("/api/units/U1").json() == office
    assert client.get("/api/units?kind=police_station").json()["items"] == [office]
    assert client.get("/api/units?kind=other").json()["items"] == []


def test_all_of_a_unit_is_said_anew(client, office):
    said = {"name": "西街所", "kind": "police_station", "phone": "0578 110", "parent": None}

    changed = client.put("/api/units/U1", json=said).json()

    assert (changed["name"], changed["phone"], changed["township"]) == ("西街所", "0578 110", None)


def test_a_unit_that_ends_today_stays_in_the_list(client, office):
    ended = client.post("/api/units/U1/end", json={}).json()

    assert ended["valid_to"] == "2026-11-16"
    assert len(client.get("/api/units").json()["items"]) == 1
    assert client.get("/api/units?on=2026-11-16").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 409, "unit_exists"),
        ({"code": "U2", "parent": "U2"}, 422, "unit_above_itself"),
        ({"code": "U2", "parent": "U9"}, 404, "no_unit"),
        ({"code": "U2", "kind": "spaceport"}, 422, "malformed"),
        ({"code": "U2", "name": "two\nlines"}, 422, "malformed"),
        ({"code": " "}, 422, "malformed"),
        ({"code": "U2", "fone": "1"}, 422, "malformed"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_code(client, office, body, status, code):
    answer = client.post("/api/units", json={**OFFICE, **body})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_unit_that_is_not_there_is_not_found(client, cast):
    answers = [
        client.get("/api/units/U9"),
        client.put("/api/units/U9", json={"name": "x", "kind": "other"}),
        client.post("/api/units/U9/end", json={}),
    ]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "no_unit")] * 3


def test_units_come_by_upload_and_leave_by_export(
    client, cast, work, connection, settings, planner, noon
):
    from api import exports
    from api.circumstances import Circumstances
    from layers.files import silent

    file = {"file": ("units.csv", "code,kind\nU1,部门\nU2,宇宙\n".encode())}

    job = work(client, client.post("/api/imports/units", files=file))

    assert (job["result"]["new"], job["result"]["refused"]) == (1, 1)
    around = Circumstances(settings, planner, noon, silent)
    written = exports.frame(connection, exports.Wanted("units", {"kind": "department"}), around)
    assert written["code"].tolist() == ["U1"]
