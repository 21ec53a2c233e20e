"""Where an address lies: by the road or place that it names, nearest to what was said."""

import pytest
from sqlalchemy import text

from layers.access import Actor, nobody
from layers.roads import queries
from tests.cast import EAST, WEST


@pytest.fixture(autouse=True)
def named(cast, connection) -> None:
    """A road through both townships, a longer name, and a village."""
    for name, line in (
        ("柳河路", "(119.902 29.705, 119.918 29.705)"),
        ("柳河路东段", "(119.912 29.707, 119.918 29.707)"),
        ("Mill Lane", "(119.902 29.712, 119.904 29.712)"),
        ("路", "(119.902 29.713, 119.904 29.713)"),
    ):  # fmt: skip
        connection.execute(
            text(
                "INSERT INTO roads (key, name, class, oneway, shape, source_crs) VALUES"
                " (:name, :name, 'unknown', false,"
                " ST_Multi(ST_GeomFromText('LINESTRING' || :line, 4326)), 'EPSG:4326')"
            ),
            {"name": name, "line": line},
        )
    connection.execute(text(
        "INSERT INTO places (key, name, kind, place, x, y, datum) VALUES"
        " ('1', '桥头村', 'village', ST_Point(119.905, 29.715, 4326), 119.905, 29.715, 'wgs84')"
    ))  # fmt: skip


@pytest.fixture
def found(client):
    def ask(address: str) -> list[tuple[str, str | None]]:
        answer = client.post("/api/addresses", json={"text": address})
        assert answer.status_code == 200, answer.text
        return [(one["name"], one["township"]) for one in answer.json()["items"]]

    return ask


def test_the_road_that_an_address_names_is_found_in_each_of_its_townships(found, client):
    assert sorted(found("柳河路 10 号")) == [("柳河路", "东街"), ("柳河路", "西街")]

    items = client.post("/api/addresses", json={"text": "柳河路10号"}).json()["items"]
    lies = {one["township"]: one["lon"] for one in items}
    assert lies["西街"] < 119.91 < lies["东街"]


def test_a_township_in_the_address_and_a_longer_name_come_first(found):
    assert found("西街柳河路10号")[0] == ("柳河路", "西街")
    assert found("柳河路东段3号")[0] == ("柳河路东段", "东街")


def test_places_and_beginnings_are_found_and_single_signs_are_not(found):
    assert found("桥头村口") == [("桥头村", "西街")]
    assert found("桥头") == [("桥头村", "西街")]
    assert found("mill lane 3") == [("Mill Lane", "西街")]
    assert found("无名路") == []


def test_in_a_grid_a_road_is_told_by_a_point_there_and_how_far_it_goes(client, western):
    asked = {"text": "柳河路 10 号", "grid": f"{WEST}001001"}

    [one] = client.post("/api/addresses", json=asked).json()["items"]
    elsewhere = client.post("/api/addresses", json=asked | {"grid": f"{WEST}001002"}).json()
    unseen = client.post("/api/addresses", json=asked | {"grid": f"{EAST}001001"})

    assert (one["township"], one["lon"], one["lat"]) == ("西街", pytest.approx(119.906), 29.705)
    assert one["metres"] == pytest.approx(0.004 * 96_690, rel=0.01)
    assert elsewhere["items"] == []
    assert (unseen.status_code, unseen.json()["code"]) == (404, "no_grid")


def test_of_a_township_out_of_sight_nothing_is_told(found, western, cast):
    assert cast.west == WEST
    assert ("柳河路东段", None) in found("柳河路东段")


def test_the_query_itself_keeps_to_what_its_actor_sees(connection):
    """As the owner, whom no row policy bounds."""
    for actor, townships in (
        (Actor("x", frozenset()), {"西街", "东街"}),
        (Actor("x", frozenset(), frozenset({WEST})), {"西街"}),
        (nobody("x"), {None}),
    ):
        rows = queries.named_in(connection, actor, "柳河路", limit=9)
        assert {row["township"] for row in rows if row["name"] == "柳河路"} == townships


def test_an_address_of_one_sign_is_refused(client):
    assert client.post("/api/addresses", json={"text": "路"}).status_code == 422


def test_no_address_is_asked_for_in_a_line_that_is_logged(client):
    assert client.get("/api/addresses", params={"text": "柳河路10号"}).status_code == 405
