"""What the doors show of a bureau to whom only a part of it belongs."""

from datetime import timedelta

import pytest

from api import deps
from api.routes.hotspots import StudyShown
from api.routes.plans import PlanShown
from layers.access import Actor, Verb
from tests.cast import EAST, WEST

DRAFT = {"week": "2026-W48"}
EVERY = frozenset(Verb)
NORTH_WEST = f"{WEST}001002"
FOREIGN = (EAST, "东街", "East", "119.915", "119.917")
"""What betrays the other township: its code, its names, the places of its cases."""
PATHS = (
    "/api/overview", "/api/townships", "/api/grids", "/api/squads", "/api/incidents",
    "/api/hotspots", "/api/hotspots/{run}", "/api/plans", "/api/plans/{plan}",
    "/maps/incidents.html", "/maps/hotspots.html", "/maps/frequency.html", "/maps/squads.html",
    "/maps/partition.html",
)  # fmt: skip


@pytest.fixture
def made(client, cast, noon, work) -> dict[str, int]:
    """Thirty cases in the west, a suspected default location in the east, a study and a plan."""
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, noon - timedelta(days=1 + number % 20))
    for number in range(120):
        cast.report(119.9171, 29.7031, noon - timedelta(days=1 + number % 7))
    cast.report(119.9153, 29.7155, noon - timedelta(days=4))
    plan = work(client, client.post("/api/plans", json=DRAFT))["result"]["plan"]
    run = client.get("/api/hotspots").json()["items"][0]["id"]
    return {"plan": plan, "run": run}


@pytest.fixture
def become(app):
    """From now on somebody else asks."""

    def became(**who: object) -> None:
        actor = Actor("another", **{"verbs": EVERY, **who})
        app.dependency_overrides[deps.actor] = lambda: actor

    return became


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_the_other_township_is_in_any_answer(client, made, become, path):
    path = path.format(**made)
    whole = client.get(path)
    become(townships=frozenset({WEST}))

    part = client.get(path)

    assert (whole.status_code, part.status_code) == (200, 200)
    assert [word for word in FOREIGN if word in part.text] == []
    assert len(part.text) < len(whole.text)


def test_a_studys_and_a_plans_numbers_are_those_of_the_own_township(client, made, become):
    become(townships=frozenset({WEST}))

    study = client.get(f"/api/hotspots/{made['run']}").json()
    plan = client.get(f"/api/plans/{made['plan']}").json()
    overview = client.get("/api/overview").json()

    assert study["run"]["found"]["cells"] == len(study["features"])
    assert (study["run"]["found"]["incidents"], study["run"]["found"]["piles"]) == (30, [])
    assert plan["parameters"]["visits"] == sum(visit["visits"] for visit in plan["visits"]) == 12
    assert overview["next_week"]["visits"] == 12
    assert overview["run"]["hot"] == study["run"]["found"]["hot"]
    StudyShown.model_validate(study)
    PlanShown.model_validate(plan)


def test_a_grid_worker_meets_the_own_grid_and_its_visits_only(client, made, become):
    become(verbs=frozenset(), townships=frozenset(), grids=frozenset({NORTH_WEST}))

    lists = {
        name: client.get(f"/api/{name}").json()["items"]
        for name in ("townships", "grids", "squads", "incidents")
    }

    assert [grid["code"] for grid in lists.pop("grids")] == [NORTH_WEST]
    assert lists == {"townships": [], "squads": [], "incidents": []}
    visits = client.get(f"/api/plans/{made['plan']}").json()["visits"]
    assert [visit["code"] for visit in visits] == [NORTH_WEST]
    drawn = client.get("/maps/frequency.png")
    assert (drawn.status_code, drawn.json()["code"]) == (404, "nothing_to_draw")


def test_a_squads_member_meets_the_own_squad_only(client, made, become):
    become(verbs=frozenset(), townships=frozenset(), squads=frozenset({"S1"}))

    assert [squad["code"] for squad in client.get("/api/squads").json()["items"]] == ["S1"]
    assert client.get("/api/grids").json()["items"] == []
    here = {"lon": 119.915, "lat": 29.715}
    found = client.post("/api/nearest-squads", json=here).json()
    assert [squad["squad"] for squad in found["items"] + found["beyond"]] == ["S1"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/plans", DRAFT), ("/api/hotspots", {}), ("/api/plans/{plan}/approve", None)],
)
def test_a_power_over_a_township_does_not_serve_for_the_whole(client, made, become, path, body):
    become(townships=frozenset({WEST}))

    answer = client.post(path.format(**made), json=body)

    assert (answer.status_code, answer.json()["code"]) == (403, "may_not_there")
    assert answer.json()["title"].startswith("Your power reaches some townships only")
    assert EAST not in answer.text


def test_a_planner_of_a_township_who_sees_the_bureau_still_plans_nothing(client, made, become):
    become(narrower={Verb.PLAN: frozenset({WEST})})

    assert len(client.get(f"/api/plans/{made['plan']}").json()["visits"]) == 4
    assert client.post("/api/plans", json=DRAFT).json()["code"] == "may_not_there"


def test_jobs_are_ones_own_or_all_for_who_manages(client, made, become):
    (job,) = client.get("/api/jobs").json()["items"]
    assert (job["name"], job["asked_by"], job["state"]) == ("plan", "planner", "done")
    assert client.get(f"/api/jobs/{job['id']}").json()["result"] == {"plan": made["plan"]}

    for narrow in ({"verbs": EVERY - {Verb.MANAGE}}, {"townships": frozenset({WEST})}):
        become(**narrow)
        assert client.get("/api/jobs").json()["items"] == []
        assert client.get(f"/api/jobs/{job['id']}").status_code == 404
    become()
    assert [each["id"] for each in client.get("/api/jobs").json()["items"]] == [job["id"]]


def test_jobs_come_page_by_page_and_by_name_and_state(client, cast):
    for week in ("2026-W48", "2026-W49", "2026-W50"):
        client.post("/api/plans", json={"week": week})
    client.post("/api/hotspots", json={})

    first = client.get("/api/jobs?name=plan&limit=2").json()
    rest = client.get(
        "/api/jobs", params={"name": "plan", "limit": 2, "after": first["next"]}
    ).json()

    found = [job["id"] for job in first["items"] + rest["items"]]
    assert (len(found), len(set(found)), rest["next"]) == (3, 3, None)
    assert client.get("/api/jobs?state=done").json()["items"] == []
    assert len(client.get("/api/jobs?state=waiting").json()["items"]) == 4
    assert client.get("/api/jobs?state=lost").json()["code"] == "malformed"
