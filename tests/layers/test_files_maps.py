"""Maps as other programs make them are read in their own system and encoding."""

import json
import zipfile

import geopandas
import pandas as pd
import pytest
import shapely

from layers.errors import Invalid
from layers.files import Reading, read
from tests.files import BOUNDARY, CODE, NAME, PLACE, refusal


@pytest.fixture
def streets():
    shapes = [shapely.box(120, 31, 120.1, 31.1), shapely.box(120.1, 31, 120.2, 31.1)]
    frame = {"编码": ["012", "013"], "名称": ["南街", "北街"]}
    return geopandas.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")


def test_a_geopackage_of_several_layers_must_be_told_which(tmp_path, streets):
    path = tmp_path / "t.gpkg"
    streets.to_file(path, layer="街道")
    streets.to_file(path, layer="网格")

    assert refusal(path).values["layers"] == ["街道", "网格"]
    assert refusal(path, layer="河").code == "layer_not_found"
    checked = read(Reading(path, layer="网格"), [CODE, NAME, BOUNDARY])
    assert checked.frame["name"].tolist() == ["南街", "北街"]


def test_a_geopackage_that_was_cut_off_is_refused(tmp_path, streets):
    path = tmp_path / "t.gpkg"
    pd.concat([streets] * 500).to_file(path)
    path.write_bytes(path.read_bytes()[:-20_000])

    assert refusal(path).code == "file_not_readable"


@pytest.fixture
def shapefile(tmp_path, streets):
    """Made as Chinese desktop programs make it: GBK without a .cpg."""
    made = streets.to_crs("EPSG:4549")
    made.to_file(tmp_path / "t.shp", encoding="GBK", engine="pyogrio")
    (tmp_path / "t.cpg").unlink()
    return tmp_path / "t.shp"


def test_a_shapefile_without_cpg_is_read_in_gbk_and_its_own_system(shapefile):
    checked = read(Reading(shapefile), [CODE, NAME, BOUNDARY])

    assert checked.frame["name"].tolist() == ["南街", "北街"]
    assert checked.frame.geometry[0].equals_exact(
        shapely.MultiPolygon([shapely.box(120, 31, 120.1, 31.1)]).normalize(), 1e-6, normalize=True
    )


def test_a_shapefile_without_prj_needs_a_system_unless_it_is_in_degrees(shapefile, streets):
    shapefile.with_suffix(".prj").unlink()

    assert refusal(shapefile).code == "crs_needed"
    checked = read(Reading(shapefile, crs="EPSG:4549"), [CODE, BOUNDARY])
    assert checked.frame.geometry[0].centroid.distance(shapely.Point(120.05, 31.05)) < 1e-6

    streets.to_file(shapefile)
    shapefile.with_suffix(".prj").unlink()
    checked = read(Reading(shapefile), [CODE, BOUNDARY])
    assert [note.code for note in checked.warnings] == ["crs_assumed"]


def test_a_zipped_shapefile_is_read_with_a_chinese_name_packed_by_windows(tmp_path, shapefile):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in sorted(tmp_path.glob("t.*")):
            if part.suffix not in {".zip", ".cpg"}:
                packed.writestr(f"data/XX{part.suffix.upper()}", part.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"XX", "街".encode("gbk")))

    checked = read(Reading(path), [CODE, NAME, BOUNDARY])

    assert checked.frame["name"].tolist() == ["南街", "北街"]


def test_geojson_with_the_old_crs_member_is_read_in_that_system(tmp_path, streets):
    path = tmp_path / "t.geojson"
    streets.to_crs("EPSG:4549").to_file(path, driver="GeoJSON")
    assert b'"crs"' in path.read_bytes()

    checked = read(Reading(path), [CODE, BOUNDARY])

    assert checked.frame.geometry[0].centroid.distance(shapely.Point(120.05, 31.05)) < 1e-6


def test_geojson_of_an_unknown_system_is_refused_unless_it_looks_like_degrees(tmp_path):
    path = tmp_path / "t.geojson"
    text = '{"type": "Feature", "crs": {"type": "name", "properties": {"name": "ours"}}, '
    text += '"properties": {"code": 1}, "geometry": {"type": "Point", "coordinates": [%s]}}'
    path.write_text(text % "500000, 3400000")
    assert refusal(path).code == "crs_needed"

    path.write_text(text % "120, 31")
    checked = read(Reading(path), [CODE, PLACE])
    assert checked.frame["code"].tolist() == ["1"]
    assert [note.code for note in checked.warnings] == ["crs_assumed"]


@pytest.mark.parametrize("mark", ["", "\x1e"])
def test_geojson_one_feature_a_line_is_read(tmp_path, streets, mark):
    path = tmp_path / "t.geojsonl"
    features = json.loads(streets.to_json(to_wgs84=True))["features"]
    path.write_text("".join(f"{mark}{json.dumps(one)}\n" for one in features))

    checked = read(Reading(path), [CODE, NAME, BOUNDARY])

    assert checked.frame["name"].tolist() == ["南街", "北街"]


def test_geojson_properties_of_mixed_types_are_kept_as_text(tmp_path):
    path = tmp_path / "t.geojson"
    place = '"geometry": {"type": "Point", "coordinates": [120, 31]}}'
    values = ["1", '"012"', "null", '{"a": 1}']
    features = [f'{{"type": "Feature", "properties": {{"code": {v}}}, {place}' for v in values]
    path.write_text(f'{{"type": "FeatureCollection", "features": [{",".join(features)}]}}')

    checked = read(Reading(path), [CODE, PLACE])

    assert checked.frame["code"].tolist() == ["1", "012", '{"a":1}']
    assert checked.reasons() == {"missing": 1}


def test_geoparquet_is_read_with_its_system_and_plain_parquet_by_columns(tmp_path, streets):
    path, plain = tmp_path / "geo.parquet", tmp_path / "plain.parquet"
    streets.to_crs("EPSG:4549").to_parquet(path)
    pd.DataFrame({"code": [12.0, 13.0], "lon": [120.1, None], "lat": [31.1, 31.2]}).to_parquet(
        plain
    )

    checked = read(Reading(path), [CODE, BOUNDARY])
    points = read(Reading(plain), [CODE, PLACE])

    assert checked.frame.geometry[0].centroid.distance(shapely.Point(120.05, 31.05)) < 1e-6
    assert points.frame["code"].tolist() == ["12"]
    assert points.reasons() == {"geometry_missing": 1}


def test_every_bad_and_good_geojson_ends_well(shared):
    folder = shared / "ref_geojson_validity" / "geojsonhint"
    files = sorted(folder.glob("*/*.geojson"))
    ends = {"read": 0, "refused": 0}

    for path in files:
        try:
            read(Reading(path), [PLACE]).counts()
            ends["read"] += 1
        except Invalid:
            ends["refused"] += 1

    assert len(files) == 62
    assert ends == {"read": 54, "refused": 8}


@pytest.mark.parametrize("nested", ["[" * 900 + "]" * 900, "[[[[[[120, 31]]]]]]"])
def test_geojson_nested_without_end_is_a_refused_row(tmp_path, nested):
    path = tmp_path / "t.geojson"
    path.write_text(f'{{"type": "MultiPolygon", "coordinates": {nested}}}')

    assert read(Reading(path), [BOUNDARY]).reasons() == {"geometry_unreadable": 1}
