"""From any file to a checked frame."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd

from layers.errors import Invalid
from layers.files import delimited, excel, geojson, osm, sniffing, vector
from layers.files.checking import Check, Shapes, check_field
from layers.files.fields import PLACES, SHAPES, Field, Reading, matched, shown
from layers.files.report import Checked, joined, reason_rows
from layers.files.source import Notice, Source, without_blank_rows
from layers.files.values import Progress, silent


def read(
    reading: Reading,
    fields: Sequence[Field],
    area: Shapes | None = None,
    progress: Progress = silent,
) -> Checked:
    """Read a file and check it against what a layer wants.

    `area` are the bureau's lon/lat polygons, by which far places and wrong datums are told.
    `progress` hears (rows done, rows in all or 0, "read" | "check"). Raises Invalid when nothing
    can be made of the file as a whole; a bad row is only refused.
    """
    progress(0, 0, "read")
    source = without_blank_rows(load(reading, progress, fields))
    progress(source.total, source.total, "read")
    where = matched(fields, source.columns.column_names, reading.columns)
    _check_columns(fields, where, source)
    check = Check(source, where, reading, area)
    for done, one in enumerate(fields):
        progress(source.total * done // len(fields), source.total, "check")
        check_field(one, check)
    progress(source.total, source.total, "check")
    return _checked(check)


def load(reading: Reading, progress: Progress, fields: Sequence[Field] = ()) -> Source:
    """The content of a file, by the reader that its name and first bytes ask for."""
    path, layer, encoding = reading.path, reading.layer, reading.encoding
    readers: dict[str, Callable[[], Source]] = {
        "text": lambda: delimited.load(path, encoding),
        "excel": lambda: excel.load(path, layer, progress),
        "geojson": lambda: geojson.load(path, encoding),
        "gpkg": lambda: vector.geopackage(path, layer),
        "shapefile": lambda: vector.shapefile(path, encoding),
        "zip": lambda: vector.zipped(path, layer, encoding),
        "parquet": lambda: vector.parquet(path),
        "osm": lambda: osm.extract(path, layer, fields),
    }
    return readers[sniffing.kind(path)]()


def _check_columns(fields: Sequence[Field], where: Mapping[str, str], source: Source) -> None:
    wanted = [one.name for one in fields if one.required and one.kind not in SHAPES]
    missing = [name for name in wanted if name not in where]
    if missing and (source.total or source.columns.column_names):
        raise Invalid("columns_missing", missing=missing, found=shown(source.columns.column_names))


def _checked(check: Check) -> Checked:
    frame = pd.DataFrame(check.frame)
    if check.bad.any():
        frame = frame[~check.bad].reset_index(drop=True)
    if "geometry" in frame:
        frame = geopandas.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
    source = check.source
    notices = [*source.notices, *check.notices]
    return Checked(
        frame,
        joined([_broken(source), *check.reasons]),
        source.total,
        _unused(check),
        check.reading.path.name,
        sniffing.sha256(_files(check.reading.path)),
        source,
        notices if source.total else [*notices, Notice("no_rows")],
    )


def _broken(source: Source) -> pd.DataFrame:
    rows = np.array([row for row, _ in source.broken], dtype=np.int64)
    texts = pd.Series([text for _, text in source.broken], dtype=object)
    return reason_rows(rows, "", "row_broken", texts)


def _unused(check: Check) -> list[str]:
    plain = {theirs for ours, theirs in check.where.items() if ours not in PLACES}
    used = plain | check.placed
    return [name for name in check.source.columns.column_names if name not in used]


def _files(path: Path) -> list[Path]:
    return list(vector.sidecars(path).values()) if path.suffix.lower() == ".shp" else [path]
