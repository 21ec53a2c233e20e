"""A file that is not what its name says is refused in one clear word."""

import zipfile

import pytest

from tests.files import refusal


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
