"""A file on its way through the checks, one field after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from layers.files import places, times, values
from layers.files.fields import SHAPES, Field, Reading
from layers.files.report import reason_rows
from layers.files.source import Notice, Source
from layers.files.values import Column, Mask, mask

Shapes: TypeAlias = NDArray[np.object_]
PRECISIONS = ("minute", "day")
PLACES = {"point": places.points, "line": places.lines, "polygon": places.polygons}


@dataclass
class Check:
    """What is known so far: the values by field, the bad rows and why they are bad.

    `placed` are the file's columns that gave the places.
    """

    source: Source
    where: Mapping[str, str]
    reading: Reading
    area: Shapes | None
    frame: dict[str, object] = field(init=False)
    bad: Mask = field(init=False)
    reasons: list[pd.DataFrame] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    placed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.frame = {"row": self.source.rows}
        self.bad = self.nobody()

    def nobody(self) -> Mask:
        return np.zeros(len(self.source.rows), dtype=bool)

    def cells(self, name: str) -> pa.Array:
        """A field's column in the file, all missing where the file has none."""
        theirs = self.where.get(name)
        if theirs is None:
            return pa.nulls(len(self.source.rows), pa.string())
        return self.source.columns[theirs]

    def refuse(self, name: str, code: str, which: Mask, columns: Sequence[str] = ()) -> None:
        """Refuse rows for what stands in a field, or in several columns of the file."""
        if not which.any():
            return
        rows = np.flatnonzero(which)
        theirs = columns or [self.where[one] for one in (name,) if one in self.where]
        shown = _side_by_side(self.source.columns.select(list(theirs)).take(pa.array(rows)))
        self.reasons.append(reason_rows(self.source.rows[rows], name, code, shown))
        self.bad |= which

    def refuse_all(
        self, name: str, refused: Mapping[str, Mask], columns: Sequence[str] = ()
    ) -> Mask:
        """Refuse by code; give the rows that now have a reason."""
        for code, which in refused.items():
            self.refuse(name, code, which, columns)
        return np.asarray(np.logical_or.reduce([self.nobody(), *refused.values()]))


def check_field(one: Field, check: Check) -> None:
    """Add a field's values to the frame and its bad rows to the reasons."""
    if one.beside is not None:
        _check_point_beside(one, one.beside, check)
    elif one.kind in SHAPES:
        _check_places(one, check)
    elif one.kind in {"time", "date"}:
        _check_times(one, check)
    else:
        _check_values(one, check)


def _check_values(one: Field, check: Check) -> None:
    column = _column(one, check.cells(one.name))
    there = mask(column.values.is_valid())
    if one.among:
        allowed = pa.array(list(one.among), column.values.type)
        column.refused["not_allowed"] = there & ~mask(pc.is_in(column.values, allowed))
    refused = check.refuse_all(one.name, column.refused)
    _require(one, check, there | refused)
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


def _series(column: pa.Array) -> pd.Series:
    """As pandas keeps it: str, Int64, float64 and boolean, missing values allowed in each."""
    own = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    # With a mapper pandas makes a Python text of each cell; without, it keeps Arrow's.
    return column.to_pandas(types_mapper=own.get if column.type in own else None)


def _require(one: Field, check: Check, there: Mask) -> None:
    if one.required:
        check.refuse(one.name, "missing", ~there)


def _check_times(one: Field, check: Check) -> None:
    cells, zone = check.cells(one.name), check.reading.timezone
    found = times.dates(cells) if one.kind == "date" else times.moments(cells, zone)
    if one.during is not None:
        found.refused |= times.outside(found.wall, one.during)
    refused = check.refuse_all(one.name, found.refused)
    _require(one, check, ~np.isnat(found.wall) | refused)
    check.notices += [
        Notice(note.code, {"field": one.name, **note.values}) for note in found.notices
    ]
    if one.kind == "date":
        check.frame[one.name] = pd.Series(found.wall.astype("M8[s]"))
        return
    check.frame[one.name] = pd.Series(pd.DatetimeIndex(found.wall).tz_localize("UTC"))
    words = pd.Index(PRECISIONS)
    check.frame[f"{one.name}_precision"] = pd.Categorical.from_codes(found.day.astype("i1"), words)


def _check_places(one: Field, check: Check) -> None:
    found = PLACES[one.kind](check.source, check.where, check.reading, check.area)
    refused = check.refuse_all(one.name, found.refused, found.columns)
    if one.required:
        missing = shapely.is_missing(found.shapes) & ~refused
        check.refuse(one.name, "geometry_missing", missing, found.columns)
    check.placed.update(found.columns)
    check.notices += found.notices
    check.frame["geometry"] = found.shapes
    all_alike = np.zeros(len(found.shapes), "i1")
    check.frame["datum"] = pd.Categorical.from_codes(all_alike, [found.meant.name])
    if found.xy is not None:
        check.frame |= {"x": found.xy[:, 0], "y": found.xy[:, 1]}


def _check_point_beside(one: Field, names: tuple[str, str], check: Check) -> None:
    """Judged and converted as the row's own place is, from columns of its own."""
    lon, lat = (check.where.get(name) for name in names)
    check.frame[one.name] = np.full(len(check.source.rows), None, dtype=object)
    if lon is None or lat is None:
        return
    columns = {"lon": lon, "lat": lat}
    found = places.points(
        replace(check.source, shapes=None), columns, replace(check.reading, columns=columns),
        check.area,
    )  # fmt: skip
    # The fields of the two numbers have told what is no number.
    del found.refused["not_a_number"]
    check.refuse_all(one.name, found.refused, found.columns)
    check.notices += found.notices
    check.frame[one.name] = found.shapes


def _side_by_side(cells: pa.Table) -> pd.Series | None:
    """What stands in the file, as one text a row."""
    if not cells.num_columns:
        return None
    words = [values.text(column).to_pandas().fillna("") for column in cells.itercolumns()]
    return words[0].str.cat(words[1:], sep=" ")
