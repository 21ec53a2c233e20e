"""Studies and plans over HTTP: asked for, read with their reasons, approved."""

from datetime import timedelta

import pyarrow as pa
import pytest

from api import deps
from api.answers import Page
from api.routes import grids, hotspots, plans, squads
from layers.access import Actor
from tests.cast import WEST

DRAFT = {"week": "2026-W48"}


@pytest.fixture
def busy(cast, noon):
    """Thirty cases in the south-west and six in the north-east within twelve weeks."""
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, noon - timedelta(days=1 + number * 2))
    for number in range(6):
        cast.report(119.9153 + number * 1e-4, 29.7155, noon - timedelta(days=1 + number * 10))
    return cast


@pytest.fixture
def planned(client, busy, work) -> int:
    return work(client, client.post("/api/plans", json=DRAFT))["result"]["plan"]


def test_a_study_is_asked_for_and_read_as_geojson(client, busy, work):
    job = work(client, client.post("/api/hotspots", json={"weeks": 12}))

    run = job["result"]["run"]
    study = client.get(f"/api/hotspots/{run}").json()
    assert study["run"] == client.get("/api/hotspots").json()["items"][0]
    assert study["run"]["as_of"] == "2026-11-16"
    assert len(study["features"]) == study["run"]["found"]["cells"]
    assert sum(cell["properties"]["count"] for cell in study["features"]) == 36
    first = study["features"][0]
    assert first["geometry"]["type"] == "Polygon"
    assert first["id"].startswith("89")


def test_arrow_carries_the_same_cells(client, busy, work):
    run = work(client, client.post("/api/hotspots", json={}))["result"]["run"]
    cells = client.get(f"/api/hotspots/{run}").json()["features"]

    answer = client.get(f"/api/hotspots/{run}?format=arrow")

    table = pa.ipc.open_stream(answer.content).read_all()
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert [f"{cell:x}" for cell in table["cell"].to_pylist()] == [cell["id"] for cell in cells]
    assert table["z"].to_pylist() == [cell["properties"]["z"] for cell in cells]


def test_a_study_of_one_township_shows_its_cells_only(client, busy, work):
    run = work(client, client.post("/api/hotspots", json={}))["result"]["run"]
    whole = client.get(f"/api/hotspots/{run}").json()["features"]
    client.app.dependency_overrides[deps.actor] = lambda: Actor("w", frozenset(), frozenset({WEST}))

    part = client.get(f"/api/hotspots/{run}").json()["features"]

    assert 0 < len(part) < len(whole)
    assert {cell["properties"]["township"] for cell in part} == {WEST}


def test_a_study_without_incidents_says_so(client, cast, work):
    job = work(client, client.post("/api/hotspots", json={}))

    assert (job["state"], job["problem"]["code"]) == ("failed", "no_incidents_in_window")


def test_a_draft_gives_each_grid_its_visits_and_the_reasons(client, planned):
    plan = client.get(f"/api/plans/{planned}").json()

    south_west = plan["visits"][0]
    assert plan["state"] == "draft"
    assert sum(visit["visits"] for visit in plan["visits"]) == 12 + 6
    assert south_west["name"] == "West south"
    assert south_west["visits"] == max(visit["visits"] for visit in plan["visits"])
    assert south_west["previous"] is None
    assert south_west["reasons"][0]["code"] == "share_own"
    assert 119.90 < south_west["lon"] < 119.91 and 29.70 < south_west["lat"] < 29.71


def test_a_capacity_of_ones_own_counts(client, busy, work):
    plan = work(client, client.post("/api/plans", json={**DRAFT, "capacity": 9}))["result"]["plan"]

    assert client.get("/api/plans?week=2026-W48").json()["items"][0]["visits"] == 9
    assert client.get(f"/api/plans/{plan}").json()["parameters"]["capacity"] == 9


def test_approving_makes_it_the_weeks_plan_and_replaces_the_one_before(client, busy, work):
    first = work(client, client.post("/api/plans", json=DRAFT))["result"]["plan"]
    client.post(f"/api/plans/{first}/approve")
    second = work(client, client.post("/api/plans", json=DRAFT))["result"]["plan"]

    approved = client.post(f"/api/plans/{second}/approve").json()

    assert (approved["state"], approved["approved_by"]) == ("approved", "planner")
    assert client.get(f"/api/plans/{first}").json()["state"] == "replaced"
    listed = client.get("/api/plans?week=2026-W48&limit=1").json()
    assert listed["items"][0]["id"] == second
    assert client.get(f"/api/plans?after={listed['next']}").json()["items"][0]["id"] == first
    week = client.get("/api/overview").json()["next_week"]
    assert (week["plan"], week["state"], week["visits"]) == (second, "approved", 18)


def test_what_is_no_draft_cannot_be_approved(client, planned):
    client.post(f"/api/plans/{planned}/approve")

    again = client.post(f"/api/plans/{planned}/approve")

    assert (again.status_code, again.json()["code"]) == (409, "plan_not_draft")
    assert again.json()["title"] == f"Plan {planned} is not a draft and cannot be approved"


def test_an_actor_of_one_township_sees_its_grids_of_a_plan(client, planned, western):
    visits = client.get(f"/api/plans/{planned}").json()["visits"]

    assert {visit["township"] for visit in visits} == {WEST}


def test_who_may_not_approve_is_refused(client, planned, app):
    app.dependency_overrides[deps.actor] = lambda: Actor("reader", frozenset())

    asked = [
        client.post(f"/api/plans/{planned}/approve"),
        client.post("/api/plans", json=DRAFT),
        client.post("/api/hotspots", json={}),
    ]

    assert [(a.status_code, a.json()["code"]) for a in asked] == [(403, "may_not")] * 3


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/plans", {}, "malformed"),
        ("/api/plans", {"week": "48"}, "malformed"),
        ("/api/plans", {"week": "2026-W60"}, "bad_week"),
        ("/api/plans", {"week": "2026-W48", "capacity": -1}, "malformed"),
        ("/api/plans", {"week": "2026-W48", "floor": 3}, "malformed"),
        ("/api/hotspots", {"weeks": 0}, "malformed"),
        ("/api/hotspots", {"resolution": 15}, "malformed"),
        ("/api/hotspots", {"as_of": "soon"}, "malformed"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_once(client, path, body, code):
    answer = client.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_answers_that_are_not_checked_as_they_leave_have_the_shape_they_promise(client, planned):
    """Large answers are written without a model; here each meets its model."""
    run = client.get("/api/hotspots").json()["items"][0]["id"]
    here = {"lon": 119.905, "lat": 29.706}

    answers = {
        hotspots.StudyShown: client.get(f"/api/hotspots/{run}"),
        plans.PlanShown: client.get(f"/api/plans/{planned}"),
        Page[grids.GridShown]: client.get("/api/grids"),
        squads.Nearest: client.post("/api/nearest-squads", json=here),
    }

    for model, answer in answers.items():
        shown = model.model_validate_json(answer.content).model_dump(mode="json")
        assert shown.keys() == answer.json().keys()
