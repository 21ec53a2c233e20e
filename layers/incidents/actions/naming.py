"""What each row of a file is: the words left out, and the number it is known by."""

import hashlib
from uuid import NAMESPACE_URL

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from layers.files import Checked

UNSPECIFIED = "unspecified"
STATES = (
    "reported", "to_check", "filed", "rejected", "dispatched", "accepted", "on_scene", "handling",
    "handled", "to_recheck", "closed", "merged",
)  # fmt: skip
NAMESPACE = NAMESPACE_URL.bytes
UNIT_SEPARATOR = pa.scalar("\x1f", pa.large_string())
DEFAULTS = {"matter_code": UNSPECIFIED, "state": "reported"}
CONTENT = ("matter", "x", "y", "occurred_at", "address", "description")


def fill(checked: Checked, source: str) -> None:
    """Put in what a file may leave out, and tell what is odd but true.

    A matter and a state that were not sent stay missing: DEFAULTS are for rows that are new.
    """
    frame = checked.frame
    shapes = frame.geometry.to_numpy()
    frame["source"] = frame["source"].fillna(source)
    frame["x"] = frame["x"].where(frame["x"].notna(), shapely.get_x(shapes)).astype(float)
    frame["y"] = frame["y"].where(frame["y"].notna(), shapely.get_y(shapes)).astype(float)
    frame["datum"] = frame["datum"].astype("str").fillna("wgs84")
    read = frame["occurred_at_precision"].astype("str").fillna("minute")
    frame["occurred_at_precision"] = frame["occurred_precision"].astype("str").fillna(read)
    frame["closed_at"] = pd.to_datetime(frame["closed_at"], utc=True)
    known = frame["state"].isin(STATES)
    by_clock = frame["closed_at"].notna().map({True: "closed", False: None})
    tell(checked, "state_not_known", frame["state"].notna() & ~known)
    tell(checked, "closed_before_it_occurred", frame["closed_at"] < frame["occurred_at"])
    frame["state"] = frame["state"].astype(object).where(known, by_clock)


def tell(checked: Checked, code: str, which: pd.Series) -> None:
    rows = int(which.sum())
    if rows:
        checked.warn(code, rows=rows)


def number(frame: pd.DataFrame) -> None:
    """Rows without a number of their own are known by their content and its ordinal."""
    bare = frame["external_id"].isna().to_numpy()
    if not bare.any():
        return
    some = pd.DataFrame({"key": digests(frame[bare])}, index=frame.index[bare])
    ordinal = pd.Series(0, some.index)
    if some["key"].duplicated().any():
        ordinal = some.groupby(["key", frame.loc[bare, "source"]], sort=False).cumcount()
    numbered = some["key"] + "#" + ordinal.astype("str")
    frame["external_id"] = frame["external_id"].astype("str").where(~bare, numbered)


def digests(frame: pd.DataFrame) -> list[str]:
    """SHA-256 over what was sent of each row."""
    content = frame[[*CONTENT]].fillna({"matter": UNSPECIFIED})
    parts = [pa.array(_canonical(content[name]), pa.large_string()) for name in CONTENT]
    whole = pc.binary_join_element_wise(*parts, UNIT_SEPARATOR, null_handling="replace")
    return [hashlib.sha256(row.encode()).hexdigest() for row in whole.to_pylist()]


def _canonical(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.as_unit("us").astype("int64").astype("str")
    return column.astype("str")


def keep_newest(checked: Checked) -> None:
    """Of several rows with one number the newest status wins."""
    newest = checked.frame[["occurred_at", "closed_at"]].max(axis=1)
    checked.keep_last(["source", "external_id"], newest)


def identities(sources: pd.Series, numbers: pd.Series) -> NDArray[np.uint8]:
    """UUID version 5 of source and number (n, 16), so that a row is the same wherever it is
    imported."""
    names = (sources.astype("str") + "\x1f" + numbers.astype("str")).tolist()
    digests = b"".join([hashlib.sha1(NAMESPACE + n.encode()).digest() for n in names])  # noqa: S324
    octets = np.frombuffer(digests, np.uint8).reshape(-1, 20)[:, :16].copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x50
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    return octets
