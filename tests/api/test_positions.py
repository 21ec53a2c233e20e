"""Phones and trackers are answered as their protocols say, and what they said is there."""

import asyncio
import io
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from api import app as door
from api import auth, fixes, logs
from api.fixes import Intake
from api.limits import Allowance
from api.settings import Settings
from api.trackers import Said
from layers.positions.rules import Fix
from layers.squads.rules import FRESH
from tests.api.conftest import HERE
from tests.api.worker.waiting import wait_until
from tests.conftest import app_url, log_plainly, ran, town_of_its_own

TOKEN = "gpd_a-token-of-S1"
DEVICES = """
    INSERT INTO devices (code, name, squad_code, token_hash, disabled_at) VALUES
        ('P1', 'P1', 'S1', :token, NULL), ('P2', 'P2', 'S1', :disabled, now())
"""


@pytest.fixture(scope="module")
def town(cluster) -> Iterator[Engine]:
    """S1 is on a shift now."""
    with town_of_its_own(cluster, "test_positions") as engine:
        with engine.begin() as connection:
            hashes = {"token": auth.digest(TOKEN), "disabled": auth.digest("gpd_disabled")}
            connection.execute(text(DEVICES), hashes)
            connection.execute(text(
                "INSERT INTO shifts (squad_code, starts_at, ends_at)"
                " VALUES ('S1', now() - interval '8 hours', now() + interval '8 hours')"
            ))  # fmt: skip
        yield engine


@pytest.fixture
def client(town: Engine, tmp_path) -> Iterator[TestClient]:
    url = town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
    made = door.create(Settings(var=tmp_path), app_url(url))
    with TestClient(made, HERE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def kept(town: Engine):
    """The fixes that are there of a moment: lon, lat, metres a second, verdict."""

    def rows(at: datetime) -> list[tuple[object, ...]]:
        asked = text("SELECT ST_X(place), ST_Y(place), speed_ms, verdict FROM fixes"
                     " WHERE fix_time = :at")  # fmt: skip
        with town.begin() as connection:
            return [tuple(row) for row in connection.execute(asked, {"at": at})]

    return rows


def before(seconds: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds)


def basic(token: str, name: str = "P1") -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{name}:{token}".encode()).decode()}


def test_osmand_by_query_form_and_json(client, kept):
    times = [before(seconds) for seconds in (300, 200, 100)]
    pairs = [{"id": TOKEN, "lat": "29.705", "lon": "119.905", "speed": "36",
              "timestamp": str(int(at.timestamp()))} for at in times[:2]]  # fmt: skip
    body = {"device_id": TOKEN, "location": {"timestamp": times[2].isoformat(), "coords": {
        "latitude": 29.705, "longitude": 119.905, "speed": 10}}}  # fmt: skip

    answers = [
        client.get("/positions/osmand", params=pairs[0]),
        client.post("/positions/osmand", data=pairs[1]),
        client.post("/positions/osmand", json=body),
    ]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    assert kept(times[0]) == kept(times[1]) == [
        (119.905, 29.705, pytest.approx(18.52), "good")]  # fmt: skip
    assert kept(times[2]) == [(119.905, 29.705, 10.0, "good")]


def test_owntracks_is_answered_by_an_array(client, kept):
    at = before(50)
    body = {"_type": "location", "lat": 29.705, "lon": 119.905, "tst": int(at.timestamp()),
            "vel": 36}  # fmt: skip
    headers = {**basic(TOKEN), "X-Limit-U": "s1", "X-Limit-D": "phone"}

    answers = [
        client.post("/positions/owntracks", json=body, headers=headers),
        client.post("/positions/owntracks", json={"_type": "lwt"}, headers=headers),
        client.post("/positions/owntracks", headers=headers),
    ]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, [])] * 3
    assert kept(at) == [(119.905, 29.705, 10.0, "good")]


