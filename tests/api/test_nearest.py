"""POST /api/nearest-squads."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text

from geo.crs import Datum, from_wgs84
from tests.cast import MATTER


def ask(client, **body):
    return client.post("/api/nearest-squads", json={"lon": 119.905, "lat": 29.706, **body})


def test_the_squad_that_is_there_first_comes_first(client, cast):
    answer = ask(client).json()

    assert [way["squad"] for way in answer["items"]] == ["S1", "S2"]
    first = answer["items"][0]
    # 0.001 degrees of latitude are 111 m, times a detour of 1.3
    assert first["metres"] == pytest.approx(1.3 * 111.2, rel=0.01)
    assert first["seconds"] == pytest.approx(first["metres"] * 3.6 / 30, abs=0.1)
    assert first["method"] == "great_circle"
    assert first["reasons"] == ["home_station"]
    assert first["position_age_s"] is None
    assert answer["shortfall"] == []


def test_a_fresh_position_counts_and_a_stale_one_does_not(client, cast, connection, noon):
    place = "position = ST_SetSRID(ST_MakePoint(119.905, 29.7061), 4326), position_at"
    fresh = noon - timedelta(minutes=10)
    connection.execute(text(f"UPDATE squads SET {place} = :at WHERE code = 'S2'"), {"at": fresh})

    near = ask(client).json()["items"][0]
    connection.execute(
        text("UPDATE squads SET position_at = :at WHERE code = 'S2'"),
        {"at": noon - timedelta(hours=1)},
    )
    later, second = ask(client).json()["items"]

    assert (near["squad"], near["position_age_s"], near["reasons"]) == (
        "S2",
        600,
        ["fresh_position"],
    )
    assert (later["squad"], later["reasons"]) == ("S1", ["home_station"])
    assert (second["position_age_s"], second["reasons"]) == (
        None, ["home_station", "stale_position"],
    )  # fmt: skip


def test_a_place_of_another_datum_is_converted_first(client, cast):
    lon, lat = from_wgs84(np.array([[119.905, 29.706]]), Datum.GCJ02)[0]

    shifted = ask(client, lon=lon, lat=lat, datum="gcj02").json()

    assert (shifted["lon"], shifted["lat"]) == pytest.approx((119.905, 29.706), abs=1e-7)
    assert shifted["items"] == ask(client).json()["items"]


def test_nobody_on_duty_is_said(client, cast, connection):
    connection.execute(text("UPDATE squads SET on_duty = false"))

    answer = ask(client).json()

    assert (answer["items"], answer["shortfall"]) == ([], ["none_on_duty"])


def test_who_needs_too_long_is_named_beside(client, cast):
    answer = ask(client, lon=121.5).json()

    assert (answer["items"], answer["shortfall"]) == ([], ["outside_limit"])
    assert [way["squad"] for way in answer["beyond"]] == ["S2", "S1"]


def test_the_other_townships_squads_are_not_offered(client, western):
    assert [way["squad"] for way in ask(client).json()["items"]] == ["S1"]


def test_across_the_border_its_own_township_decides_who_is_competent_and_is_not_told(
    client, western, cast, connection
):
    connection.execute(MATTER)
    connection.execute(
        text("""INSERT INTO units (code, name, kind, valid_from)
        VALUES ('OURS', 'x', 'other', '2020-01-01'), ('THEIRS', 'x', 'other', '2020-01-01')""")
    )
    connection.execute(text("""INSERT INTO jurisdictions (township_code, unit_code, part,
        valid_from) VALUES (NULL, 'THEIRS', 'responsible', '2020-01-01'),
        (:east, 'OURS', 'responsible', '2020-01-01')"""), {"east": cast.east})  # fmt: skip
    connection.execute(text("UPDATE squads SET unit_code = 'OURS' WHERE code = 'S1'"))

    there, here = ask(client, lon=119.915, matter="S02").json(), ask(client, matter="S02").json()

    assert ([way["squad"] for way in there["items"]], there["township"]) == (["S1"], None)
    assert (here["items"], here["township"]) == ([], cast.west)


def test_an_unknown_matter_is_refused(client, cast, noon):
    cast.report(119.901, 29.701, noon)

    assert ask(client, matter="S02").status_code == 200
    assert ask(client, matter="S99").json()["code"] == "no_matter"


@pytest.mark.parametrize(
    "body",
    [{"lon": 181}, {"lat": "north"}, {"lon": None}, {"datum": "mars"}, {"limit": 0}, {"latt": 1}],
)
def test_a_place_that_is_none_is_refused(client, cast, body):
    answer = ask(client, **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
