"""Any file that a clerk may give us is read in whole or refused in one clear word."""

import json
import zipfile
from datetime import datetime
from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

from layers.errors import Invalid
from layers.files import Field, Reading, read

CODE = Field("code", "code", required=True, aliases=("编码",))
NAME = Field("name", aliases=("名称",))
PLACE = Field("place", "point", required=True)
BOUNDARY = Field("boundary", "polygon", required=True)
TEXT = '编码,名称,lon,lat\n012,南街“一”组,120.1,31.1\n013,"北街,\n二组",120.2,31.2\n'


def refusal(path: Path, **told) -> Invalid:
    with pytest.raises(Invalid) as found:
        read(Reading(path, **told), [CODE, PLACE])
    return found.value


@pytest.mark.parametrize(
    ("encoding", "used"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_csv_is_read_in_the_encodings_of_bureaus(tmp_path, encoding, used, line):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.replace("\n", line).encode(encoding))

    checked = read(Reading(path), [CODE, NAME, PLACE])

    assert checked.frame["code"].tolist() == ["012", "013"]
    assert checked.frame["name"].tolist() == ["南街“一”组", f"北街,{line}二组"]
    assert checked.encoding == used


def test_an_encoding_that_was_told_wins_and_must_fit(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("code,name,lon,lat\na,Bogotá,120,31\n".encode("latin-1"))

    assert refusal(path).code == "encoding_unknown"
    assert refusal(path, encoding="utf-8").code == "encoding_does_not_fit"
    assert refusal(path, encoding="klingon").code == "encoding_not_known"
    checked = read(Reading(path, encoding="latin-1"), [CODE, NAME, PLACE])
    assert checked.frame["name"].tolist() == ["Bogotá"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_seen(tmp_path, separator):
    path = tmp_path / "t.tsv"
    path.write_text(f"code{separator}lon{separator}lat\na{separator}120{separator}31\n")

    assert read(Reading(path), [CODE, PLACE]).frame["code"].tolist() == ["a"]


def test_rows_with_too_few_or_too_many_cells_are_refused_by_number(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,lon,lat\na,120,31\nb,120\n\nc,120,31,5\nd,120,31\n")

    checked = read(Reading(path), [CODE, PLACE])

    assert checked.frame["row"].tolist() == [1, 4]
    assert checked.refused[["row", "code", "value"]].to_numpy().tolist() == [
        [2, "row_broken", "b,120"],
        [3, "row_broken", "c,120,31,5"],
    ]
    assert checked.counts() == {"read": 4, "taken": 2, "refused": 2, "superseded": 0}


def test_a_quote_that_is_never_closed_loses_no_rows_in_silence(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('code,lon,lat\na,120,31\nb,120,"31\nc,120,31\nd,120,31\n')

    assert refusal(path).code == "quote_not_closed"


def test_repeated_and_empty_column_names_are_told_apart(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,code,,lon,lat\na,b,c,120,31\n")

    checked = read(Reading(path, columns={"code": "code_2"}), [CODE, PLACE])

    assert checked.frame["code"].tolist() == ["b"]
    assert checked.unused == ["code", "column_3"]


def png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", png(), "file_not_as_named"),
        ("a.xlsx", b"code,lon,lat\na,1,2\n", "file_not_as_named"),
        ("a.gpkg", b"code,lon,lat\na,1,2\n", "file_not_as_named"),
        ("a.parquet", b"PAR1nothing more", "file_not_readable"),
        ("a.gpkg", b"SQLite format 3\x00" + bytes(100), "file_not_readable"),
        ("a.xlsx", b"PK\x03\x04" + bytes(100), "file_not_readable"),
        ("a.shp", b"\x00\x00\x27\x0a" + bytes(96), "shapefile_incomplete"),
        ("a.geojson", b"<!DOCTYPE html><html><body>502</body></html>", "file_not_as_named"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "file_not_readable"),
        ("a.geojson", b'{"rows": []}', "not_geojson"),
        ("a.csv", b"\n<html><head>sign in</head></html>", "file_not_as_named"),
        ("a.csv", b"", "file_empty"),
        ("a.csv", b"\n \n", "file_empty"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "file_kind_unknown"),
        ("a.csv", b"\xd0\xcf\x11\xe0" + bytes(100), "file_not_as_named"),
        ("a.csv", bytes(range(256)) * 4, "file_not_as_named"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)

    assert refusal(path).code == code


def test_a_folder_and_a_file_that_is_not_there_are_refused(tmp_path):
    assert refusal(tmp_path).code == "file_is_folder"
    assert refusal(tmp_path / "missing.csv").code == "file_not_found"


def test_a_zip_of_another_file_is_told_to_be_unpacked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("cases.csv", "code,lon,lat\na,1,2\n")

    assert refusal(path).code == "zip_without_shapefile"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.shp", bytes(100 << 20))

    assert refusal(path).code == "file_unpacks_too_large"


def test_a_header_without_rows_is_an_empty_result_and_said_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,lon,lat\n")

    checked = read(Reading(path), [CODE, PLACE])

    assert checked.counts() == {"read": 0, "taken": 0, "refused": 0, "superseded": 0}
    assert "no_rows" in [note.code for note in checked.warnings]


# --- Excel --------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "t.xlsx"
    made = openpyxl.Workbook()
    made.create_sheet("空表", 0)
    sheet = made["Sheet"]
    sheet.append(["编码", "名称", "上报时间", "lon", "lat"])
    sheet.append([370101001001001, "南街", datetime(2024, 5, 1, 8, 30), 120.1, 31.1])
    sheet.append(["012", None, 45413.5, "120.2", 31.2])
    sheet.append([None] * 5)
    sheet.append([12345678901234567890.0, "x", "2024-05-01 09:00", 120.3, 31.3])
    made.create_sheet("说明").append(["另一张"])
    made.save(path)
    return path


AT = Field("at", "time", required=True, aliases=("上报时间",))


def test_the_first_sheet_that_holds_anything_is_read(book):
    checked = read(Reading(book), [CODE, NAME, AT, PLACE])

    assert checked.layer == "Sheet"
    assert checked.frame["code"].tolist() == ["370101001001001", "012"]
    assert [str(moment)[:16] for moment in checked.frame["at"]] == [
        "2024-05-01 00:30",
        "2024-05-01 04:00",
    ]
    assert checked.refused[["row", "code"]].to_numpy().tolist() == [[4, "code_rounded"]]


def test_a_sheet_is_chosen_by_name(book):
    with pytest.raises(Invalid) as found:
        read(Reading(book, layer="说明"), [CODE])
    assert found.value.values == {"missing": ["code"], "found": ["另一张"]}

    with pytest.raises(Invalid) as found:
        read(Reading(book, layer="没有"), [CODE])
    assert found.value.values["layers"] == ["空表", "Sheet", "说明"]


@pytest.mark.parametrize(
    ("lines", "codes", "told"),
    [
        ([["十一月案件统计表"], ["编码", "名称"], ["a", "南街"], [None], ["b", "北街"]],
         {1: "a", 3: "b"}, ["title_above", "blank_rows"]),
        ([["编码"], ["a"], ["b"]], {1: "a", 2: "b"}, []),
        ([["编码"]], {}, ["no_rows"]),
    ],
)  # fmt: skip
def test_a_title_above_the_names_of_the_columns_is_passed_over(tmp_path, lines, codes, told):
    path = tmp_path / "t.xlsx"
    made = openpyxl.Workbook()
    for line in lines:
        made.active.append(line)
    made.save(path)

    checked = read(Reading(path), [CODE])

    assert dict(zip(checked.frame["row"], checked.frame["code"], strict=True)) == codes
    assert [note.code for note in checked.warnings] == told


def test_formulas_that_were_never_computed_are_counted(tmp_path):
    path = tmp_path / "t.xlsx"
    made = openpyxl.Workbook()
    for row in (["code", "name"], ["a", "=1+1"], ["b", "x"]):
        made.active.append(row)
    made.save(path)

    checked = read(Reading(path), [CODE, NAME])

    assert [(note.code, note.values) for note in checked.warnings] == [
        ("formulas_without_values", {"cells": 1})
    ]


# --- Maps ---------------------------------------------------------------------------------------


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


def test_progress_is_heard_to_the_end(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    heard: list[tuple[int, int, str]] = []

    read(Reading(path), [CODE, PLACE], progress=lambda *step: heard.append(step))

    assert heard == [
        (0, 0, "read"),
        (2, 2, "read"),
        (0, 2, "check"),
        (1, 2, "check"),
        (2, 2, "check"),
    ]


def test_the_digest_is_of_the_content_and_not_of_the_name(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(TEXT)

    first, second = (read(Reading(tmp_path / n), [CODE]).sha256 for n in ("a.csv", "b.csv"))

    assert first == second
    assert len(first) == 64
