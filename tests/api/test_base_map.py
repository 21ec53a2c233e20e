"""Roads, waters and place names go in by upload, lie under every map, and come out as files."""

import re
from datetime import timedelta

import orjson
import pytest
from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, box
from sqlalchemy import insert

from api import exports
from api.circumstances import Circumstances
from api.drawings import DRAWINGS
from layers.db import SRID
from layers.files import silent
from layers.grids.tables import Township

FILES = {
    "roads": (
        "路名;道路等级;wkt\n"
        "人民路;主干路;LINESTRING(119.90 29.705,119.92 29.705)\n"
        "小巷;街巷;LINESTRING(119.90 29.706,119.92 29.706)\n"
        "外地路;主干路;LINESTRING(120.10 29.9,120.11 29.9)\n"
    ),
    "rivers": "名称;类型;wkt\n柳河;河流;POLYGON((119.9 29.7,119.92 29.7,119.9 29.71,119.9 29.7))\n",
    "places": "地名;类别;经度;纬度\n客运站;station;119.9047;29.7075\n",
}
DATA = re.compile(r'id="sheet-data">(.*?)</script>', re.DOTALL)


@pytest.fixture
def ground(client, cast, work):
    """The three layers of the base map, uploaded."""
    for layer, text in FILES.items():
        sent = {"file": (f"{layer}.csv", text.encode("gb18030"))}
        job = work(client, client.post(f"/api/imports/{layer}", files=sent))
        assert (job["state"], job["result"]["refused"]) == ("done", 0), job


@pytest.fixture
def planned(client, cast, noon, work):
    cast.report(119.9031, 29.7042, noon - timedelta(days=1))
    work(client, client.post("/api/plans", json={"week": "2026-W48"}))


def layers(client, name) -> dict[str, dict[str, object]]:
    page = client.get(f"/maps/{name}.html?lang=zh").text
    return {layer["key"]: layer for layer in orjson.loads(DATA.search(page).group(1))["layers"]}


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_ground_lies_under_every_map(client, planned, ground, name):
    drawn = layers(client, name)

    assert len(drawn["roads"]["classes"]) == 2, "the road elsewhere is left out"
    assert drawn["places"]["texts"] == ["客运站"]
    assert next(iter(drawn)) == "water"
    assert client.get(f"/maps/{name}.png").content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", DRAWINGS)
def test_without_a_base_map_the_maps_are_drawn_as_before(client, planned, name):
    assert not {"water", "roads", "places"} & set(layers(client, name))


def test_everybody_sees_the_base_map_of_the_whole_bureau(client, planned, ground, western):
    assert len(layers(client, "squads")["roads"]["classes"]) == 2


def test_a_map_of_small_scale_carries_no_minor_roads(client, connection, planned, ground):
    area = from_shape(MultiPolygon([box(120.4, 29.7, 120.5, 30.0)]), SRID)
    connection.execute(
        insert(Township).values(
            code="339901103", name="远街", shape=area, area_m2=1, source_crs="wgs84"
        )
    )

    drawn = layers(client, "squads")

    assert len(drawn["roads"]["classes"]) == 2, "both main roads, not the lane"


@pytest.mark.parametrize("layer", FILES)
def test_what_went_in_comes_out(client, connection, ground, settings, planner, noon, layer):
    around = Circumstances(settings, planner, noon, silent)
    near = (119.8, 29.6, 120.0, 29.8)

    whole = exports.frame(connection, exports.Wanted(layer), around)
    cut = exports.frame(connection, exports.Wanted(layer, bbox=near), around)

    assert len(whole) == FILES[layer].count("\n") - 1
    assert len(cut) == len(whole) - (layer == "roads")
    assert {"code", "name"} <= set(whole.columns)


def test_an_export_keeps_to_its_conditions(client, connection, ground, settings, planner, noon):
    around = Circumstances(settings, planner, noon, silent)

    found = exports.frame(connection, exports.Wanted("roads", {"class": "residential"}), around)

    assert found["name"].tolist() == ["小巷"]
