"""The engines that a process holds, OSRM's where the bureau has one."""

import json
import threading
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from api.ways import Ways
from geo.nearest import straight_line
from layers.roads.rules import Mode

WEST, EAST, NORTH = [119.90, 29.70], [119.92, 29.70], [119.92, 29.72]


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
