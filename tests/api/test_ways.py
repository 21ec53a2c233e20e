"""The engines that a process holds, OSRM's where the bureau has one; ways to cases, and reach."""

import json
import threading
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import geopandas
import numpy as np
import pytest
from shapely import LineString, MultiLineString
from sqlalchemy import text

from api import deps
from api.reach import KEPT
from api.ways import Ways
from geo.nearest import straight_line
from layers.access import Actor, Verb, actor_of
from layers.roads.actions import import_roads
from layers.roads.rules import Mode
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.cast import MATTER

WEST, EAST, NORTH = [119.90, 29.70], [119.92, 29.70], [119.92, 29.72]


@pytest.fixture
def lay(connection, planner, noon):
    """Import a road through these places."""

    def laid(*places, **about):
        columns = {name: [value] for name, value in about.items()}
        lines = [MultiLineString([LineString(places)])]
        frame = geopandas.GeoDataFrame(columns, geometry=lines, crs=4326)
        import_roads(connection, frame, actor=planner, at=noon)

    return laid


class AtOnce:
    def __init__(self, target, **_):
        self.start = target

    def is_alive(self):
        return False

    def join(self, _):
        pass


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """The test has one connection: what is built beside is done before the next line."""
    monkeypatch.setattr("api.ways.Thread", AtOnce)


@pytest.fixture
def ways(connection):
    return Ways(lambda: nullcontext(connection))


def way(engine):
    seconds, metres = engine(np.array([WEST]), np.array(NORTH))
    return seconds[0], metres[0]


def test_without_roads_the_straight_line_is_told_as_such(ways, connection):
    ways.build()
    driving, walking = (ways.of(connection, mode) for mode in Mode)

    assert (driving.method, walking.method) == ("great_circle", "great_circle")
    assert way(walking)[0] == pytest.approx(6 * way(driving)[0])


def test_roads_are_driven_at_their_speeds_and_walked_by_whoever_may(ways, connection, lay):
    lay(WEST, EAST, NORTH, code="A", speed_kmh=50.0, motor=True)
    lay(WEST, NORTH, code="B", **{"class": "footway"})

    ways.build()
    driving, walking = (ways.of(connection, mode) for mode in Mode)

    assert (driving.method, walking.method) == ("road", "road_foot")
    seconds, metres = way(driving)
    assert metres == pytest.approx(1_935 + 2_217, abs=10)
    assert seconds == pytest.approx(metres * 3.6 / 40, abs=0.1)
    assert way(walking)[1] == pytest.approx(2_943, abs=10)


def test_the_engines_are_built_anew_beside_when_the_roads_have_changed(
    ways, connection, lay, monkeypatch
):
    monkeypatch.setattr("api.ways.LOOKED_EVERY_S", 0.0)
    lay(WEST, EAST, NORTH, code="A", **{"class": "primary"})
    before = ways.of(connection)
    same = ways.of(connection)

    lay(WEST, NORTH, code="B", **{"class": "primary"})
    after = ways.of(connection)

    assert same is before
    assert way(after)[1] < way(before)[1]


def test_who_is_patient_holds_engines_that_are_never_older_than_the_roads(connection, lay):
    patient = Ways(lambda: nullcontext(connection), patient=True)
    lay(WEST, EAST, NORTH, code="A", **{"class": "primary"})
    before, same = patient.of(connection), patient.of(connection)

    lay(WEST, NORTH, code="B", **{"class": "primary"})
    after = patient.of(connection)

    assert (before.method, same is before) == ("road", True)
    assert way(after)[1] < way(before)[1]


def test_roads_that_no_engine_can_be_made_of_are_tried_once_with_no_connection_held(
    ways, connection, lay, monkeypatch
):
    monkeypatch.setattr("api.ways.LOOKED_EVERY_S", 0.0)
    lay(WEST, EAST, NORTH, code="A", **{"class": "primary"})
    before, held, tried = ways.of(connection), [], []

    @contextmanager
    def opening():
        held.append(connection)
        yield connection
        held.pop()

    def fail(*_):
        tried.append(len(held))
        raise ValueError

    monkeypatch.setattr(ways, "_opening", opening)
    with monkeypatch.context() as broken:
        broken.setattr("api.ways.Roads", fail)
        lay(WEST, NORTH, code="B", **{"class": "primary"})
        during = [ways.of(connection) for _ in range(3)]
    lay(EAST, NORTH, code="C", **{"class": "primary"})

    assert during == [before] * 3 and tried == [0]
    assert ways.of(connection) is not before


