"""Roads, waters and place names: what lies under every map, taken in and read by everybody."""

from pathlib import Path

import geopandas
import pytest
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Point, box
from sqlalchemy import select, text

from geo.crs import Datum
from layers.access import Actor
from layers.errors import Forbidden
from layers.files import Reading, read
from layers.journal.tables import Entry
from layers.places.actions import PLACE_FIELDS, import_places
from layers.places.queries import places
from layers.rivers.actions import RIVER_FIELDS, import_rivers
from layers.rivers.queries import water
from layers.roads.actions import ROAD_FIELDS, import_roads
from layers.roads.queries import roads

EASTWARD = LineString([(119.90, 29.70), (119.92, 29.70)])
NORTHWARD = LineString([(119.90, 29.70), (119.90, 29.72)])


def frame(shapes, **columns) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=4326)


def lines(*shapes: LineString, **columns) -> geopandas.GeoDataFrame:
    return frame([MultiLineString([shape]) for shape in shapes], **columns)


@pytest.fixture
def take(connection, planner, noon):
    """Import and give (new, changed, unchanged)."""

    def taken(action, given):
        outcome = action(connection, given, actor=planner, at=noon)
        return outcome.new, outcome.changed, outcome.unchanged

    return taken


@pytest.mark.parametrize(
    ("action", "shapes"),
    [
        (import_roads, [MultiLineString([EASTWARD]), MultiLineString([NORTHWARD])]),
        (import_rivers, [MultiPolygon([box(0, 0, 1, 1)]), MultiPolygon([box(0, 0, 2, 2)])]),
        (import_places, [Point(119.9, 29.7), Point(119.91, 29.7)]),
    ],
)
def test_the_same_rows_twice_change_nothing_with_and_without_codes(take, action, shapes):
    given = frame(shapes, code=["A", None], name=["甲", "乙"])

    assert take(action, given) == (2, 0, 0)
    assert take(action, given) == (0, 0, 2)


def test_rows_without_a_code_are_known_by_name_and_shape(take, connection):
    take(import_roads, lines(EASTWARD, name=["东路"], oneway=[False]))

    assert take(import_roads, lines(EASTWARD, name=["东路"], oneway=[True])) == (0, 1, 0)
    assert take(import_roads, lines(EASTWARD.reverse(), name=["东路"])) == (1, 0, 0)
    assert take(import_roads, lines(EASTWARD, name=["西路"])) == (1, 0, 0)
    assert roads(connection)["oneway"].tolist() == [True, False, False]


def test_a_shape_that_differs_by_less_than_a_centimetre_is_the_same(take):
    nearly = shapely.transform(EASTWARD, lambda xy: xy + 1e-9)
    take(import_roads, lines(EASTWARD, name=[None]))

    assert take(import_roads, lines(nearly, name=[None]))[0] == 0


def test_a_code_keeps_a_road_whose_name_and_shape_change(take, connection):
    take(import_roads, lines(EASTWARD, code=["R1"], name=["东路"], speed_kmh=[40.0]))

    assert take(import_roads, lines(NORTHWARD, code=["R1"], name=["北路"])) == (0, 1, 0)
    kept = roads(connection)
    assert kept["name"].tolist() == ["北路"]
    assert kept["speed_kmh"].tolist() == [40.0], "what a file leaves empty stays"
    assert kept.geometry[0].equals(NORTHWARD)


def test_the_same_row_twice_in_a_file_is_one_row(connection, planner, noon):
    given = lines(EASTWARD, EASTWARD, NORTHWARD, name=["东路", "东路", "东路"])

    outcome = import_roads(connection, given, actor=planner, at=noon)

    assert (outcome.total, outcome.new, outcome.superseded) == (3, 2, 1)


def test_classes_come_in_the_bureaus_and_openstreetmaps_words(connection, planner, noon):
    words = ["主干路", "Primary_Link", "primary", "boulevard", None]
    given = lines(*[EASTWARD] * 5, **{"code": list("abcde"), "class": words})

    outcome = import_roads(connection, given, actor=planner, at=noon)

    assert roads(connection)["class"].tolist() == ["primary"] * 3 + ["road"] * 2
    assert outcome.warnings == [{"code": "word_not_known", "field": "class", "rows": 1}]


def test_an_impossible_speed_is_refused(connection, planner, noon):
    given = lines(*[EASTWARD] * 4, code=list("abcd"), speed_kmh=[0, 60, 500, None])

    outcome = import_roads(connection, given, actor=planner, at=noon)

    assert roads(connection)["code"].tolist() == ["b", "d"]
    assert outcome.reasons == [
        {"code": "not_allowed", "field": "speed_kmh", "count": 2, "rows": [1, 3]}
    ]


