"""Every way in which phones and trackers say where they are, and what is understood."""

from datetime import UTC, datetime

import pytest

from api.trackers import Said, moment, osmand, osmand_json, owntracks
from layers.positions.rules import Fix

NOW = datetime(2026, 11, 16, 4, 0, 0, tzinfo=UTC)
AT = datetime(2026, 11, 16, 3, 59, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())


def fix(at: datetime = AT, **more) -> Fix:
    return Fix(at, 119.905, 29.705, **more)


@pytest.mark.parametrize(
    "said",
    [
        SECONDS, str(SECONDS), SECONDS * 1000, str(SECONDS * 1000), f"{SECONDS}.0",
        "2026-11-16T03:59:00Z", "2026-11-16T03:59:00.000Z", "2026-11-16T11:59:00+08:00",
        "2026-11-16T03:59:00", "2026-11-16 03:59:00",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(said):
    assert moment(said) == AT


def test_a_time_far_to_the_east_is_one_that_the_database_takes():
    assert moment("2026-11-17T03:58:00+23:59").isoformat() == "2026-11-16T03:59:00+00:00"


@pytest.mark.parametrize(
    "said",
    ["", "soon", None, True, [], 1e300, "nan", "2026-13-01 00:00:00", "0001-01-01T00:00:00+23:59"],
)
def test_what_is_no_time_is_none(said):
    assert moment(said) is None


PLACE = {"id": "gpd_x", "lat": "29.705", "lon": "119.905"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({**PLACE, "timestamp": str(SECONDS)}, fix()),
        (PLACE, fix(NOW)),
        ({"deviceid": "gpd_x", "location": "29.705,119.905", "timestamp": str(SECONDS)}, fix()),
        ({**PLACE, "timestamp": "2026-11-16 03:59:00", "speed": "10", "bearing": "90",
          "altitude": "5", "accuracy": "12", "hdop": "1", "batt": "80", "charge": "true",
          "driverUniqueId": "x", "cell": "460,0,1,2", "wifi": "aa-bb,-50", "other": "1"},
         fix(speed_ms=10 * 1852 / 3600, accuracy_m=12.0)),
        ({**PLACE, "timestamp": str(SECONDS), "valid": "false"}, fix(valid=False)),
        ({**PLACE, "timestamp": str(SECONDS), "valid": "1"}, fix()),
        ({**PLACE, "timestamp": "soon"}, fix(NOW, valid=False)),
    ],
    ids=["query", "no time", "location", "all there is", "not valid", "valid", "no such time"],
)  # fmt: skip
def test_osmands_query_and_form(given, found):
    assert osmand(given, NOW) == Said("gpd_x", found)


@pytest.mark.parametrize(
    ("time", "still"), [({}, NOW), ({"timestamp": str(SECONDS)}, AT), ({"timestamp": "?"}, None)]
)
def test_whoever_says_no_place_was_still_there_when_it_said_so(time, still):
    query = osmand({"id": "gpd_x", "batt": "80", **time}, NOW)
    body = osmand_json({"device_id": "gpd_x", "location": {"event": "heartbeat", **time}}, NOW)

    assert [query, body] == [Said("gpd_x", None, still=still)] * 2


@pytest.mark.parametrize("wrong", [{"lat": "north"}, {"lon": ""}, {"location": "29.7"}])
def test_a_place_that_cannot_be_read_is_none(wrong):
    said = osmand({**PLACE, **wrong}, NOW)

    assert said.fix is not None
    assert not (said.fix.lon == said.fix.lon and said.fix.lat == said.fix.lat)


COORDS = {"latitude": 29.705, "longitude": 119.905, "speed": 5.5, "heading": 90, "accuracy": 12,
          "altitude": 5}  # fmt: skip
LOCATION = {
    "timestamp": "2026-11-16T03:59:00.000Z", "coords": COORDS, "is_moving": True, "odometer": 1,
    "event": "motionchange", "activity": {"type": "in_vehicle"},
    "battery": {"level": 0.8, "is_charging": False}, "extras": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("location", "found"),
    [
        (LOCATION, fix(speed_ms=5.5, accuracy_m=12.0)),
        ({**LOCATION, "mock": True}, fix(speed_ms=5.5, accuracy_m=12.0, mock=True)),
        ({**LOCATION, "coords": {**COORDS, "speed": -1, "accuracy": -1}}, fix()),
        (
            {"timestamp": SECONDS * 1000, "coords": {"latitude": 29.705, "longitude": 119.905}},
            fix(),
        ),
    ],
    ids=["moving", "mock", "speed unknown", "least"],
)
def test_the_json_of_the_current_traccar_client(location, found):
    assert osmand_json({"device_id": "gpd_x", "location": location}, NOW) == Said("gpd_x", found)


def test_no_location_in_that_json_is_still_there_now():
    assert osmand_json({"device_id": "gpd_x", "location": None}, NOW).still == NOW


def test_owntracks_tells_kilometres_an_hour():
    body = {"_type": "location", "lat": 29.705, "lon": 119.905, "tst": SECONDS, "tid": "s1",
            "acc": 12, "alt": 5, "vel": 36, "cog": 90, "batt": 80, "bs": 1, "t": "p", "conn": "m",
            "created_at": SECONDS, "inregions": ["x"], "topic": "owntracks/s1/phone"}  # fmt: skip

    assert owntracks(body, "gpd_x").fix == fix(speed_ms=10.0, accuracy_m=12.0)


def test_a_ping_of_owntracks_says_a_place_anew():
    body = {"_type": "location", "lat": 29.705, "lon": 119.905, "tst": SECONDS,
            "created_at": SECONDS + 3600}  # fmt: skip

    anew = (owntracks({**body, "t": why}, "gpd_x").fix for why in ("p", "u"))

    assert [(one.fix_time - fix().fix_time).total_seconds() for one in anew] == [3600, 0]


@pytest.mark.parametrize("kind", ["transition", "waypoint", "lwt", "card", "encrypted", None])
def test_what_else_owntracks_sends_says_no_place(kind):
    assert owntracks({"_type": kind, "lat": 29.7, "lon": 119.9}, "gpd_x").fix is None


def test_a_location_of_owntracks_without_its_time_is_not_valid():
    said = owntracks({"_type": "location", "lat": 29.7, "lon": 119.9}, "gpd_x")

    assert said.fix is not None
    assert not said.fix.valid
