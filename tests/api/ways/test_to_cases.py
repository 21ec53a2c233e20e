"""The way of a squad to a case, driven or on foot."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.api.ways.places import CROSSING, STATION, TOP
from tests.cast import MATTER


def test_the_way_of_a_squad_to_a_case_has_its_line(client, cast, crawling, noon):
    case = cast.report(*TOP, noon)

    found = client.get(f"/api/incidents/{case}/ways/S1").json()

    assert found["method"] == "road"
    assert found["line"] == {"type": "LineString", "coordinates": [STATION, CROSSING, TOP]}
    assert found["metres"] == pytest.approx(968 + 1108, abs=3)
    assert found["seconds"] == pytest.approx(found["metres"] * 3.6 / 2.4, abs=1)
    assert found["way_judged"] == {"squad": [], "case": []}
    nearest = client.get(f"/api/incidents/{case}/nearest-squads").json()
    assert (nearest["beyond"][0]["seconds"], nearest["beyond"][0]["method"]) == (
        found["seconds"], "road",
    )  # fmt: skip


def test_a_squad_without_a_vehicle_walks(client, cast, crawling, connection, lay, noon):
    """And one of which nobody said what it has drives."""
    vehicles = "on_duty = true, vehicles = CASE code WHEN 'S2' THEN 0 END"
    connection.execute(text(f"UPDATE squads SET {vehicles}"))
    lay([119.9152, 29.715], [119.9152, 29.705], code="B", **{"class": "footway"})
    case = cast.report(*CROSSING, noon)

    found = client.get(f"/api/incidents/{case}/nearest-squads").json()
    way = client.get(f"/api/incidents/{case}/ways/S2").json()

    told = {one["squad"]: (one["method"], one["seconds"]) for one in found["items"]}
    assert told["S1"] == ("road", pytest.approx(968 * 3.6 / 2.4, rel=0.01))
    assert told["S2"] == ("road_foot", pytest.approx(1108 * 3.6 / 5, rel=0.05))
    assert (way["method"], way["seconds"]) == told["S2"]


def test_a_proposal_says_who_walks(client, cast, crawling, connection, lay, noon, work):
    connection.execute(text("UPDATE squads SET on_duty = code = 'S2', vehicles = 0"))
    lay([119.9152, 29.715], [119.9152, 29.705], code="B", **{"class": "footway"})
    connection.execute(MATTER)
    cast.report(*CROSSING, noon, "filed")

    job = work(client, client.post("/api/dispatch/solve", json={}))
    found = client.get(f"/api/dispatch/proposals/{job['id']}").json()

    assert (found["method"], [pair["on_foot"] for pair in found["pairs"]]) == ("road_foot", [True])


def test_a_place_far_from_any_road_is_judged(client, cast, crawling, noon):
    case = cast.report(119.905, 29.715, noon)

    found = client.get(f"/api/incidents/{case}/ways/S1").json()

    assert found["way_judged"] == {"squad": [], "case": ["far_from_road"]}
    nearest = client.get(f"/api/incidents/{case}/nearest-squads").json()
    assert nearest["way_judged"] == ["far_from_road"]


def test_without_roads_there_is_a_time_and_no_line(client, cast, noon):
    case = cast.report(*TOP, noon)

    found = client.get(f"/api/incidents/{case}/ways/S2").json()

    assert (found["method"], found["seconds"], found["line"]) == ("great_circle", 0, None)


def test_ways_are_told_of_what_is_in_sight_alone(client, cast, crawling, noon, western):
    here, there = cast.report(*STATION, noon), cast.report(*TOP, noon)

    answers = [client.get(f"/api/incidents/{case}/ways/{squad}")
               for case, squad in ((here, "S1"), (here, "S2"), (there, "S1"))]  # fmt: skip

    assert [answer.status_code for answer in answers] == [200, 404, 404]


def test_how_long_a_position_is_believed_is_one_everywhere(
    client, app, cast, crawling, connection, noon
):
    """Two hours as the bureau has it: the squad is still at the top where it was an hour ago."""
    app.state.given = app.state.settings = app.state.settings.model_copy(update={"stale": "2h"})
    seen = "UPDATE squads SET position = ST_Point(:lon, :lat, 4326), position_at = :at"
    place = {"lon": TOP[0], "lat": TOP[1], "at": noon - timedelta(hours=1)}
    connection.execute(text(seen + " WHERE code = 'S1'"), place)
    case = cast.report(*TOP, noon)

    listed = client.get("/api/squads").json()["items"][0]
    near = client.get(f"/api/incidents/{case}/nearest-squads").json()["items"][0]
    way = client.get(f"/api/incidents/{case}/ways/S1").json()
    reach = client.get("/api/reach").json()

    assert (listed["fresh"], [listed["lon"], listed["lat"]]) == (True, TOP)
    assert ([near["lon"], near["lat"]], near["seconds"]) == (TOP, 0)
    assert (way["seconds"], way["metres"]) == (0, 0)
    assert [row["name"] for row in reach["items"]] == ["West south"]
