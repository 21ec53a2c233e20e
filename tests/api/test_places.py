"""Finding a place by its name."""

from urllib.parse import quote

import pytest
from sqlalchemy import text

NAMES = ("桥头村", "大桥头", "桥头", "河口", "100%", "Bridge End")


@pytest.fixture(autouse=True)
def named(connection):
    for number, name in enumerate(NAMES):
        connection.execute(
            text("""INSERT INTO places (key, code, name, kind, place, x, y, datum)
                    VALUES (:code, :code, :name, 'village', ST_Point(119.9 + :n, 29.7, 4326),
                            0, 0, 'wgs84')"""),
            {"code": f"P{number}", "name": name, "n": number / 10},
        )


def found(client, query: str) -> list[str]:
    return [place["name"] for place in client.get(f"/api/places?{query}").json()["items"]]


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("桥头", ["桥头", "桥头村", "大桥头"]), ("口", ["河口"]), ("%", ["100%"]), ("_", []),
        ("bridge", ["Bridge End"]), ("山", []),
    ],
)  # fmt: skip
def test_a_part_of_a_name_is_enough_and_the_shortest_comes_first(part, names, client):
    assert found(client, f"name={quote(part)}") == names


def test_places_in_a_box_are_told_with_where_they_lie(client):
    (place,) = client.get("/api/places?bbox=119.85,29.6,119.95,29.8").json()["items"]

    assert place == {
        "code": "P0", "name": "桥头村", "kind": "village", "lon": 119.9, "lat": 29.7,
    }  # fmt: skip


def test_pages_of_places_follow_each_other(client):
    names, after = [], ""

    while after is not None:
        page = client.get(f"/api/places?limit=2&after={quote(after)}").json()
        names += [place["name"] for place in page["items"]]
        after = page["next"]

    assert sorted(names) == sorted(NAMES)
    assert client.get("/api/places?after=x").json()["code"] == "bad_page_key"