# --- OSRM -----------------------------------------------------------------------------------------


@pytest.fixture
def osrm():
    """A server that speaks OSRM's table service, by the straight line at 60 km/h."""

    class Table(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urlsplit(self.path)
            query = {name: value[0] for name, value in parse_qs(asked.query).items()}
            places = [tuple(map(float, p.split(","))) for p in asked.path.split("/")[-1].split(";")]
            sides = [
                np.array([places[int(n)] for n in query[side].split(";")])
                for side in ("sources", "destinations")
            ]
            seconds, metres = straight_line(1.0, 60.0).table(*sides)
            nowhere = [[None if place[0] > 150 else s for s in row]
                       for place, row in zip(sides[0], seconds.tolist(), strict=True)]  # fmt: skip
            answer = {"code": "Ok", "durations": nowhere, "distances": metres.tolist()}
            good = asked.path.startswith("/osrm/table/v1/driving/") and len(places) <= 100
            self.send_response(200 if good and not server.broken else 500)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())
            server.asked += 1

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Table)
    server.broken, server.asked = False, 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def preferring(connection, osrm):
    url = f"http://127.0.0.1:{osrm.server_port}/osrm/"
    return Ways(lambda: nullcontext(connection), url)


def test_osrm_answers_for_as_many_places_as_there_are(preferring, connection):
    engine = preferring.of(connection)
    starts = np.column_stack([np.linspace(119, 121, 120), np.full(120, 30.0)])

    seconds, metres = engine(starts, np.array(NORTH))

    expected = straight_line(1.0, 60.0)(np.round(starts, 6), np.array(NORTH))
    assert engine.method == "osrm"
    assert seconds == pytest.approx(expected[0])
    assert metres == pytest.approx(expected[1])


def test_what_osrm_cannot_reach_is_not_reached(preferring, connection):
    seconds, metres = preferring.of(connection)(np.array([[160.0, 30.0]]), np.array(NORTH))

    assert (seconds[0], metres[0]) == (np.inf, np.inf)


def test_while_osrm_is_away_our_own_engine_answers_and_says_so(preferring, connection, osrm):
    osrm.broken = True

    first, second = preferring.of(connection), preferring.of(connection)
    taken = [way(first), way(second)]

    assert (first.method, second.method) == ("great_circle", "great_circle")
    assert taken == [way(straight_line())] * 2
    assert osrm.asked == 1


def test_osrm_does_not_walk(preferring, connection):
    assert preferring.of(connection, Mode.WALKING).method == "great_circle"


# --- Ways to cases, and where nobody comes in time ------------------------------------------------

STATION, CROSSING, TOP = [119.905, 29.705], [119.915, 29.705], [119.915, 29.715]
"""The first squad's home, and points of the grids east south and east north."""


@pytest.fixture
def crawling(app, connection, cast, lay):
    """A road from the first squad's home to the north-east on which one crawls at 2.4 km/h; the
    other squad, which lives up there, is off duty."""
    app.state.ways = Ways(lambda: nullcontext(connection))
    lay(STATION, CROSSING, TOP, code="A", speed_kmh=3.0, **{"class": "primary"})
    connection.execute(text("UPDATE squads SET on_duty = code = 'S1'"))


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


def test_reach_tells_the_grids_that_nobody_on_duty_reaches_in_time(client, cast, crawling):
    found = client.get("/api/reach").json()

    assert (found["squads"], found["grids"], found["late"], found["method"]) == (1, 4, 2, "road")
    assert [row["name"] for row in found["items"]] == ["West north", "East north"]
    assert found["items"][1]["seconds"] == pytest.approx((968 + 1108) * 3.6 / 2.4, rel=0.01)
    assert [(row["name"], row["grids"], row["late"]) for row in found["townships"]] == [
        ("西街", 2, 1), ("东街", 2, 1),
    ]  # fmt: skip


def test_a_second_squad_on_duty_closes_the_gap(client, cast, crawling, connection):
    connection.execute(text("UPDATE squads SET on_duty = true"))

    assert [row["name"] for row in client.get("/api/reach").json()["items"]] == []


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


