"""Vector tiles as maps ask for them, judged by two readers that are not ours."""

import warnings
import zipfile
from datetime import timedelta

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely
from sqlalchemy import Connection, text

from api import deps
from api.tiles import LAYERS, Kept
from geo.tiles import Tile
from layers.access import Actor, Verb
from layers.journal.actions import note
from layers.plans import actions as plans
from tests.cast import EAST, WEST

TOWN = (119.91, 29.71)
"""Where the four grids meet."""
BASE = (
    "INSERT INTO roads (key, name, class, oneway, shape, source_crs) VALUES ('r', '西湖大道',"
    " 'motorway', true, ST_GeomFromText('MULTILINESTRING((119.9 29.7,119.92 29.7))', 4326), '')",
    "INSERT INTO rivers (key, name, kind, shape, source_crs) VALUES ('w', '柳江', 'river',"
    " ST_Multi(ST_MakeEnvelope(119.904, 29.70, 119.906, 29.72, 4326)), '')",
    "INSERT INTO places (key, name, kind, place, x, y, datum) VALUES"
    " ('p', '火车站', '车站', ST_Point(119.9111, 29.7111, 4326), 0, 0, 'wgs84')",
)


def tile_over(z: int, lon: float = TOWN[0], lat: float = TOWN[1]) -> Tile:
    size = 1 << z
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * size
    return Tile(z, int((lon + 180) / 360 * size), int(y))


def path(layers: str, tile: Tile) -> str:
    return f"/tiles/{layers}/{tile.z}/{tile.x}/{tile.y}.mvt"


def features(answer, layer: str) -> list[dict[str, object]]:
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.text
    return [each["properties"] for each in decoded(answer.content)[layer]["features"]]


def decoded(tile: bytes) -> dict[str, dict[str, list]]:
    return mapbox_vector_tile.decode(tile)


