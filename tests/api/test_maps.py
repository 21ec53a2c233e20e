"""GET /maps/{name}.html and .png."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import text

from api.drawings import DRAWINGS, Asked, sheet
from tests.cast import EAST, WEST

LOADS = re.compile(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"')


@pytest.fixture
def bureau(client, cast, noon, work):
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, noon - timedelta(days=1 + number))
    work(client, client.post("/api/plans", json={"week": "2026-W48"}))
    return cast


@pytest.mark.parametrize("name", DRAWINGS)
def test_each_map_is_a_page_of_our_own_files_only(client, bureau, name):
    answer = client.get(f"/maps/{name}.html?lang=zh")

    loaded = LOADS.findall(answer.text)
    assert answer.status_code == 200, answer.text
    assert '<html lang="zh">' in answer.text
    assert loaded and all(address.startswith("/assets/") for address in loaded)
    for address in loaded:
        assert client.get(address).status_code == 200
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"]).group(1)
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", answer.text):
        assert f'nonce="{nonce}"' in tag


@pytest.mark.parametrize("name", DRAWINGS)
def test_each_map_is_a_picture(client, bureau, name):
    answer = client.get(f"/maps/{name}.png")

    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_a_picture_for_a_page_is_as_wide_as_its_place(client, bureau):
    answer = client.get("/maps/incidents.png?wide=300")

    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.width == 300 * 192 // 72
    assert client.get("/maps/incidents.png?wide=20").status_code == 422


def test_a_page_to_keep_asks_no_server_at_all(client, bureau):
    answer = client.get("/maps/frequency.html?download=true")

    assert 'filename="frequency-2026-11-16.html"' in answer.headers["content-disposition"]
    assert not LOADS.findall(answer.text)


def test_two_pages_have_two_nonces(client, bureau):
    policies = {
        client.get("/maps/squads.html").headers["content-security-policy"] for _ in range(2)
    }

    assert len(policies) == 2


def test_a_township_alone_gives_its_name_to_the_map(client, bureau):
    page = client.get(f"/maps/squads.html?township={EAST}&lang=en").text

    assert "东街: 1 of 1 squads on duty" in page
    assert "西街中队" not in page


def test_the_maps_of_one_township_hide_the_other(client, bureau, western):
    assert client.get(f"/maps/squads.html?township={EAST}").json()["code"] == "no_township"
    assert "东街中队" not in client.get("/maps/squads.html").text
    assert client.get(f"/maps/squads.html?township={WEST}").status_code == 200


def test_incidents_are_drawn_for_the_days_asked_for(client, bureau):
    page = client.get("/maps/incidents.html?since=2026-11-10&until=2026-11-12&lang=en").text

    assert ": 3 incidents" in page
    assert "2026-11-10" in page


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing.html", 404, "no_such_page"),
        ("nothing.png", 404, "no_such_page"),
        ("squads.pdf", 404, "no_such_page"),
        ("squads.html?township=999", 404, "no_township"),
        ("frequency.html?plan=999999", 404, "no_plan"),
        ("hotspots.png?run=999999", 404, "no_run"),
        ("incidents.png?since=2026-11-12&until=2026-11-10", 422, "since_after_until"),
        ("incidents.png?since=soon", 422, "malformed"),
        ("incidents.png?colour=red", 422, "malformed"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_refused(client, bureau, path, status, code):
    answer = client.get(f"/maps/{path}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [("frequency", "no_plan_yet"), ("hotspots", "no_run_yet")],
)
def test_a_map_before_its_data_says_what_is_missing(client, cast, name, code):
    assert client.get(f"/maps/{name}.png").json()["code"] == code


def test_an_empty_bureau_has_no_maps(client):
    assert client.get("/maps/squads.html").json()["code"] == "no_townships"


def test_a_browser_that_asks_for_an_icon_gets_one(client):
    answer = client.get("/favicon.ico")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("image/svg+xml")


def test_a_map_says_whose_data_it_shows(client, cast):
    assert "本单位数据" in client.get("/maps/squads.html?lang=zh").text


def test_whoever_draws_roads_of_openstreetmap_names_it_as_its_licence_asks(
    client, cast, connection, planner, noon
):
    asked = Asked("", "en", noon, noon.tzinfo)

    def told() -> list[bool]:
        """On pages and the desk's map in both languages, and at the foot of pictures."""
        names = {"zh": "© OpenStreetMap 贡献者", "en": "© OpenStreetMap contributors"}
        paths = ("/maps/partition.html", "/tiles/style.json")
        shown = [name in client.get(f"{path}?lang={language}").text
                 for path in paths for language, name in names.items()]  # fmt: skip
        return [*shown, names["en"] in sheet(connection, planner, "partition", asked).about.source]

    before = told()
    connection.execute(text(
        "INSERT INTO roads (key, class, oneway, osm, shape, source_crs) VALUES ('a', 'primary',"
        " false, true, ST_GeomFromText('MULTILINESTRING((119.9 29.7, 119.91 29.7))', 4326), '')"
    ))  # fmt: skip

    assert (before, told()) == ([False] * 5, [True] * 5)


def test_a_case_is_shown_by_its_senders_number_and_a_day_without_a_time(
    client, cast, connection, noon
):
    cast.report(119.905, 29.705, noon)
    cast.report(119.915, 29.715, noon)
    for statement in (
        "UPDATE incidents SET external_id = 'GD-2026-77', occurred_precision = 'day' "
        "WHERE ST_X(place) < 119.91",
        f"UPDATE incidents SET external_id = '{'a' * 64}#0' WHERE ST_X(place) > 119.91",
    ):
        connection.execute(text(statement))

    page = client.get("/maps/incidents.html?lang=en").text

    assert "GD-2026-77" in page
    assert "aaaa#0" not in page
    assert '"2026-11-16"' in page and '"2026-11-16 12:00"' in page