def test_reach_at_another_time_goes_by_the_roster(client, cast, crawling, connection, noon):
    evening = noon + timedelta(hours=6)
    shift = "INSERT INTO shifts (squad_code, starts_at, ends_at) VALUES ('S2', :starts, :ends)"
    times = {"starts": evening, "ends": evening + timedelta(hours=8)}
    connection.execute(text(shift), times)

    now = client.get("/api/reach").json()
    then = client.get(
        "/api/reach", params={"at": (evening + timedelta(hours=1)).isoformat()}
    ).json()

    assert (now["squads"], now["late"]) == (1, 2)
    assert (then["squads"], then["late"]) == (2, 0)
    page = client.get("/maps/reach.html", params={"lang": "en", "at": then["at"]})
    assert "somebody on duty reaches each of the 4 grids" in page.text


def test_with_nobody_on_duty_or_able_to_come_no_grid_is_reached(
    client, cast, crawling, connection, noon
):
    connection.execute(text("UPDATE squads SET on_duty = false"))

    found = client.get("/api/reach", params={"limit": 3}).json()
    away = "UPDATE squads SET on_duty = true, out_of_service = 'break', out_of_service_at = :at"
    connection.execute(text(away), {"at": noon})
    broken_off = client.get("/api/reach").json()

    assert (found["squads"], found["late"], len(found["items"])) == (0, 4, 3)
    assert (broken_off["squads"], broken_off["late"]) == (0, 4)
    assert {row["seconds"] for row in found["items"]} == {None}
    rest = client.get("/api/reach", params={"limit": 3, "after": found["next"]}).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)


def test_reach_is_of_what_is_in_sight(client, cast, crawling, western):
    found = client.get("/api/reach").json()

    assert (found["grids"], [row["name"] for row in found["townships"]]) == (2, ["西街"])


TABLE = """INSERT INTO jurisdictions (matter_code, township_code, unit_code, part, valid_from)
    VALUES ('S02', :township, 'OURS', 'responsible', '2020-01-01')"""


@pytest.mark.parametrize(("township", "told"), [("west", (2, [])), ("east", (1, ["West north"]))])
def test_who_sends_in_one_township_is_reached_by_squads_of_the_next_that_may_come(
    township, told, client, app, cast, crawling, connection
):
    connection.execute(MATTER)
    connection.execute(text(
        "INSERT INTO units (code, name, kind, valid_from) VALUES ('OURS', 'x', 'other', '2020-1-1')"
    ))  # fmt: skip
    connection.execute(text("UPDATE squads SET on_duty = true, unit_code = 'OURS'"))
    connection.execute(text(TABLE), {"township": getattr(cast, township)})
    west = [Grant(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, cast.west), date(2026, 1, 1))]
    app.dependency_overrides[deps.actor] = lambda: actor_of("x", west, date(2026, 11, 16))

    found = client.get("/api/reach").json()

    assert (found["squads"], [row["name"] for row in found["items"]]) == told


def test_reach_is_reckoned_once_for_all_its_pages(client, app, cast, crawling, connection, noon):
    def late():
        return [row["name"] for row in client.get("/api/reach").json()["items"]]

    first = late()
    connection.execute(text("UPDATE squads SET position = ST_Point(119.915, 29.715, 4326),"
                            " position_at = :at WHERE code = 'S1'"), {"at": noon})  # fmt: skip
    again = late()
    app.dependency_overrides[deps.now] = lambda: noon + KEPT
    moved = late()
    connection.execute(text("UPDATE squads SET on_duty = false"))
    nobody = late()
    app.dependency_overrides[deps.actor] = lambda: Actor("x", frozenset({Verb.LEAD}), frozenset())

    assert first == again == ["West north", "East north"]
    assert moved not in (first, nobody) and len(nobody) == 4
    assert late() == []


@pytest.mark.parametrize("role", list(Role))
def test_reach_is_told_to_who_sends_leads_or_plans(role, client, app, cast):
    actor = actor_of("x", [Grant(role, BUREAU, date(2026, 1, 1))], date(2026, 1, 1))
    app.dependency_overrides[deps.actor] = lambda: actor
    told = {Role.DISPATCHER, Role.LEADER, Role.PLANNER}

    answers = [client.get(path).status_code for path in ("/api/reach", "/maps/reach.html")]

    assert answers == [200 if role in told else 403] * 2


def test_the_map_of_reach_has_its_finding_in_the_title(client, cast, crawling):
    page = client.get("/maps/reach.html", params={"lang": "en"})
    picture = client.get("/maps/reach.png")

    assert "nobody on duty reaches 2 of 4 grids within 30 minutes" in page.text
    assert "1 squads on duty" in page.text
    assert picture.headers["content-type"] == "image/png"