@pytest.fixture
def town(connection: Connection, client, cast, noon, work) -> Connection:
    """A base map, cases in the west and the east, a study and a plan."""
    for statement in BASE:
        connection.execute(text(statement))
    for number in range(30):
        cast.report(119.9031 + number * 1e-4, 29.7042, noon - timedelta(days=1 + number % 20))
    cast.report(119.9153, 29.7155, noon - timedelta(days=4), state="closed")
    work(client, client.post("/api/plans", json={"week": "2026-W48"}))
    return connection


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("zoom", [13, 14])
def test_both_readers_find_what_the_description_tells(name, zoom, client, town, tmp_path):
    near = (client.get(path(name, each)) for each in around(tile_over(zoom)))
    answer = next(each for each in near if each.status_code == 200)
    described = client.get(f"/tiles/{name}.json").json()

    found = decoded(answer.content)[name]["features"]
    file = tmp_path / "tile.mvt"
    file.write_bytes(answer.content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a tile without its place in the world
        read = pyogrio.read_dataframe(file, layer=name)

    (layer,) = described["vector_layers"]
    told = {field for each in found for field in each["properties"]}
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert layer["id"] == name and told <= set(layer["fields"])
    assert len(found) == len(read) > 0
    assert shapely.is_valid(read.geometry.to_numpy()).all()
    assert told <= set(read.columns)


def test_the_readers_judge_tiles_of_others_rightly(shared, tmp_path):
    with zipfile.ZipFile(shared / "ref_mvt" / "mvt_fixtures.zip") as held:
        tiles = {name: held.read(f"fixtures/{name}/tile.mvt") for name in ("017", "018", "019")}

    for name, tile in tiles.items():
        file = tmp_path / f"{name}.mvt"
        file.write_bytes(tile)
        (layer,) = decoded(tile).values()
        read = pyogrio.read_dataframe(file)
        assert [each["geometry"]["type"] for each in layer["features"]] == list(read.geom_type)


def test_several_layers_come_in_one_tile_however_they_are_ordered(client, town):
    tile = tile_over(13)
    one, other = (client.get(path(n, tile)) for n in ("rivers,grids", "grids,rivers"))
    whole = client.get("/tiles/rivers,grids.json").json()

    assert set(decoded(one.content)) == {"rivers", "grids"}
    assert (one.content, one.headers["etag"]) == (other.content, other.headers["etag"])
    assert [layer["id"] for layer in whole["vector_layers"]] == ["rivers", "grids"]
    own = client.get("/tiles/townships,grids.json").json()
    assert (own["bounds"], whole["bounds"][0]) == ([119.9, 29.7, 119.92, 29.72], -180)
    assert whole["tiles"] == ["http://127.0.0.1/tiles/rivers,grids/{z}/{x}/{y}.mvt"]


def test_neighbours_keep_their_common_edge_at_each_zoom(client, cast):
    for zoom in range(10, 15):
        shapes = [
            shapely.geometry.shape(each["geometry"])
            for each in decoded(client.get(path("grids", tile_over(zoom))).content)["grids"][
                "features"
            ]
        ]
        whole = shapely.union_all(shapes)

        assert sum(shape.area for shape in shapes) == pytest.approx(whole.area)
        assert not shapely.get_num_interior_rings(whole)


# --- Counts -------------------------------------------------------------------------------------


@pytest.fixture
def scattered(connection: Connection, cast, noon) -> int:
    """Cases everywhere in the town, some of them on corners and edges of tiles."""
    rng = np.random.default_rng(7)
    places = list(rng.uniform((119.9, 29.7), (119.92, 29.72), (60, 2)))
    for zoom in (9, 12):
        west, south, east, north = tile_over(zoom).lonlat()
        places += [(west, north), (east, north), (west, south), (east, south), (TOWN[0], north)]
    places += [(east + 1e-4, TOWN[1]), (east - 1e-4, TOWN[1])] * 4  # cells that an edge cuts
    for number, (lon, lat) in enumerate(places):
        cast.report(float(lon), float(lat), noon, state="closed" if number % 4 else "filed")
    connection.execute(text("UPDATE incidents SET due_at = :at WHERE state = 'filed'"),
                       {"at": noon - timedelta(hours=1)})  # fmt: skip
    return len(places)


def around(tile: Tile) -> list[Tile]:
    """A tile and all that touch it."""
    steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return [Tile(tile.z, tile.x + i, tile.y + j) for i, j in steps]


@pytest.mark.parametrize("zoom", [5, 9, 10, 12, 13])
def test_counts_of_all_tiles_of_a_zoom_add_up_to_the_list(zoom, client, scattered):
    tiles = {each for far in (9, 12) for each in tiles_of(far, zoom)}
    counted = [
        one for each in tiles for one in features(client.get(path("incidents", each)), "incidents")
    ]

    assert sum(one["n"] for one in counted) == scattered
    filed = -(-scattered // 4)
    assert sum(one["open"] for one in counted) == sum(one["overdue"] for one in counted) == filed


def tiles_of(far: int, zoom: int) -> set[Tile]:
    """The tiles of a zoom that hold the town or a corner of its tile at another zoom."""
    west, south, east, north = tile_over(far).lonlat()
    corners = [(lon, lat) for lon in (west, east, TOWN[0]) for lat in (south, north, TOWN[1])]
    return {each for lon, lat in corners for each in around(tile_over(zoom, lon, lat))}


def test_near_by_every_case_is_a_point_of_its_own(client, cast, noon):
    for _ in range(300):
        cast.report(*TOWN, noon)

    found = features(client.get(path("incidents", tile_over(16))), "incidents")

    assert found == 300 * [{"matter": "S02", "state": "reported", "overdue": False}]


@pytest.mark.parametrize(
    ("query", "found"),
    [("state=closed", 1), ("open=true", 30), ("matter=S02", 31), ("matter=X", 0),
     ("overdue=true", 0), ("since=2026-11-15T00:00:00%2B08:00", 2)],
)  # fmt: skip
def test_cases_are_chosen_by_the_words_of_their_list(query, found, client, town):
    answer = client.get(f"{path('incidents', tile_over(10))}?{query}")

    assert sum(one["n"] for one in features(answer, "incidents")) == found
    assert len(client.get(f"/api/incidents?limit=1000&{query}").json()["items"]) == found


# --- Who sees what, and for how long it is good -----------------------------------------------


@pytest.mark.parametrize("zoom", [10, 14])
def test_a_part_of_the_bureau_has_nothing_of_the_rest_in_its_tiles(zoom, client, app, town):
    names = [name for name in LAYERS if name not in ("rivers", "roads", "places")]
    east = tile_over(zoom, 119.9153, 29.7155)
    app.dependency_overrides[deps.actor] = lambda: Actor("w", frozenset(Verb), frozenset({WEST}))

    whole = [features(client.get(path(name, east)), name) for name in names]

    told = repr(whole)
    assert EAST not in told and "东街" not in told and "East" not in told
    assert sum(one.get("n", 1) for one in whole[names.index("incidents")]) == (
        30 if zoom == 10 else 0
    )


def test_whoever_sees_a_grid_alone_has_the_cases_of_it_counted(client, app, town):
    own = Actor("w", frozenset(), frozenset(), grids=frozenset({f"{WEST}001001"}))
    app.dependency_overrides[deps.actor] = lambda: own

    found = features(client.get(path("incidents", tile_over(10))), "incidents")

    assert sum(one["n"] for one in found) == 30


def test_what_is_unchanged_is_not_sent_again(client, app, town, planner, noon):
    base = path("townships,grids", tile_over(12))
    first = client.get(base)
    known = {"If-None-Match": first.headers["etag"]}
    unchanged = client.get(base, headers=known)
    app.dependency_overrides[deps.actor] = lambda: Actor("w", frozenset(), frozenset({WEST}))
    others = client.get(base, headers=known)
    app.dependency_overrides[deps.actor] = lambda: planner
    tomorrow = noon + timedelta(days=1)
    app.dependency_overrides[deps.now] = lambda: tomorrow
    next_day = client.get(base, headers=known)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert [first.headers["cache-control"], others.status_code, next_day.status_code] == [
        "private, no-cache", 200, 200,
    ]  # fmt: skip


def test_a_changed_layer_is_seen_at_once(client, app, town, planner, noon):
    base = path("grids", tile_over(12))
    before = client.get(base)
    town.execute(text("DELETE FROM hotspot_cells"))
    town.execute(
        text("UPDATE grids SET code = 'new' WHERE code = :code"), {"code": f"{WEST}001001"}
    )
    kept = client.get(base)
    note(town, "imported", "grids", "x", actor=planner, at=noon)
    app.state.remembered.forget()  # the database's word comes with the commit, which is never here
    after = client.get(base, headers={"If-None-Match": before.headers["etag"]})

    assert kept.content == before.content
    assert "new" in {one["code"] for one in features(after, "grids")}


def test_an_approved_plan_is_another_tile(client, app, town, planner, noon):
    base = path("frequency", tile_over(12))
    before = client.get(base)
    plan = client.get("/api/plans").json()["items"][0]["id"]
    plans.approve(town, plan, actor=planner, at=noon)
    app.state.remembered.forget()

    assert client.get(base).headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize("name", LAYERS)
def test_where_nothing_is_there_is_an_empty_answer(name, client, town):
    assert client.get(f"/tiles/{name}/12/0/0.mvt").status_code == 204


@pytest.mark.parametrize(
    "wrong",
    ["grids/23/0/0", "grids/3/8/0", "nothing/3/0/0", "grids,x/3/0/0", "/3/0/0", "grids/3/a/0",
     "grids/3/0/-1"],
)  # fmt: skip
def test_there_is_no_such_tile(wrong, client):
    answer = client.get(f"/tiles/{wrong}.mvt", headers={"Accept-Language": "zh"})

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_page")


def test_empty_tiles_are_not_kept_for_nothing():
    kept = Kept(most=10_000)
    for number in range(100):
        kept.keep(f"tile {number}", b"")
        kept.keep(f"tile {number}", b"")

    found = [number for number in range(100) if kept.find(f"tile {number}") is not None]

    assert 0 < len(found) < 50 and found[-1] == 99


@pytest.mark.parametrize("silent", ["5m", "30m"])
def test_squads_are_told_as_their_list_has_them(silent, client, app, town, noon):
    app.state.given = app.state.settings = app.state.settings.model_copy(update={"silent": silent})
    town.execute(
        text("UPDATE squads SET on_duty = true, position = home, position_at = :at"),
        {"at": noon - timedelta(minutes=20)},
    )
    town.execute(text("UPDATE squads SET out_of_service = 'break', out_of_service_at = :at"
                      " WHERE code = 'S2'"), {"at": noon})  # fmt: skip

    found = features(client.get(path("squads", tile_over(9))), "squads")

    listed = {row["code"]: row for row in client.get("/api/squads").json()["items"]}
    assert {row["contact_lost"] for row in found} == {silent == "5m"}
    assert {row["code"]: listed[row["code"]] | row for row in found} == listed


# --- Description and style ------------------------------------------------------------------------


def test_the_words_that_choose_cases_go_into_their_tiles_address(client, cast):
    (address,) = client.get("/tiles/incidents.json?open=true").json()["tiles"]

    assert address.endswith("/tiles/incidents/{z}/{x}/{y}.mvt?open=true")
    assert client.get("/tiles/incidents.json?opne=true").status_code == 422


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_style_leads_to_tiles_that_are_there(scheme, client, cast):
    style = client.get(f"/tiles/style.json?scheme={scheme}&lang=en&show=hotspots,squads").json()

    assert style["version"] == 8
    for source in style["sources"].values():
        assert client.get(source["url"]).json()["tilejson"] == "3.0.0"


def test_the_classes_of_visits_are_those_of_the_plan(client, connection, town):
    connection.execute(text("UPDATE plan_visits SET visits = 20 + grid_id % 2 * 10"))

    style = client.get("/tiles/style.json").json()

    (drawn,) = [layer for layer in style["layers"] if layer["id"] == "frequency"]
    assert drawn["paint"]["fill-color"][3::2] == [21]


@pytest.mark.parametrize("query", ["scheme=blue", "show=x", "show=hotspots,", "shwo=squads"])
def test_a_style_that_nobody_has_is_refused(query, client):
    assert client.get(f"/tiles/style.json?{query}").status_code == 422