def test_nobody_knows_the_device(client):
    place = {"lat": "29.7", "lon": "119.9"}
    location = {"coords": {"latitude": 29.7, "longitude": 119.9}}

    answers = {
        "no id": client.get("/positions/osmand", params=place),
        "another": client.get("/positions/osmand", params={"id": "gpd_other", **place}),
        "disabled": client.post("/positions/osmand", data={"id": "gpd_disabled", **place}),
        "json": client.post("/positions/osmand", json={"device_id": "x", "location": location}),
        "no json": client.post("/positions/osmand", content=b"{",
                               headers={"Content-Type": "application/json"}),
        "owntracks": client.post("/positions/owntracks", json={"_type": "location"},
                                 headers=basic("gpd_other")),
        "no password": client.post("/positions/owntracks", json={"_type": "location"}),
        "no base 64": client.post("/positions/owntracks", json={"_type": "location"},
                                  headers={"Authorization": "Basic ÿÿ".encode("latin-1")}),
        "too many fields": client.get("/positions/osmand", params={
            "id": TOKEN, **{f"io{n}": "1" for n in range(100)}}),
        "no json of owntracks": client.post("/positions/owntracks", content=b"{",
                                            headers=basic(TOKEN)),
    }  # fmt: skip

    assert {name: (answer.status_code, answer.json()["code"])
            for name, answer in answers.items()} == {
        "no id": (400, "device_unnamed"), "another": (400, "device_unknown"),
        "disabled": (400, "device_unknown"), "json": (404, "device_unknown"),
        "no json": (400, "position_unreadable"), "owntracks": (401, "device_unknown"),
        "no password": (401, "device_unnamed_basic"), "no base 64": (401, "device_unnamed_basic"),
        "too many fields": (400, "too_many_fields"),
        "no json of owntracks": (400, "position_unreadable"),
    }  # fmt: skip
    assert answers["owntracks"].headers["www-authenticate"].startswith("Basic")


def test_what_has_no_place_or_no_duty_is_accepted_and_not_kept(client, kept, town):
    early = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=10)
    off_duty = {"id": TOKEN, "lat": "29.7", "lon": "119.9", "timestamp": str(early.timestamp())}

    answers = [
        client.get("/positions/osmand", params={"id": TOKEN, "batt": "80"}),
        client.get("/positions/osmand", params={"id": TOKEN, "lat": "north", "lon": "119.9"}),
        client.get("/positions/osmand", params=off_duty),
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert kept(early) == []


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ({"user": "p1"}, 200), ({"user": "", "topic": "owntracks/s1/P1"}, 200),
        ({"user": ""}, 200), ({"user": "P2"}, 403), ({"user": "", "topic": "owntracks/s1/P2"}, 403),
        ({"user": "", "X-Limit-D": "P2"}, 403), ({"user": "P2", "X-Limit-D": "P1"}, 200),
    ],
)  # fmt: skip
def test_a_token_is_taken_under_its_own_devices_name_alone(client, names, status):
    user, topic = names.pop("user"), names.pop("topic", "")
    body = {"_type": "location", "lat": 29.705, "lon": 119.905, "topic": topic,
            "tst": int(before(30).timestamp())}  # fmt: skip

    answer = client.post("/positions/owntracks", json=body, headers={**basic(TOKEN, user), **names})

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "device_misnamed"


HEARD = {
    "good": {}, "poor": {"accuracy": "900"}, "mock": {"mock": "true"},
    "zero": {"lat": "0", "lon": "0"}, "off_duty": {}, "invalid": {"lat": "north"}, "disabled": {},
    "future": {"timestamp": "2190-01-01T00:00:00Z"}, "silent": {},
}  # fmt: skip


def test_why_nothing_arrives_from_a_device_is_told(town: Engine, tmp_path):
    """Each is a device of its own, called what is thought of it."""
    with town.begin() as connection:
        for code in HEARD:
            connection.execute(text(
                "INSERT INTO devices (code, name, squad_code, token_hash, disabled_at) VALUES"
                " (:code, :code, 'S1', :token, CASE WHEN :code = 'disabled' THEN now() END)"
            ), {"code": code, "token": auth.digest(f"gpd_heard_{code}")})  # fmt: skip
    url = town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
    place = {"lat": "29.705", "lon": "119.905"}

    with TestClient(door.create(Settings(var=tmp_path), app_url(url)), HERE) as client:
        for code, given in HEARD.items():
            where = {"batt": "80"} if code == "silent" else {**place, **given}
            if code == "off_duty":
                where["timestamp"] = before(36_000).isoformat()
            client.get("/positions/osmand", params={"id": f"gpd_heard_{code}", **where})
        for seconds, lat in ((40, "29.705"), (30, "29.905")):
            when = str(int(before(seconds).timestamp()))
            client.get("/positions/osmand", params={"id": "gpd_heard_good", **place, "lat": lat,
                                                    "timestamp": when})  # fmt: skip
        client.post("/positions/owntracks", content=b"{", headers=basic("gpd_heard_silent"))

    asked = text("SELECT device_code, accepted_at IS NOT NULL, refused FROM devices_heard"
                 " WHERE device_code = ANY(:codes) AND heard_at > now() - interval '1 minute'"
                 )  # fmt: skip
    with town.begin() as connection:
        told = {row[0]: tuple(row[1:]) for row in connection.execute(asked, {"codes": [*HEARD]})}
    assert told == {
        **{code: (False, code) for code in HEARD},
        "good": (True, "impossible"), "silent": (False, "unreadable"),
    }  # fmt: skip


