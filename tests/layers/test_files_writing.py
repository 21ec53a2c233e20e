"""What we write can be read again, by us and by a spreadsheet, and harms neither."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from layers.errors import Invalid
from layers.files import Field, Reading, read, write

FIELDS = [
    Field("code", "code", required=True),
    Field("description"),
    Field("occurred_at", "time", aliases=("occurred_a",)),
    Field("count", "integer"),
]
PLACE = Field("place", "point", required=True)
BOUNDARY = Field("boundary", "polygon", required=True)
ENDINGS = [".geojson", ".gpkg", ".shp", ".parquet", ".csv", ".xlsx"]


@pytest.fixture
def reports() -> geopandas.GeoDataFrame:
    columns = {
        "code": ["370101001001001", "012"],
        "description": ["占道经营，“流动”摊贩\n二行", None],
        "occurred_at": pd.to_datetime(["2024-05-01 08:30:05+08:00", None]).tz_convert("UTC"),
        "count": pd.array([1, None], dtype="Int64"),
    }
    places = [shapely.Point(120.1234567, 31.1), shapely.Point(120.2, 31.2)]
    return geopandas.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")


@pytest.mark.parametrize("ending", ENDINGS)
def test_points_come_back_as_they_were_written(tmp_path, reports, ending):
    path = tmp_path / f"事件{ending}"

    write(path, reports)
    frame = read(Reading(path), [*FIELDS, PLACE]).frame

    assert frame["code"].tolist() == ["370101001001001", "012"]
    assert frame["description"].tolist()[0] == reports["description"][0]
    assert frame["description"].isna().tolist() == [False, True]
    assert frame["occurred_at"].tolist()[0] == datetime(2024, 5, 1, 0, 30, 5, tzinfo=UTC)
    assert frame["count"].isna().tolist() == [False, True]
    assert frame.geometry.tolist() == reports.geometry.tolist()


@pytest.mark.parametrize("ending", ENDINGS)
def test_polygons_come_back_as_they_were_written(tmp_path, ending):
    path = tmp_path / f"网格{ending}"
    hole = shapely.box(0.02, 0.02, 0.03, 0.03)
    shape = shapely.MultiPolygon([shapely.box(0, 0, 0.1, 0.1) - hole, shapely.box(1, 1, 1.1, 1.1)])
    grids = geopandas.GeoDataFrame({"code": ["012"]}, geometry=[shape], crs="EPSG:4326")

    write(path, grids)
    frame = read(Reading(path), [FIELDS[0], BOUNDARY]).frame

    assert frame["code"].tolist() == ["012"]
    assert frame.geometry[0].normalize() == shape.normalize()


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_text_that_a_spreadsheet_would_run_is_disarmed_and_comes_back(tmp_path, ending):
    path = tmp_path / f"t{ending}"
    evil = ["=1+1", "+86 10", "-x", "@SUM(A1)", "\tx", "-87.5", "+1", "fine"]
    table = pd.DataFrame({"code": evil, "description": evil})

    write(path, table)
    raw = pd.read_csv(path, dtype=str) if ending == ".csv" else pd.read_excel(path, dtype=str)
    back = read(Reading(path), FIELDS[:2]).frame

    assert raw["code"].tolist() == ["'=1+1", "'+86 10", "'-x", "'@SUM(A1)", "'\tx", *evil[5:]]
    assert back["code"].tolist() == ["=1+1", "+86 10", "-x", "@SUM(A1)", "\tx", *evil[5:]]


def test_csv_begins_with_the_mark_that_excel_needs_for_chinese(tmp_path, reports):
    write(tmp_path / "t.csv", reports)

    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_shapefile_says_what_its_format_shortened(tmp_path, reports):
    long = reports.rename(columns={"description": "现场情况描述"}).assign(
        occurred_at_precision=["minute", "day"], code=["字" * 100, "b"]
    )

    notices = write(tmp_path / "t.shp", long)

    assert [(note.code, note.values) for note in notices] == [
        ("column_renamed", {"from": "现场情况描述", "to": "现场情"}),
        ("column_renamed", {"from": "occurred_at", "to": "occurred_a"}),
        ("column_renamed", {"from": "occurred_at_precision", "to": "occurred_1"}),
        ("text_cut", {"column": "code", "rows": 1}),
    ]
    back = geopandas.read_file(tmp_path / "t.shp")
    assert back["code"][0] == "字" * 84
    assert (tmp_path / "t.cpg").read_text() == "UTF-8"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, reports):
    path = tmp_path / "t.gpkg"
    write(path, reports)
    before = path.read_bytes()

    with pytest.raises(Invalid):
        write(path, pd.DataFrame({"code": ["no places"]}))

    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["t.gpkg"]


def test_a_place_that_cannot_be_written_to_is_one_refusal(tmp_path, reports):
    with pytest.raises(Invalid) as found:
        write(tmp_path / "missing" / "t.csv", reports)
    assert found.value.code == "file_not_writable"

    with pytest.raises(Invalid) as found:
        write(tmp_path / "t.doc", reports)
    assert found.value.code == "file_kind_unknown"


def sentence(code: str, field: str) -> str:
    return f"{field}：{code}"


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_refused_rows_are_written_in_their_own_columns_and_can_be_mended(tmp_path, ending):
    path, errors = tmp_path / "in.csv", tmp_path / f"errors{ending}"
    path.write_bytes("编码,纬度,经度,描述\na,31,120,=x\n,99,-20,\nb,0,0,-1\n".encode("gb18030"))
    code, fields = Field("code", "code", True, ("编码",)), [Field("description"), PLACE]
    checked = read(Reading(path), [code, *fields])

    checked.write_refused(errors, sentence)
    written = (
        pd.read_csv(errors, dtype=str) if ending == ".csv" else pd.read_excel(errors, dtype=str)
    )
    again = read(Reading(errors), [code, *fields])

    assert list(written.columns) == ["编码", "纬度", "经度", "描述", "row", "reason", "code"]
    assert written["row"].tolist() == ["2", "3"]
    assert written["reason"].tolist() == [
        "code：missing; place：axes_swapped",
        "place：zero_coordinates",
    ]
    assert written["纬度"].tolist() == ["99", "0"]
    assert again.counts()["refused"] == 2


def test_refused_polygons_and_broken_rows_keep_what_the_file_had(tmp_path):
    path, errors = tmp_path / "in.csv", tmp_path / "errors.csv"
    path.write_text("code,wkt,name\na,POLYGON EMPTY,x\nb,1\nc,,y\n")
    checked = read(Reading(path), [FIELDS[0], BOUNDARY])

    checked.write_refused(errors, sentence)

    written = pd.read_csv(errors, dtype=str)
    assert written["wkt"].isna().tolist() == [False, True, True]
    assert written["line"].fillna("").tolist() == ["", "b,1", ""]
    assert written["code_"].tolist() == ["geometry_empty", "row_broken", "geometry_missing"]


def test_refused_features_of_a_map_are_written_as_a_map_in_its_system(tmp_path):
    path, errors = tmp_path / "in.gpkg", tmp_path / "errors.gpkg"
    shapes = [shapely.box(0, 0, 100, 100), shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])]
    frame = geopandas.GeoDataFrame({"code": ["a", "b"]}, geometry=shapes, crs="EPSG:32651")
    frame.to_file(path)
    checked = read(Reading(path), [FIELDS[0], BOUNDARY])

    checked.write_refused(errors, sentence)

    back = geopandas.read_file(errors)
    assert back["code"].tolist() == ["b"]
    assert back["code_"].tolist() == ["self_crossing"]
    assert back.crs == "EPSG:32651"


def test_a_row_that_another_replaces_is_written_with_the_number_of_that_row(tmp_path):
    path, errors = tmp_path / "in.csv", tmp_path / "errors.csv"
    path.write_text("code,name\na,older\n,nameless\na,newer\nb,other\n")
    checked = read(Reading(path), [Field("code", "code", required=True), Field("name")])
    checked.keep_last(["code"])

    checked.write_refused(errors, sentence)

    written = pd.read_csv(errors, dtype=str)
    assert written["name"].tolist() == ["older", "nameless"]
    assert written["reason"].tolist() == ["：superseded 3", "code：missing"]
    assert written["code_"].tolist() == ["superseded", "missing"]


def test_a_reversal_of_an_earlier_import_is_not_written_as_replaced(tmp_path):
    path, errors = tmp_path / "in.csv", tmp_path / "errors.csv"
    path.write_text("code\na\nb\n\n")
    checked = read(Reading(path), [Field("code", "code")])
    checked.supersede(np.array([True, True]), np.array([0, 1]))

    checked.write_refused(errors, sentence)

    assert pd.read_csv(errors, dtype=str)["row"].tolist() == ["2"]


def test_the_readers_own_files_are_not_touched(tmp_path: Path):
    path = tmp_path / "in.csv"
    path.write_text("code\na\n")
    before = path.stat().st_mtime_ns

    read(Reading(path), [FIELDS[0]])

    assert path.stat().st_mtime_ns == before
    assert list(tmp_path.iterdir()) == [path]
