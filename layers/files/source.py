"""A file's content before anybody judged it."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Notice:
    """Something that the file's owner should know, though no row was refused for it."""

    code: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass
class Source:
    """Columns as they stand in the file, one row per record.

    `rows` are the 1-based numbers of the data rows; `broken` are the rows that could not be
    taken apart, as (row, text); `shapes` are in the coordinates of `crs` and None where missing,
    `unreadable` marks those that are there but cannot be read.
    """

    columns: pa.Table
    rows: NDArray[np.int64]
    shapes: NDArray[np.object_] | None = None
    unreadable: NDArray[np.bool_] | None = None
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    broken: list[tuple[int, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.rows) + len(self.broken)


def numbered(count: int) -> NDArray[np.int64]:
    return np.arange(1, count + 1, dtype=np.int64)


def without_blank_rows(source: Source) -> Source:
    """Rows in which nothing at all stands, as spreadsheets leave them behind, are no data."""
    if source.shapes is not None or not source.columns.num_columns:
        return source
    filled = np.zeros(len(source.rows), dtype=bool)
    for column in source.columns.itercolumns():
        filled |= column.is_valid().to_numpy(zero_copy_only=False)
        if filled.all():
            return source
    source.notices.append(Notice("blank_rows", {"rows": int((~filled).sum())}))
    source.columns = source.columns.filter(pa.array(filled))
    source.rows = source.rows[filled]
    return source


def distinct(names: list[str]) -> list[str]:
    """The names with empty ones numbered and repeated ones told apart."""
    answer: list[str] = []
    for place, name in enumerate(names, start=1):
        base = name.strip() or f"column_{place}"
        new, again = base, 2
        while new in answer:
            new, again = f"{base}_{again}", again + 1
        answer.append(new)
    return answer
