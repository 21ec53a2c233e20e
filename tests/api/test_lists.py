"""Townships, grids, matters, squads and incidents: pages, filters, scope."""

from datetime import timedelta

import pytest

from tests.cast import EAST, WEST

LISTS = ("/api/townships", "/api/grids", "/api/matters", "/api/squads", "/api/incidents",
         "/api/hotspots", "/api/plans")  # fmt: skip


def codes(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


@pytest.fixture
def reported(cast, noon):
    """Three in the west, one in the east, one outside every grid; an hour between each."""
    places = [(119.901, 29.701), (119.902, 29.702), (119.903, 29.715), (119.915, 29.705), (121, 30)]
    return [
        cast.report(lon, lat, noon - timedelta(hours=hours))
        for hours, (lon, lat) in enumerate(places)
    ]


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_bureau_has_empty_lists(client, path):
    assert client.get(path).json() == {"items": [], "next": None}


def test_townships_carry_their_capacity(client, cast):
    west = client.get("/api/townships").json()["items"][0]

    assert west == {"code": WEST, "name": "西街", "visits_per_week": 12, "area_m2": 2_150_000.0}


def test_pages_follow_each_other_without_gap_or_repeat(client, cast):
    first = client.get("/api/grids", params={"limit": 3})
    second = client.get("/api/grids", params={"limit": 3, "after": first.json()["next"]})

    assert codes(first) + codes(second) == sorted(cast.grids)
    assert second.json()["next"] is None


def test_grids_are_found_by_township_and_by_box(client, cast):
    assert codes(client.get("/api/grids", params={"township": EAST})) == [
        f"{EAST}001001",
        f"{EAST}001002",
    ]
    assert codes(client.get("/api/grids?bbox=119.901,29.701,119.902,29.702")) == [f"{WEST}001001"]


def test_a_grid_shows_its_shape_and_that_it_has_always_been_so(client, cast):
    grid = client.get(f"/api/grids/{WEST}001001").json()

    assert grid["shape"]["type"] == "MultiPolygon"
    assert [119.9, 29.7] in grid["shape"]["coordinates"][0][0]
    assert grid["valid_from"] is None


def test_squads_start_from_their_home_station_without_a_fresh_position(client, cast):
    squad = client.get("/api/squads").json()["items"][0]

    assert (squad["lon"], squad["lat"], squad["fresh"]) == (119.905, 29.705, False)


def test_incidents_come_newest_first_and_page_by_time(client, reported):
    first = client.get("/api/incidents?limit=2").json()
    rest = client.get("/api/incidents", params={"limit": 5, "after": first["next"]}).json()

    found = [item["id"] for item in first["items"] + rest["items"]]
    assert found == [str(identity) for identity in reported]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"grid": f"{WEST}001001"}, 2),
        ({"township": EAST}, 1),
        ({"matter": "S02"}, 5),
        ({"matter": "S99"}, 0),
        ({"source": "resident"}, 5),
        ({"state": "closed"}, 0),
        ({"since": "2026-11-16T11:00:00+08:00"}, 2),
        ({"until": "2026-11-16T03:00:00Z"}, 3),
        ({"bbox": "119.9,29.7,119.91,29.71"}, 2),
    ],
)
def test_incidents_are_filtered(client, reported, query, found):
    assert len(client.get("/api/incidents", params=query).json()["items"]) == found


def test_one_incident_keeps_what_was_sent(client, reported):
    incident = client.get(f"/api/incidents/{reported[0]}").json()

    assert (incident["x"], incident["y"], incident["datum"]) == (119.901, 29.701, "wgs84")
    assert incident["grid"] == f"{WEST}001001"
    assert incident["occurred_at"] == "2026-11-16T04:00:00Z"


def test_a_case_outside_every_grid_has_no_grid(client, reported):
    assert client.get(f"/api/incidents/{reported[4]}").json()["grid"] is None


@pytest.mark.parametrize(
    "query",
    [
        "/api/incidents?since=2026-11-16T00:00:00",
        "/api/incidents?bbox=120,29,119,30",
        "/api/incidents?bbox=a,b,c,d",
        "/api/incidents?bbox=nan,nan,nan,nan",
        "/api/incidents?limit=0",
        "/api/incidents?limit=1001",
        "/api/incidents?townshp=339901101",
        "/api/incidents?township=%00",
        "/api/incidents?after=%00",
        "/api/incidents/not-a-number",
        "/api/grids?on=yesterday",
        "/api/hotspots?after=abc",
        "/api/hotspots/99999999999999",
        "/api/plans?week=2026-48",
    ],
)
def test_what_cannot_be_understood_is_refused(client, query):
    answer = client.get(query)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "malformed"


def test_a_key_of_another_list_is_refused(client, cast):
    answer = client.get("/api/incidents?after=339901101001001")

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_page_key"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/grids/000", "no_grid"),
        ("/api/incidents/00000000-0000-4000-8000-000000000000", "no_incident"),
        ("/api/hotspots/1000000", "no_run"),
        ("/api/plans/1000000", "no_plan"),
        ("/api/jobs/00000000-0000-4000-8000-000000000000", "no_job"),
        ("/api/imports/00000000-0000-4000-8000-000000000000/refused", "no_job"),
    ],
)
def test_what_is_not_there_is_404(client, path, code):
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_an_actor_of_one_township_sees_nothing_of_the_other(client, reported, western):
    east = reported[3]

    assert codes(client.get("/api/townships")) == [WEST]
    assert {code[:9] for code in codes(client.get("/api/grids"))} == {WEST}
    assert codes(client.get("/api/squads")) == ["S1"]
    assert client.get(f"/api/grids/{EAST}001001").status_code == 404
    assert client.get(f"/api/incidents/{east}").status_code == 404
    seen = {item["township"] for item in client.get("/api/incidents").json()["items"]}
    assert seen == {WEST}


def test_the_overview_counts_what_the_actor_sees(client, reported, western):
    overview = client.get("/api/overview").json()

    assert (overview["townships"], overview["grids"]) == (1, 2)
    assert (overview["squads"], overview["squads_on_duty"]) == (1, 1)
    assert overview["incidents"] == 3
    assert overview["this_week"]["week"] == "2026-W47"
    assert overview["next_week"] == {
        "week": "2026-W48", "monday": "2026-11-23", "plan": None, "state": None, "visits": None,
    }  # fmt: skip
