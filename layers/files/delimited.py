"""CSV and its kin: every cell as text, every row counted."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from layers.errors import Invalid
from layers.files import sniffing
from layers.files.source import Notice, Source, distinct

SEPARATORS = ",;\t|"
BLOCK = 1 << 24


def load(path: Path, encoding: str | None) -> Source:
    """All columns of a delimited text file as text, empty cells as missing."""
    used = sniffing.encoding(path, encoding)
    first = _first_line(path, used)
    separator = max(SEPARATORS, key=first.count)
    names = _header(path, used, separator)
    broken: list[tuple[int, str]] = []
    table = _parsed(path, used, separator, names, broken)
    _check_quotes(path, table)
    rows = _numbers(table.num_rows, [row for row, _ in broken])
    source = Source(table, rows, encoding=used, broken=broken)
    if encoding is None and used == "gb18030":
        source.notices.append(Notice("encoding_guessed", {"encoding": used}))
    return source


def _first_line(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding) as opened:
        return next((line for line in opened if line.strip()), "")


def _header(path: Path, encoding: str, separator: str) -> list[str]:
    with path.open(encoding=encoding, newline="") as opened:
        try:
            return distinct(next(row for row in csv.reader(opened, delimiter=separator) if row))
        except (StopIteration, csv.Error) as problem:
            raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem


def _parsed(
    path: Path, encoding: str, separator: str, names: list[str], broken: list[tuple[int, str]]
) -> pa.Table:
    """Parse on all cores; a second time on one where rows are broken, to learn their numbers."""

    def keep(row: pacsv.InvalidRow) -> str:
        broken.append(((row.number or 1) - 1, row.text))
        return "skip"

    for threads in (True, False):
        broken.clear()
        try:
            table = pacsv.read_csv(
                path,
                pacsv.ReadOptions(
                    use_threads=threads,
                    block_size=BLOCK,
                    column_names=names,
                    skip_rows_after_names=1,
                    encoding="utf-8" if encoding == "utf-8-sig" else encoding,
                ),
                pacsv.ParseOptions(
                    delimiter=separator, newlines_in_values=True, invalid_row_handler=keep
                ),
                pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except (pa.ArrowInvalid, UnicodeError) as problem:
            raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem
        if not broken:
            break
    return table


def _check_quotes(path: Path, table: pa.Table) -> None:
    """A quote that is never closed swallows the rest of the file into the last row."""
    last = table.slice(max(table.num_rows - 1, 0)).to_pylist()
    if not any("\n" in value for row in last for value in row.values() if value):
        return
    with path.open("rb") as opened:
        quotes = sum(chunk.count(b'"') for chunk in iter(lambda: opened.read(BLOCK), b""))
    if quotes % 2:
        raise Invalid("quote_not_closed", file=path.name, row=table.num_rows)


def _numbers(whole: int, broken: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Numbers of the whole rows, the broken ones between them left out."""
    every = np.arange(1, whole + len(broken) + 1, dtype=np.int64)
    return every[~np.isin(every, broken)]
