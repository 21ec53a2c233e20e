"""Tables as bureaus keep them, in text and in Excel, are read in whole or refused by row."""

from datetime import datetime

import openpyxl
import pytest

from layers.errors import Invalid
from layers.files import Field, Reading, read
from tests.files import CODE, NAME, PLACE, refusal

TEXT = '编码,名称,lon,lat\n012,南街“一”组,120.1,31.1\n013,"北街,\n二组",120.2,31.2\n'


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


def test_a_header_without_rows_is_an_empty_result_and_said_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,lon,lat\n")

    checked = read(Reading(path), [CODE, PLACE])

    assert checked.counts() == {"read": 0, "taken": 0, "refused": 0, "superseded": 0}
    assert "no_rows" in [note.code for note in checked.warnings]


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