def test_lines_are_read_in_their_direction_and_bad_ones_refused(tmp_path: Path, take, connection):
    path = tmp_path / "roads.csv"
    path.write_text(
        "路名;道路等级;是否单行;wkt\n"
        "东路;支路;是;LINESTRING(119.92 29.70,119.90 29.70)\n"
        "两段;;;MULTILINESTRING((119.90 29.70,119.91 29.70),(119.91 29.71,119.92 29.71))\n"
        "高架;国道;否;LINESTRING Z(119.90 29.70 8,119.90 29.71 9)\n"
        "空;;;LINESTRING EMPTY\n"
        "点;;;POINT(119.90 29.70)\n"
        "面;;;POLYGON((119.90 29.70,119.91 29.70,119.91 29.71,119.90 29.70))\n"
        "短;;;LINESTRING(119.90 29.70,119.90 29.70)\n"
        "远;;;LINESTRING(10 50,11 50)\n"
        "反;;;LINESTRING(29.70 119.90,29.70 119.91)\n"
        "无;;;\n"
    )
    area = shapely.get_parts(box(119.8, 29.6, 120, 29.8))

    checked = read(Reading(path), ROAD_FIELDS, area)

    assert dict(zip(checked.refused["row"], checked.refused["code"], strict=True)) == {
        4: "geometry_empty",
        5: "wrong_geometry",
        6: "wrong_geometry",
        7: "no_length",
        8: "far_away",
        9: "axes_swapped",
        10: "geometry_missing",
    }
    assert take(import_roads, checked) == (3, 0, 0)
    kept = roads(connection)
    assert kept["class"].tolist() == ["tertiary", "road", "trunk"]
    assert kept["oneway"].tolist() == [True, False, False]
    assert kept.geometry[0].geoms[0].coords[0] == (119.92, 29.70)
    assert not kept.geometry.has_z.any()


def test_a_place_needs_a_name_and_keeps_its_own_coordinates(tmp_path: Path, take, connection):
    path = tmp_path / "places.csv"
    path.write_text(
        "地名,类别,经度,纬度\n客运站,station,119.9047,29.6975\n,park,119.9,29.7\n原点,park,0,0\n"
    )

    checked = read(Reading(path, datum=Datum.GCJ02), PLACE_FIELDS)

    assert checked.reasons() == {"missing": 1, "zero_coordinates": 1}
    assert take(import_places, checked) == (1, 0, 0)
    kept = connection.execute(text("SELECT name, kind, x, y, datum FROM places")).one()
    assert tuple(kept) == ("客运站", "station", 119.9047, 29.6975, "gcj02")
    moved = places(connection).geometry[0].distance(Point(119.9047, 29.6975))
    assert 0.003 < moved < 0.008, "some 500 m in this part of China"


def test_only_what_the_box_and_the_classes_ask_for_is_read(take, connection):
    classes = ["primary", "residential", "primary"]
    far = LineString([(118, 28), (118.1, 28)])
    take(import_roads, lines(EASTWARD, NORTHWARD, far, **{"code": list("abc"), "class": classes}))

    near = roads(connection, (119.8, 29.6, 120.0, 29.8))
    wide = roads(connection, classes=["primary"])

    assert near["code"].tolist() == ["a", "b"]
    assert wide["code"].tolist() == ["a", "c"]


def test_an_empty_base_map_has_its_columns(connection):
    assert list(roads(connection).columns) == [
        "code", "name", "class", "oneway", "speed_kmh", "motor", "foot", "turns", "osm", "geometry"
    ]  # fmt: skip
    assert water(connection).empty and places(connection).empty


@pytest.mark.parametrize("action", [import_roads, import_rivers, import_places])
def test_nobody_without_the_power_imports(connection, noon, action):
    with pytest.raises(Forbidden):
        action(connection, frame([], name=[]), actor=Actor("x", frozenset()), at=noon)


def test_the_journal_names_the_layer(take, connection):
    take(import_places, frame([Point(119.9, 29.7)], name=["城关"]))

    entry = connection.execute(select(Entry.verb, Entry.kind)).one()

    assert tuple(entry) == ("imported", "places")


def test_a_whole_countrys_waters_go_in_once(shared, take, connection):
    path = shared / "liechtenstein_osm_2022/liechtenstein_layers.gpkg"
    columns = {"code": "osm_way_id", "kind": "natural"}
    reading = Reading(path, layer="water_polygons", columns=columns)

    checked = read(reading, RIVER_FIELDS)
    outcomes = take(import_rivers, checked), take(import_rivers, read(reading, RIVER_FIELDS))

    assert outcomes == ((91, 0, 0), (0, 0, 91))
    kept = water(connection)
    assert shapely.equals_identical(kept.geometry, checked.frame.geometry).all()
    assert "Rhein" in set(kept["name"])
    assert kept["code"].isna().sum() == 12


def test_centre_lines_are_no_water_surface(shared):
    path = shared / "liechtenstein_osm_2022/liechtenstein_layers.gpkg"

    checked = read(Reading(path, layer="waterways"), RIVER_FIELDS)

    assert checked.reasons() == {"wrong_geometry": 479}
