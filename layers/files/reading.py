"""From any file to a checked frame."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from layers.errors import Invalid
from layers.files import delimited, excel, geojson, places, sniffing, times, values, vector
from layers.files.fields import SHAPES, Field, Reading, matched
from layers.files.report import Checked, joined, reason_rows
from layers.files.source import Notice, Source, without_blank_rows
from layers.files.values import Column, Mask, Progress, mask, silent

Shapes = NDArray[np.object_]


@dataclasses.dataclass
class _Check:
    """One file on its way through the checks, field by field."""

    source: Source
    where: Mapping[str, str]
    reading: Reading
    area: Shapes | None
    frame: dict[str, object]
    bad: Mask
    reasons: list[pd.DataFrame]
    notices: list[Notice]

    def cells(self, name: str) -> pa.Array:
        theirs = self.where.get(name)
        if theirs is None:
            return pa.nulls(len(self.source.rows), pa.string())
        return self.source.columns[theirs]

    def refuse(self, name: str, code: str, which: Mask) -> None:
        if not which.any():
            return
        places_ = np.flatnonzero(which)
        shown = self._shown(name, places_)
        self.reasons.append(reason_rows(self.source.rows[places_], name, code, shown))
        self.bad |= which

    def _shown(self, name: str, rows: NDArray[np.int64]) -> pd.Series | None:
        """What stands in the file in these rows."""
        if name not in self.where:
            return None
        return values.text(self.source.columns[self.where[name]].take(pa.array(rows))).to_pandas()


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
    source = without_blank_rows(load(reading, progress))
    progress(source.total, source.total, "read")
    where = matched(fields, source.columns.column_names, reading.columns)
    _check_columns(fields, where, source)
    check = _Check(
        source, where, reading, area, {"row": source.rows}, _nobody(source), _broken(source), []
    )
    for done, one in enumerate(fields):
        progress(source.total * done // len(fields), source.total, "check")
        _check_field(one, check)
    progress(source.total, source.total, "check")
    return _checked(check)


def load(reading: Reading, progress: Progress) -> Source:
    """The content of a file, by the reader that its name and first bytes ask for."""
    path, layer, encoding = reading.path, reading.layer, reading.encoding
    match sniffing.kind(path):
        case "text":
            return delimited.load(path, encoding)
        case "excel":
            return excel.load(path, layer, progress)
        case "geojson":
            return geojson.load(path, encoding)
        case "gpkg":
            return vector.geopackage(path, layer)
        case "shapefile":
            return vector.shapefile(path, encoding)
        case "zip":
            return vector.zipped(path, layer, encoding)
        case _:
            return vector.parquet(path)


def _check_columns(fields: Sequence[Field], where: Mapping[str, str], source: Source) -> None:
    wanted = [one.name for one in fields if one.required and one.kind not in SHAPES]
    missing = [name for name in wanted if name not in where]
    if missing and source.total:
        raise Invalid("columns_missing", missing=missing, found=source.columns.column_names)


def _nobody(source: Source) -> Mask:
    return np.zeros(len(source.rows), dtype=bool)


def _broken(source: Source) -> list[pd.DataFrame]:
    rows = np.array([row for row, _ in source.broken], dtype=np.int64)
    return [reason_rows(rows, "", "row_broken", pd.Series([text for _, text in source.broken]))]


def _check_field(one: Field, check: _Check) -> None:
    if not check.source.total:
        check.frame[one.name] = np.empty(0, dtype=object)
    elif one.kind in SHAPES:
        _check_places(one, check)
    elif one.kind in {"time", "date"}:
        _check_times(one, check)
    else:
        _check_values(one, check)


def _check_values(one: Field, check: _Check) -> None:
    cells = check.cells(one.name)
    column = _column(one, cells)
    for code, which in column.refused.items():
        check.refuse(one.name, code, which)
    there = mask(column.values.is_valid())
    if one.among:
        known = np.isin(column.values.to_numpy(zero_copy_only=False), list(one.among))
        check.refuse(one.name, "not_allowed", there & ~known)
    if one.between is not None:
        found = column.values.to_numpy(zero_copy_only=False)
        check.refuse(one.name, "out_of_bounds", there & ~_within(found, one.between))
    _require(
        one, check, there | np.logical_or.reduce([_nobody(check.source), *column.refused.values()])
    )
    check.frame[one.name] = _series(column.values)


def _column(one: Field, cells: pa.Array) -> Column:
    match one.kind:
        case "code":
            return values.codes(cells, one.longest)
        case "integer":
            return values.integers(cells)
        case "number":
            return values.numbers(cells)
        case "boolean":
            return values.booleans(cells)
        case _:
            return values.prose(cells, one.longest)


def _within(found: NDArray[np.float64], between: tuple[object, object]) -> Mask:
    low, high = between
    return np.asarray((found >= low) & (found <= high))


def _series(column: pa.Array) -> pd.Series:
    """As pandas keeps it: str, Int64, float64 and boolean, missing values allowed in each."""
    own = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return column.to_pandas(types_mapper=own.get)


def _require(one: Field, check: _Check, there: Mask) -> None:
    if one.required:
        check.refuse(one.name, "missing", ~there)


def _check_times(one: Field, check: _Check) -> None:
    cells = check.cells(one.name)
    found = (
        times.dates(cells) if one.kind == "date" else times.moments(cells, check.reading.timezone)
    )
    for code, which in found.refused.items():
        check.refuse(one.name, code, which)
    if one.between is not None:
        for code, which in times.outside(found.wall, one.between).items():
            check.refuse(one.name, code, which)
    refused = np.logical_or.reduce([_nobody(check.source), *found.refused.values()])
    _require(one, check, ~np.isnat(found.wall) | refused)
    check.notices += [_about(notice, one) for notice in found.notices]
    if one.kind == "date":
        check.frame[one.name] = pd.Series(found.wall.astype("M8[s]"))
        return
    check.frame[one.name] = pd.Series(pd.DatetimeIndex(found.wall).tz_localize("UTC"))
    words = pd.Index(["minute", "day"])
    check.frame[f"{one.name}_precision"] = pd.Categorical.from_codes(found.day.astype("i1"), words)


def _about(notice: Notice, one: Field) -> Notice:
    return Notice(notice.code, {"field": one.name, **notice.values})


def _check_places(one: Field, check: _Check) -> None:
    judge = places.points if one.kind == "point" else places.polygons
    found = judge(check.source, check.where, check.reading, check.area)
    for code, which in found.refused.items():
        check.refuse(one.name, code, which)
    missing = np.equal(found.shapes, None) & ~np.logical_or.reduce(list(found.refused.values()))
    if one.required:
        check.refuse(one.name, "geometry_missing", missing)
    check.notices += found.notices
    check.frame["geometry"] = found.shapes
    if found.xy is not None:
        x, y = found.xy.T
        check.frame |= {"x": x, "y": y, "datum": pd.Categorical([found.meant.name]).repeat(len(x))}


def _checked(check: _Check) -> Checked:
    frame = pd.DataFrame(check.frame)
    if check.bad.any():
        frame = frame[~check.bad].reset_index(drop=True)
    if "geometry" in frame:
        frame = geopandas.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")
    source = check.source
    used = set(check.where.values())
    notices = [*source.notices, *check.notices]
    return Checked(
        frame,
        joined(check.reasons),
        source.total,
        [name for name in source.columns.column_names if name not in used],
        sniffing.sha256(_files(check.reading.path)),
        source,
        notices if source.total else [*notices, Notice("no_rows")],
    )


def _files(path: Path) -> list[Path]:
    return list(vector.sidecars(path).values()) if path.suffix.lower() == ".shp" else [path]
