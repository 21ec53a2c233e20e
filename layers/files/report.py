"""What became of each row: taken, refused or superseded. Nothing else is possible."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from layers.files import writing
from layers.files.source import Notice, Source, numbered

REFUSED = ("row", "field", "code", "value")
Words = Callable[[str, str], str]


@dataclass
class Checked:
    """A file after the checks.

    `frame` holds the rows taken, in our column names, with `row`, the 1-based number of the data
    row in the file; geometry is lon/lat WGS 84. `refused` has a line for each reason (row, field,
    code, value), `superseded` one for each row that another row of the file replaces (row, by).
    Whoever checks further calls `refuse` and `supersede`.
    """

    frame: pd.DataFrame
    refused: pd.DataFrame
    total: int
    unused: list[str]
    file: str
    sha256: str
    source: Source = field(repr=False)
    warnings: list[Notice] = field(default_factory=list)
    superseded: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"row": [], "by": []}, dtype="int64")
    )

    @property
    def layer(self) -> str | None:
        return self.source.layer

    @property
    def encoding(self) -> str | None:
        return self.source.encoding

    def refuse(
        self,
        where: NDArray[np.bool_],
        name: str,
        code: str,
        values: Sequence[object] | None = None,
    ) -> None:
        """Refuse the rows of `frame` that `where` marks. `values` go by row of `frame`; without
        them the frame's own column `name` shows what was wrong."""
        if not where.any():
            return
        shown = self.frame.get(name) if values is None else pd.Series(values, self.frame.index)
        reasons = reason_rows(
            self.frame["row"].to_numpy()[where], name, code, None if shown is None else shown[where]
        )
        self.refused = joined([self.refused, reasons])
        self.frame = self.frame[~where].reset_index(drop=True)

    def supersede(self, where: NDArray[np.bool_], by: NDArray[np.int64]) -> None:
        """Set aside the rows of `frame` that `where` marks; `by` are the file's row numbers of
        the rows that replace them."""
        if not where.any():
            return
        rows = pd.DataFrame({"row": self.frame["row"].to_numpy()[where], "by": by[where]})
        self.superseded = pd.concat([self.superseded, rows], ignore_index=True)
        self.frame = self.frame[~where].reset_index(drop=True)

    def keep_last(self, keys: list[str], newest: pd.Series | None = None) -> None:
        """Of rows with the same keys the newest stays (the last one in the file among equals).

        `newest` says by row of `frame` how new it is. A missing key is equal to a missing key.
        """
        again = self.frame.duplicated(keys, keep=False).to_numpy()
        some = self.frame.loc[again, [*keys, "row"]]
        if newest is not None:
            some = some.loc[newest[again].sort_values(kind="stable").index]
        last = some.groupby(keys, sort=False, dropna=False)["row"].transform("last")
        by = self.frame["row"].to_numpy(dtype=np.int64, copy=True)
        by[last.index] = last
        self.supersede(by != self.frame["row"].to_numpy(), by)

    def warn(self, code: str, **values: object) -> None:
        self.warnings.append(Notice(code, values))

    def counts(self) -> dict[str, int]:
        """Rows read = taken + refused + superseded; raises when a row went astray."""
        found = {
            "read": self.total,
            "taken": len(self.frame),
            "refused": int(self.refused["row"].nunique()),
            "superseded": len(self.superseded),
        }
        if found["read"] != found["taken"] + found["refused"] + found["superseded"]:
            raise AssertionError(found)
        return found

    def reasons(self) -> dict[str, int]:
        """How many rows each reason took."""
        counted = self.refused.groupby("code")["row"].nunique()
        return {str(code): int(rows) for code, rows in counted.items()}

    def write_refused(self, path: Path, words: Words) -> list[Notice]:
        """Write the refused and the superseded rows in the file's own columns, with their reasons
        in words and codes.

        `words` makes a sentence from (code, field); after that of `superseded` stands the number
        of the row that was taken. Reversals of an earlier import are left out: they had their
        effect. Corrected, and rid of what is superseded, the file can be read again.
        """
        return writing.write(path, self._refused_rows(words))

    def _refused_rows(self, words: Words) -> pd.DataFrame:
        said = zip(self.refused["code"], self.refused["field"], strict=True)
        refused = self.refused.assign(reason=[words(code, name) for code, name in said])
        by_row = (
            pd.concat([refused, self._replaced(words)])
            .groupby("row")[["reason", "code"]]
            .agg("; ".join)
        )
        own = _own_rows(self.source, by_row.index.to_numpy(dtype=np.int64))
        for name, column in (("row", by_row.index), *by_row.items()):
            own[_free(str(name), own)] = column.to_numpy()
        return own

    def _replaced(self, words: Words) -> pd.DataFrame:
        rows = self.superseded[self.superseded["by"] > 0]
        said = words("superseded", "")
        return rows.assign(reason=[f"{said} {row}" for row in rows["by"]], code="superseded")


def as_checked(given: Checked | pd.DataFrame, columns: Sequence[str]) -> Checked:
    """A checked file, or a frame of our own making with our column names, made complete.

    `columns` that are not there are added with nothing in them.
    """
    if not isinstance(given, Checked):
        frame = given.reset_index(drop=True)
        rows = numbered(len(frame))
        frame = frame.assign(row=rows)
        given = Checked(frame, joined([]), len(frame), [], "", "", Source(pa.table({}), rows))
    for name in columns:
        if name not in given.frame:
            given.frame[name] = None
    return given


def reason_rows(
    rows: NDArray[np.int64], name: str, code: str, values: pd.Series | None
) -> pd.DataFrame:
    shown = [None] * len(rows) if values is None else values.astype(object).to_numpy()
    found = {"row": rows, "field": name, "code": code, "value": shown}
    return pd.DataFrame(found).astype({"row": "int64", "value": object})


def joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: [] for name in REFUSED}).astype({"row": "int64"})
    return pd.concat(filled, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)


def _own_rows(source: Source, rows: NDArray[np.int64]) -> pd.DataFrame:
    """The file's own columns of these rows; of a broken row only its text."""
    places = np.searchsorted(source.rows, rows)
    whole = np.isin(rows, source.rows)
    own = source.columns.take(places[whole]).to_pandas()
    if source.shapes is not None:
        own = geopandas.GeoDataFrame(own, geometry=source.shapes[places[whole]], crs=source.crs)
    own = own.set_index(rows[whole]).reindex(rows)
    if source.broken:
        broken = dict(source.broken)
        own[_free("line", own)] = [broken.get(int(row)) for row in rows]
    return own.reset_index(drop=True)


def _free(name: str, frame: pd.DataFrame) -> str:
    """A column name that the file itself does not use."""
    while name in frame.columns:
        name += "_"
    return name