def test_many_at_once_are_all_kept(client, town):
    first = before(4_000)
    times = [first + timedelta(seconds=10 * n) for n in range(64)]

    def send(at: datetime) -> int:
        given = {"id": TOKEN, "lat": "29.705", "lon": "119.905", "timestamp": at.isoformat()}
        return client.get("/positions/osmand", params=given).status_code

    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(send, times))

    asked = text("SELECT count(*) FROM fixes WHERE fix_time BETWEEN :first AND :last")
    with town.begin() as connection:
        there = connection.execute(asked, {"first": times[0], "last": times[-1]}).scalar_one()
    assert (set(answered), there) == ({200}, 64)


def test_no_token_is_told_in_the_log(client):
    out = io.StringIO()
    logs.configure(stream=out)

    for token in (TOKEN, "gpd_other"):
        client.get("/positions/osmand", params={"id": token, "lat": "29.7", "lon": "119.9"})
        client.post("/positions/owntracks", content=b"{", headers=basic(token))
    log_plainly()

    assert "gpd_" not in out.getvalue()


def test_a_runaway_device_is_slowed_down_and_no_other(town: Engine, tmp_path, monkeypatch):
    monkeypatch.setattr("api.fixes.OWN", Allowance(burst=2, each_s=0.001))
    url = town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
    made = door.create(Settings(var=tmp_path), app_url(url))
    given = {"id": TOKEN, "batt": "80"}

    with TestClient(made, HERE, client=("10.0.0.9", 5_000)) as client:
        said = [client.get("/positions/osmand", params=given) for _ in range(5)]
        other = client.get("/positions/osmand", params={**given, "id": "gpd_other"})

    assert [answer.status_code for answer in said] == [200, 200, 200, 429, 429]
    assert int(said[-1].headers["retry-after"]) > 1
    assert other.status_code == 400


def test_whoever_sends_no_device_is_slowed_down_too(town: Engine, tmp_path, monkeypatch):
    monkeypatch.setattr("api.fixes.OTHERS", Allowance(burst=2, each_s=0.001))
    monkeypatch.setattr("api.limits.UNSIGNED", Allowance(burst=2, each_s=0.001))
    url = town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
    made = door.create(Settings(var=tmp_path), app_url(url))

    with TestClient(made, HERE, client=("10.0.0.9", 5_000)) as client:
        unnamed = [client.get("/positions/osmand").status_code for _ in range(3)]
        malformed = client.post("/positions/owntracks", content=b"{").status_code
        elsewhere = [client.get("/positions/elsewhere").status_code for _ in range(3)]

    assert (unnamed, malformed) == ([400, 400, 429], 429)
    assert elsewhere == [404, 404, 429]


def test_what_was_heard_and_cannot_be_kept_ends_nothing_else(town: Engine, tmp_path, monkeypatch):
    monkeypatch.setattr(fixes, "HEARD_EVERY_S", 0.01)
    url = town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
    made = door.create(Settings(var=tmp_path), app_url(url))
    battery = {"id": TOKEN, "batt": "80"}
    since = datetime.now(UTC)

    with capture_logs() as told, TestClient(made, HERE) as client:
        _rename(town, "devices_heard", "away")
        client.get("/positions/osmand", params=battery)
        wait_until(lambda: "hearing stumbled" in [line["event"] for line in told])
        _rename(town, "away", "devices_heard")
        client.get("/positions/osmand", params=battery)

    asked = text("SELECT device_code FROM devices_heard WHERE heard_at > :since")
    with town.begin() as connection:
        assert connection.execute(asked, {"since": since}).scalars().all() == ["P1"]


def _rename(town: Engine, table: str, name: str) -> None:
    with town.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def test_a_fix_that_cannot_be_kept_keeps_no_other_back(town: Engine, kept):
    with town.begin() as connection:
        connection.execute(text("ALTER TABLE fixes ADD CHECK (speed_ms IS DISTINCT FROM 66)"))
    url = town.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
    intake = Intake(app_url(url), lambda: FRESH)
    first = before(7_000)
    times = [first + timedelta(seconds=10 * n) for n in range(9)]

    async def send() -> list[object]:
        fixes = [Fix(at, 119.905, 29.705, speed_ms=66 if at == times[4] else 1) for at in times]
        said = [intake.take(Said(TOKEN, fix)) for fix in fixes]
        return await asyncio.gather(*said, return_exceptions=True)

    outcomes = ran(send())
    intake.close()

    assert isinstance(outcomes.pop(4), IntegrityError)
    assert outcomes == ["good"] * 8
    assert [len(kept(at)) for at in times] == [1, 1, 1, 1, 0, 1, 1, 1, 1]
