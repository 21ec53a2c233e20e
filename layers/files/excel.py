"""Sheets of a workbook, as text: dates as ISO 8601, whole numbers without a point.

Of merged cells only the first holds a value, as in the file itself; the others count as empty.
Formulas give the values last computed by the program that saved them.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Protocol

import numpy as np
import openpyxl
import pyarrow as pa

from layers.errors import Invalid
from layers.files.source import Notice, Source, distinct
from layers.files.values import EXACT, Progress, silent

UNCOMPUTED = re.compile(rb"</f><v ?/>|</f><v></v>|</f></c>")
STEP = 20_000


Line = tuple[object, ...]


class Sheet(Protocol):
    """What we use of openpyxl's sheet."""

    title: str
    max_row: int | None

    def iter_rows(self, *, values_only: bool) -> Iterator[Line]: ...


def load(path: Path, layer: str | None, progress: Progress = silent) -> Source:
    """The sheet of that name, else the first that holds anything."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:
        raise Invalid("file_not_readable", file=path.name, says=repr(problem)) from problem
    try:
        sheet = _sheet(book.worksheets, layer, path)
        source = _table(sheet, progress)
    finally:
        book.close()
    source.notices += _uncomputed(path)
    return source


def _sheet(sheets: list[Sheet], layer: str | None, path: Path) -> Sheet:
    titles = [sheet.title for sheet in sheets]
    if layer is not None and layer not in titles:
        raise Invalid("layer_not_found", layer=layer, layers=titles)
    for sheet in sheets:
        filled = any(map(_filled, sheet.iter_rows(values_only=True)))
        if sheet.title == layer or (layer is None and filled):
            return sheet
    raise Invalid("file_empty", file=path.name)


def _table(sheet: Sheet, progress: Progress) -> Source:
    lines, titled = _untitled(sheet.iter_rows(values_only=True))
    header = next(lines, ())
    names = distinct([text(cell) or "" for cell in header])
    cells: list[list[str | None]] = [[] for _ in names]
    for count, row in enumerate(lines, start=1):
        for column, cell in zip(cells, (*row, *[None] * (len(names) - len(row))), strict=False):
            column.append(text(cell))
        if count % STEP == 0:
            progress(count, sheet.max_row or 0, "read")
    columns = pa.table(dict(zip(names, [pa.array(c, pa.string()) for c in cells], strict=True)))
    rows = np.arange(1, columns.num_rows + 1, dtype=np.int64)
    notices = [Notice("title_above")] if titled else []
    return Source(columns, rows, layer=sheet.title, notices=notices)


def _untitled(lines: Iterator[Line]) -> tuple[Iterator[Line], bool]:
    """The lines from the columns' names on, and whether a title stood above them: one cell over
    a line of several, as offices write it over a whole table."""
    first = next((line for line in lines if _filled(line)), ())
    below = next(lines, None) if _filled(first) == 1 else None
    if below is None:
        return chain([first], lines), False
    titled = _filled(below) > 1
    return chain([below] if titled else [first, below], lines), titled


def _filled(line: Line) -> int:
    return sum(cell is not None for cell in line)


def text(cell: object) -> str | None:
    """A cell's value in the one form that the checks read."""
    match cell:
        case None | "":
            return None
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell)) if abs(cell) < EXACT else f"{cell:.14E}"
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)


def _uncomputed(path: Path) -> list[Notice]:
    """Formulas without a stored value read as empty: a workbook written by a program has them."""
    with zipfile.ZipFile(path) as packed:
        sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        found = sum(len(UNCOMPUTED.findall(packed.read(name))) for name in sheets)
    return [Notice("formulas_without_values", {"cells": found})] if found else []
