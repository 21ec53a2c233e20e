"""Frames into files, by the ending of the name. A file is there whole or not at all."""

import io
import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import shapely

from layers.errors import Invalid
from layers.files.source import Notice

# A spreadsheet takes such text for a formula; a plain number it may take.
FORMULA = r"^[=+\-@\t\r]"
PLAIN_NUMBER = r"^[+-]?[0-9.]+([eE][+-]?[0-9]+)?$"
DBF_NAME, DBF_TEXT = 10, 254
EXCEL_ROWS = 1_048_575
EXCEL_CELL = 32_767
EXCEL_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

Writer = Callable[[Path, pd.DataFrame], list[Notice]]


def write(path: Path, frame: pd.DataFrame) -> list[Notice]:
    """Write a frame as .csv .xlsx .geojson .gpkg .shp or .parquet and say what had to change.

    Geometry is lon/lat WGS 84 or in the frame's own system. CSV and Excel get `lon` and `lat` for
    points and `wkt` for anything else; times without a zone of their own are ISO 8601 with one.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise Invalid("file_kind_unknown", file=path.name, known=sorted(WRITERS))
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            notices = writer(Path(folder) / path.name, frame)
            for part in sorted(Path(folder).iterdir(), key=lambda one: one.suffix == ".shp"):
                part.replace(path.parent / part.name)
    except OSError as problem:
        raise Invalid("file_not_writable", file=path.name, says=str(problem)) from problem
    return notices


# --- Tables -------------------------------------------------------------------------------------


def _csv(path: Path, frame: pd.DataFrame) -> list[Notice]:
    path.write_bytes(as_csv(frame))
    return []


def as_csv(frame: pd.DataFrame) -> bytes:
    """A frame as the CSV that a spreadsheet opens: UTF-8 that says so, nothing that would run."""
    table = pa.Table.from_pandas(_disarmed(_table(frame)), preserve_index=False)
    written = io.BytesIO(b"\xef\xbb\xbf")
    written.seek(0, io.SEEK_END)
    pacsv.write_csv(table, written)
    return written.getvalue()


def _excel(path: Path, frame: pd.DataFrame) -> list[Notice]:
    if len(frame) > EXCEL_ROWS:
        raise Invalid("too_many_rows_for_excel", rows=len(frame), most=EXCEL_ROWS)
    table = _disarmed(_table(frame)).astype(object)
    table = table.where(table.notna(), None)
    _check_cells(table)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False, name=None):
        sheet.append([EXCEL_FORBIDDEN.sub("", c) if isinstance(c, str) else c for c in row])
    book.save(path)
    return []


def _check_cells(table: pd.DataFrame) -> None:
    """Excel would cut longer texts in silence, and a boundary with them."""
    for name in table.columns:
        lengths = table[name].map(lambda cell: len(cell) if isinstance(cell, str) else 0)
        if (lengths > EXCEL_CELL).any():
            raise Invalid("too_long_for_excel", column=name, row=int(lengths.argmax()) + 1)


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    """Geometry spelled out in columns and everything that is no number or word as text."""
    table = pd.DataFrame(frame.drop(columns=_geometry_name(frame) or []))
    if isinstance(frame, geopandas.GeoDataFrame):
        shapes = frame.geometry.to_numpy()
        if _all_points(shapes) and not {"lon", "lat"} & set(table.columns):
            table["lon"], table["lat"] = shapely.get_x(shapes), shapely.get_y(shapes)
        else:
            table["wkt"] = shapely.to_wkt(shapes, rounding_precision=-1)
    for name in table.columns:
        table[name] = _simple(table[name])
    return table


def _geometry_name(frame: pd.DataFrame) -> str | None:
    return str(frame.geometry.name) if isinstance(frame, geopandas.GeoDataFrame) else None


def _all_points(shapes: np.ndarray[tuple[int], np.dtype[np.object_]]) -> bool:
    kinds = shapely.get_type_id(shapes)
    return bool(np.isin(kinds, [-1, 0]).all())


def _simple(column: pd.Series) -> pd.Series:
    """Times as ISO 8601, codes of categories as words, anything unusual as text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _iso(column)
    if column.dtype == object:
        return column.map(lambda v: v if v is None or isinstance(v, str | bool) else str(v)).astype(
            "str"
        )
    return column


