"""Cells of a bureau's table into codes, numbers, words and places."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.crs import Datum, from_wgs84
from layers.errors import Invalid
from layers.files import Field, Reading, read, restore_leading_zero

CODE = Field("code", "code", required=True)
PLACE = Field("place", "point", required=True)
BOUNDARY = Field("boundary", "polygon", required=True)
TOWN = np.array([shapely.box(120.0, 31.0, 120.5, 31.5)], dtype=object)


@pytest.fixture
def table(tmp_path: Path):
    """A CSV made of lines."""

    def make(*lines: str, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return make


def reasons(checked) -> list[tuple[int, str, str]]:
    refused = checked.refused
    return list(zip(refused["row"], refused["field"], refused["code"], strict=True))


def test_codes_keep_their_leading_zeros(table):
    path = table("code", "012", "370101001001001")

    checked = read(Reading(path), [CODE])

    assert checked.frame["code"].tolist() == ["012", "370101001001001"]


def test_a_code_that_excel_rounded_is_refused_and_a_whole_one_restored(table):
    path = table("code", "3.70101E+14", "3.70101001001001E+14", "3E10")

    checked = read(Reading(path), [CODE])

    assert checked.frame["code"].tolist() == ["370101001001001", "3E10"]
    assert reasons(checked) == [(1, "code", "code_rounded")]
    assert checked.refused["value"].tolist() == ["3.70101E+14"]


def test_columns_are_found_by_their_chinese_names(table):
    path = table("网格 编码,名 称,经度,纬度", "a,南街,120.1,31.1")
    grid = Field("grid", "code", required=True)

    checked = read(Reading(path), [grid, Field("name"), PLACE])

    assert checked.frame.loc[0, ["grid", "name"]].tolist() == ["a", "南街"]
    assert checked.frame.geometry[0] == shapely.Point(120.1, 31.1)


def test_a_column_that_was_told_wins_over_one_of_the_same_name(table):
    path = table("code,other,unneeded", "1,2,3")

    checked = read(Reading(path, columns={"code": "other"}), [CODE])

    assert checked.frame["code"].tolist() == ["2"]
    assert checked.unused == ["code", "unneeded"]


def test_a_told_column_that_is_not_there_is_one_clear_refusal(table):
    path = table("code", "1")

    with pytest.raises(Invalid) as refusal:
        read(Reading(path, columns={"code": "nummer"}), [CODE])

    assert refusal.value.code == "column_not_found"
    assert refusal.value.values == {"column": "nummer", "found": ["code"]}


def test_a_missing_required_column_names_what_was_found(table):
    path = table("a,b", "1,2")

    with pytest.raises(Invalid) as refusal:
        read(Reading(path), [CODE])

    assert refusal.value.values == {"missing": ["code"], "found": ["a", "b"]}


def test_every_reason_of_a_row_is_told_and_the_row_counts_once(table):
    path = table("code,count,name", ",2,longer than ten", "a,-1,short", "b,1.0,short")
    fields = [
        CODE,
        Field("count", "integer", among=frozenset({1, -1})),
        Field("name", longest=10),
    ]

    checked = read(Reading(path), fields)

    assert checked.counts() == {"read": 3, "taken": 2, "refused": 1, "superseded": 0}
    assert reasons(checked) == [
        (1, "code", "missing"),
        (1, "count", "not_allowed"),
        (1, "name", "too_long"),
    ]
    assert checked.frame["count"].tolist() == [-1, 1]


def test_numbers_that_are_none_are_refused_and_words_for_nothing_are_missing(table):
    path = table("code,n,i,b", "a,1e3,7,是", "b,NULL,N/A,-", "c,abc,1.5,maybe", "d,inf,,no")
    fields = [CODE, Field("n", "number"), Field("i", "integer"), Field("b", "boolean")]

    checked = read(Reading(path), fields)

    assert checked.frame["n"].fillna(-1).tolist() == [1000, -1]
    assert checked.frame["i"].fillna(-1).tolist() == [7, -1]
    assert checked.frame["b"].isna().tolist() == [False, True]
    assert reasons(checked) == [
        (3, "n", "not_a_number"),
        (3, "i", "not_an_integer"),
        (3, "b", "not_yes_or_no"),
        (4, "n", "not_a_number"),
    ]


def test_a_letter_that_the_database_refuses_is_refused_here(table):
    path = table("code,name", "a,\x00", "b,\x07", "c,fine\ttab")

    checked = read(Reading(path), [CODE, Field("name")])

    assert checked.reasons() == {"control_character": 2}


def test_rows_of_a_spreadsheet_in_which_nothing_stands_are_no_data(table):
    path = table("code,name", "a,x", ",", ",", "b,y")

    checked = read(Reading(path), [CODE])

    assert checked.frame["row"].tolist() == [1, 4]
    assert checked.counts()["read"] == 2
    assert [(note.code, note.values) for note in checked.warnings] == [("blank_rows", {"rows": 2})]


def test_bad_points_are_refused_each_for_its_reason(table):
    path = table(
        "code,lon,lat",
        "good,120.1,31.1",
        "zero,0,0",
        "pole,120.1,-90",
        "beyond,200,31",
        "swapped,31.1,120.1",
        "missing,,31.1",
        "text,120°6′,31.1",
        "far,113.2,23.1",
    )

    checked = read(Reading(path), [CODE, PLACE], area=TOWN)

    assert checked.frame["code"].tolist() == ["good"]
    assert {row: code for row, _, code in reasons(checked)} == {
        2: "zero_coordinates",
        3: "far_away",
        4: "out_of_range",
        5: "axes_swapped",
        6: "geometry_missing",
        7: "not_a_number",
        8: "far_away",
    }
    assert checked.refused["value"].tolist()[0] == "0 0"


def test_axes_that_are_swapped_within_the_globe_are_told_by_the_area(table):
    path = table("code,lon,lat", *[f"{n},41.{n},-87.{n}" for n in range(5)])
    chicago = np.array([shapely.box(-88, 41, -87, 42)], dtype=object)

    checked = read(Reading(path), [CODE, PLACE], area=chicago)

    assert checked.reasons() == {"axes_swapped": 5}
    assert [note.code for note in checked.warnings if note.code == "axes_look_swapped"]


def test_without_an_area_a_point_far_from_all_others_is_refused(table):
    lines = [f"{n},120.{n:02d},31.{n:02d}" for n in range(20)]
    path = table("code,lon,lat", *lines, "x,-120,31")

    checked = read(Reading(path), [CODE, PLACE])

    assert reasons(checked) == [(21, "place", "far_away")]


def test_the_datum_is_undone_and_the_original_kept(table):
    true = np.array([[120.2, 31.2]])
    shown = from_wgs84(true, Datum.GCJ02)[0]
    path = table("code,lon,lat", f"a,{shown[0]!r},{shown[1]!r}".replace("np.float64", ""))

    path.write_text(f"code,lon,lat\na,{float(shown[0])},{float(shown[1])}\n")
    checked = read(Reading(path, datum=Datum.GCJ02), [CODE, PLACE], area=TOWN)

    found = checked.frame.iloc[0]
    assert found["geometry"].distance(shapely.Point(true[0])) < 1e-9
    assert (found["x"], found["y"], found["datum"]) == (*shown, "gcj02")


def test_a_projected_system_is_read_from_x_and_y(table):
    path = table("code,x,y,lon,lat", "a,7660085,672910,1,1")

    checked = read(Reading(path, crs="EPSG:2913"), [CODE, PLACE])

    found = checked.frame.iloc[0]
    assert found["geometry"].distance(shapely.Point(-122.61392451937165, 45.49296155438563)) < 1e-9
    assert (found["x"], found["y"], found["datum"]) == (7660085, 672910, "EPSG:2913")
    assert checked.unused == ["lon", "lat"]


def test_metres_without_a_system_are_refused_as_a_whole(table):
    path = table("code,x,y", "a,7660085,672910")

    with pytest.raises(Invalid) as refusal:
        read(Reading(path), [CODE, PLACE])

    assert refusal.value.code == "crs_needed"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"crs": "EPSG:99999"}, "crs_unknown"),
        ({"crs": "EPSG:4549", "datum": Datum.GCJ02}, "datum_needs_degrees"),
    ],
)
def test_a_system_that_cannot_be_is_refused_as_a_whole(table, told, code):
    path = table("code,x,y", "a,500000,3400000")

    with pytest.raises(Invalid) as refusal:
        read(Reading(path, **told), [CODE, PLACE])

    assert refusal.value.code == code


def test_a_batch_that_fits_better_in_another_datum_is_warned_about(table):
    inside = np.random.default_rng(7).uniform([120.0, 31.0], [120.5, 31.5], (4000, 2))
    shown = from_wgs84(inside, Datum.GCJ02)
    path = table("code,lon,lat", *[f"{n},{x:.7f},{y:.7f}" for n, (x, y) in enumerate(shown)])

    checked = read(Reading(path), [CODE, PLACE], area=TOWN)

    [found] = [note.values for note in checked.warnings if note.code == "datum_suspected"]
    assert (found["stated"], found["suspected"]) == ("wgs84", "gcj02")


def test_polygons_are_mended_where_it_changes_nothing_and_refused_where_it_does(table):
    spike = "POLYGON((120 31,120.1 31,120.2 31,120.1 31,120.1 31.1,120 31.1,120 31))"
    bow_tie = "POLYGON((120 31,120.1 31.1,120.1 31,120 31.1,120 31))"
    path = table(
        "code;wkt",
        f"spike;{spike}",
        f"bow;{bow_tie}",
        "empty;POLYGON EMPTY",
        "line;LINESTRING(120 31,120.1 31.1)",
        "flat;POLYGON((120 31,120.1 31,120 31))",
        "high;POLYGON Z((120 31 5,120.1 31 5,120.1 31.1 5,120 31 5))",
        "junk;POLYGON((120 31",
        "none;",
    )

    checked = read(Reading(path), [CODE, BOUNDARY])

    assert checked.frame["code"].tolist() == ["spike", "high"]
    assert set(checked.frame.geometry.geom_type) == {"MultiPolygon"}
    assert not checked.frame.geometry.has_z.any()
    assert checked.frame.geometry.is_valid.all()
    assert [code for _, _, code in reasons(checked)] == [
        "self_crossing",
        "geometry_empty",
        "wrong_geometry",
        "self_crossing",
        "geometry_unreadable",
        "geometry_missing",
    ]
    assert {n.code: n.values.get("rows") for n in checked.warnings} == {
        "crs_assumed": None,
        "polygons_mended": 1,
        "z_dropped": 1,
    }


def test_a_lost_leading_zero_is_restored_where_only_one_code_fits():
    known = ["01", "02", "12", "012", "10"]

    found = restore_leading_zero(["1", "2", "12", "0012", "7", "010"], known)

    assert found == {"1": "01", "2": "02", "010": "10"}


def test_actions_add_refusals_and_superseded_rows_and_the_sum_holds(table):
    path = table("code,time", "a,1", "b,1", "a,3", "a,2", "c,1")
    checked = read(Reading(path), [CODE, Field("time", "integer")])

    checked.refuse((checked.frame["code"] == "c").to_numpy(), "code", "unknown_township")
    checked.keep_last(["code"], newest=checked.frame["time"])

    assert checked.frame["row"].tolist() == [2, 3]
    assert checked.superseded.to_dict("list") == {"row": [1, 4], "by": [3, 3]}
    assert checked.counts() == {"read": 5, "taken": 2, "refused": 1, "superseded": 2}
    assert checked.refused["value"].tolist() == ["c"]


def test_a_row_that_went_astray_is_an_error(table):
    checked = read(Reading(table("code", "a", "b")), [CODE])

    checked.frame = checked.frame.iloc[:1]

    with pytest.raises(AssertionError):
        checked.counts()