def _iso(column: pd.Series) -> pd.Series:
    whole = (column.dropna() == column.dropna().dt.normalize()).all()
    if column.dt.tz is None and whole:
        return column.dt.strftime("%Y-%m-%d")
    return column.map(lambda moment: moment.isoformat(), na_action="ignore").astype("str")


def _disarmed(table: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would run begins with an apostrophe, which our reader takes away."""
    for name in table.columns:
        if isinstance(table[name].dtype, pd.StringDtype):
            armed = table[name].str.match(FORMULA, na=False) & ~table[name].str.match(
                PLAIN_NUMBER, na=False
            )
            if armed.any():
                table[name] = table[name].where(~armed, "'" + table[name])
    return table.rename(columns=lambda n: f"'{n}" if re.match(FORMULA, str(n)) else str(n))


# --- Maps ---------------------------------------------------------------------------------------


def _ogr(driver: str) -> Writer:
    def write_layer(path: Path, frame: pd.DataFrame) -> list[Notice]:
        # Every digit, and rings as they are: what goes out must come back unchanged.
        options = {"COORDINATE_PRECISION": "17"} if driver == "GeoJSON" else {}
        _spatial(frame).to_file(
            path, driver=driver, engine="pyogrio", layer=path.stem, encoding="UTF-8", **options
        )
        return []

    return write_layer


def _spatial(frame: pd.DataFrame) -> geopandas.GeoDataFrame:
    """The frame as a map; a table without places gets an empty one."""
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise Invalid("no_geometry")
    made = frame.copy()
    for name in made.columns.drop(made.geometry.name):
        if isinstance(made[name].dtype, pd.CategoricalDtype) or made[name].dtype == object:
            made[name] = _simple(made[name])
    return made


def _shapefile(path: Path, frame: pd.DataFrame) -> list[Notice]:
    """A Shapefile with UTF-8 text. Its old format shortens names and texts: both are told."""
    made = _spatial(frame)
    others = [str(name) for name in made.columns.drop(made.geometry.name)]
    short = _short_names(others)
    notices = [Notice("column_renamed", {"from": a, "to": b}) for a, b in short.items() if a != b]
    for name in others:
        made[name] = _simple(made[name])
        if isinstance(made[name].dtype, pd.StringDtype):
            notices += _cut(made, name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(field|width|precision).*")
        made.rename(columns=short).to_file(
            path, driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8"
        )
    return notices


def _cut(made: pd.DataFrame, name: str) -> list[Notice]:
    lengths = made[name].dropna().map(lambda text: len(text.encode()))
    rows = int((lengths > DBF_TEXT).sum())
    if rows:
        made[name] = made[name].map(lambda text: _shortened(text, DBF_TEXT), na_action="ignore")
    return [Notice("text_cut", {"column": name, "rows": rows})] if rows else []


def _short_names(names: list[str]) -> dict[str, str]:
    answer: dict[str, str] = {}
    for name in names:
        short, again = _shortened(name, DBF_NAME), 1
        while short.lower() in {taken.lower() for taken in answer.values()}:
            short = f"{_shortened(name, DBF_NAME - len(str(again)))}{again}"
            again += 1
        answer[name] = short
    return answer


def _shortened(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _parquet(path: Path, frame: pd.DataFrame) -> list[Notice]:
    frame.to_parquet(path, index=False)
    return []


WRITERS: dict[str, Writer] = {
    ".csv": _csv,
    ".xlsx": _excel,
    ".geojson": _ogr("GeoJSON"),
    ".gpkg": _ogr("GPKG"),
    ".shp": _shapefile,
    ".parquet": _parquet,
}
