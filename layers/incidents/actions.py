"""Taking in incidents, and giving each the grid of its time."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeAlias
from uuid import NAMESPACE_URL
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select, text

from geo.cells import cells_of
from geo.locate import Locator
from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, Progress, as_checked, silent
from layers.grids.actions import noted, stage
from layers.grids.tables import Grid
from layers.incidents.queries import RESOLUTION

Lonlat: TypeAlias = NDArray[np.float64]

UNSPECIFIED = "unspecified"
STATES = (
    "reported", "to_check", "filed", "rejected", "dispatched", "accepted", "on_scene", "handling",
    "handled", "to_recheck", "closed", "merged",
)  # fmt: skip
NAMESPACE = NAMESPACE_URL.bytes
UNIT_SEPARATOR = pa.scalar("\x1f", pa.large_string())
CONTENT = ("matter", "x", "y", "occurred_at", "address", "description")


def fields(earliest: datetime, latest: datetime) -> tuple[Field, ...]:
    """What is read of a file of incidents that happened between two moments."""
    return (
        Field("external_id", "code", aliases=(
            "编号", "案件编号", "工单编号", "service_request_number", "id"), longest=200),
        Field("source", "code", aliases=("来源", "问题来源"), longest=64),
        Field("matter", "code", aliases=(
            "类别", "问题类型", "案由", "小类", "nature_of_code_violation", "category",
        ), longest=200),
        Field("occurred_at", "time", required=True, during=(earliest, latest), aliases=(
            "发生时间", "上报时间", "时间", "creation_date", "date", "occ_date", "reported_at")),
        Field("closed_at", "time", aliases=("结案时间", "completion_date")),
        Field("state", "code", aliases=("状态", "status"), longest=64),
        Field("accuracy_m", "number", aliases=("精度", "accuracy")),
        Field("address", longest=1000),
        Field("description", longest=10_000),
        Field("count", "integer", aliases=("数量",), among=frozenset({1, -1})),
        Field("place", "point", required=True),
    )  # fmt: skip


OPTIONAL = (
    "external_id", "source", "matter", "closed_at", "state", "accuracy_m", "address",
    "description", "count", "x", "y", "datum", "occurred_at_precision",
)  # fmt: skip


def import_incidents(  # noqa: PLR0913  (an action: what, from whom, who, when, in which zone)
    connection: Connection,
    given: Checked | gpd.GeoDataFrame,
    *,
    actor: Actor,
    at: datetime,
    zone: ZoneInfo,
    source: str = "import",
    progress: Progress = silent,
) -> Outcome:
    """Add or change incidents by (source, external_id); see the functions below for each rule."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, OPTIONAL)
    _fill(checked, source)
    _take_back(connection, checked)
    _number(checked.frame)
    _newest_of_each(checked)
    progress(len(checked.frame), checked.total, "locate")
    rows = _rows(connection, checked, at, zone)
    progress(len(checked.frame), checked.total, "write")
    _add_matters(connection, checked.frame["matter"])
    stage(connection, "incidents", rows)
    new, changed = connection.execute(text(UPSERT)).one()
    counts = (int(new), int(changed))
    return noted(connection, "incidents", checked, counts, actor=actor, at=at)


SENT = (
    "matter_code", "state", "place", "x", "y", "datum", "accuracy_m", "grid_id", "cell",
    "occurred_at", "occurred_precision", "closed_at", "address", "description",
)  # fmt: skip
# What was taken back stays so, however often the report itself is delivered again.
UPSERT = f"""
    WITH done AS (
        INSERT INTO incidents AS s (id, source, external_id, received_at, {", ".join(SENT)})
        SELECT id, source, external_id, received_at, {", ".join(SENT)} FROM incoming
        ON CONFLICT (source, external_id) DO UPDATE
        SET ({", ".join(SENT)}) = ({", ".join(f"excluded.{name}" for name in SENT)})
        WHERE s.state <> 'rejected' AND ({", ".join(f"s.{name}" for name in SENT)})
              IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in SENT)})
        RETURNING s.xmax = 0 AS new)
    SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM done
"""


# --- What each row is ---------------------------------------------------------------------------


def _fill(checked: Checked, source: str) -> None:
    """Put in what a file may leave out, and tell what is odd but true."""
    frame = checked.frame
    shapes = frame.geometry.to_numpy()
    frame["source"] = frame["source"].fillna(source)
    frame["matter"] = frame["matter"].fillna(UNSPECIFIED)
    frame["x"] = frame["x"].where(frame["x"].notna(), shapely.get_x(shapes)).astype(float)
    frame["y"] = frame["y"].where(frame["y"].notna(), shapely.get_y(shapes)).astype(float)
    frame["datum"] = frame["datum"].astype("str").fillna("wgs84")
    frame["occurred_at_precision"] = frame["occurred_at_precision"].astype("str").fillna("minute")
    frame["closed_at"] = pd.to_datetime(frame["closed_at"], utc=True)
    known = frame["state"].isin(STATES)
    by_clock = np.where(frame["closed_at"].notna(), "closed", "reported")
    _tell(checked, "state_not_known", frame["state"].notna() & ~known)
    _tell(checked, "closed_before_it_occurred", frame["closed_at"] < frame["occurred_at"])
    frame["state"] = frame["state"].where(known, by_clock).astype("str")


def _tell(checked: Checked, code: str, which: pd.Series) -> None:
    rows = int(which.sum())
    if rows:
        checked.warn(code, rows=rows)


def _number(frame: pd.DataFrame) -> None:
    """Rows without a number of their own are known by their content and its ordinal."""
    bare = frame["external_id"].isna().to_numpy()
    if not bare.any():
        return
    some = pd.DataFrame({"key": _digests(frame[bare])}, index=frame.index[bare])
    ordinal = pd.Series(0, some.index)
    if some["key"].duplicated().any():
        ordinal = some.groupby(["key", frame.loc[bare, "source"]], sort=False).cumcount()
    numbered = some["key"] + "#" + ordinal.astype("str")
    frame["external_id"] = frame["external_id"].astype("str").where(~bare, numbered)


def _digests(frame: pd.DataFrame) -> list[str]:
    """SHA-256 over what was sent of each row."""
    parts = [pa.array(_canonical(frame[name]), pa.large_string()) for name in CONTENT]
    whole = pc.binary_join_element_wise(*parts, UNIT_SEPARATOR, null_handling="replace")
    return [hashlib.sha256(row.encode()).hexdigest() for row in whole.to_pylist()]


def _canonical(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.as_unit("us").astype("int64").astype("str")
    return column.astype("str")


def _newest_of_each(checked: Checked) -> None:
    """Of several rows with one number the newest status wins."""
    newest = checked.frame[["occurred_at", "closed_at"]].max(axis=1)
    checked.keep_last(["source", "external_id"], newest)


# --- Reversals ----------------------------------------------------------------------------------


def _take_back(connection: Connection, checked: Checked) -> None:
    """A row with count -1 takes back the newest earlier row with the same number or content.

    Both are superseded. Where the earlier row came with an earlier import it is withdrawn there
    (state rejected), and stays withdrawn. A reversal that finds nothing is refused.
    """
    counted = pd.to_numeric(checked.frame["count"]).fillna(1).to_numpy(dtype=float)
    if (counted >= 0).all():
        return
    frame = checked.frame
    bare = frame["external_id"].isna().to_numpy()
    key = frame["external_id"].astype(object)
    key[bare] = _digests(frame[bare])
    story = pd.DataFrame(
        {"source": frame["source"], "key": key, "bare": bare, "minus": counted < 0,
         "row": frame["row"]}
    )  # fmt: skip
    touched = story.groupby(["source", "key"])["minus"].transform("any")
    story = _paired(story[touched])
    gone = _withdraw(connection, story)
    _set_aside(checked, story, gone)


def _paired(story: pd.DataFrame) -> pd.DataFrame:
    """Add `by`, the row's partner or 0, as brackets are matched; `ordinal` of the rows that came.

    Only the few rows whose number or content is taken back somewhere are looked at.
    """
    partner: dict[int, int] = {}
    for _, rows in story.groupby(["source", "key"], sort=False):
        waiting: list[int] = []
        for row, minus in zip(rows["row"], rows["minus"], strict=True):
            if not minus:
                waiting.append(row)
            elif waiting:
                partner[row] = waiting.pop()
                partner[partner[row]] = row
    by = story["row"].map(partner).fillna(0).astype(np.int64)
    return story.assign(by=by)


def _withdraw(connection: Connection, story: pd.DataFrame) -> set[int]:
    """Reject what is taken back in the database; give the lone reversals that found something."""
    _reject_pairs(connection, story)
    lone = story[story["minus"] & (story["by"] == 0)]
    lone = lone.assign(turn=lone.groupby(["source", "key"]).cumcount() + 1)
    if lone.empty:
        return set()
    connection.execute(text("DROP TABLE IF EXISTS reversals"))
    connection.execute(text(
        "CREATE TEMP TABLE reversals (source text, key text, bare boolean, row bigint, turn int)"
        " ON COMMIT DROP"
    ))  # fmt: skip
    db.pour(connection, "reversals", lone[["source", "key", "bare", "row", "turn"]])
    connection.execute(text(REJECT_NEWEST))
    return set(connection.execute(text(FOUND)).scalars())


SAME = """
    s.source = r.source AND r.key = CASE WHEN r.bare THEN left(s.external_id, 64)
                                         ELSE s.external_id END
    AND (NOT r.bare OR substr(s.external_id, 65, 1) = '#')
"""
# The n-th reversal of one thing needs n things; those already rejected answer the first ones, so
# that a reversal that is delivered twice takes back one.
REJECT_NEWEST = f"""
    UPDATE incidents SET state = 'rejected' WHERE id IN (
        SELECT id FROM (
            SELECT s.id, s.state, r.wanted,
                   row_number() OVER (PARTITION BY r.source, r.key
                       ORDER BY s.state = 'rejected' DESC, s.occurred_at DESC, s.external_id DESC) n
            FROM (SELECT source, key, bare, count(*) AS wanted FROM reversals GROUP BY 1, 2, 3) r
            JOIN incidents s ON {SAME}) ranked
        WHERE n <= wanted AND state <> 'rejected')
"""
FOUND = f"""
    SELECT r.row FROM reversals r
    WHERE r.turn <= (SELECT count(*) FROM incidents s WHERE {SAME})
"""
REJECT_PAIRS = """
    UPDATE incidents s SET state = 'rejected' FROM unnest(
        CAST(:sources AS text[]), CAST(:numbers AS text[])) r(source, external_id)
    WHERE s.source = r.source AND s.external_id = r.external_id AND s.state <> 'rejected'
"""


def _reject_pairs(connection: Connection, story: pd.DataFrame) -> None:
    """Rows taken back in this file may have come with an earlier one, under the last ordinals."""
    came = story[~story["minus"]]
    came = came.assign(
        ordinal=came.groupby(["source", "key"]).cumcount(),
        left=(came["by"] == 0).groupby([came["source"], came["key"]]).transform("sum"),
    )
    gone = came[(came["ordinal"] >= came["left"])]
    gone = gone[gone["bare"] | (gone["left"] == 0)]
    numbers = gone["key"].where(~gone["bare"], gone["key"] + "#" + gone["ordinal"].astype("str"))
    given = {"sources": gone["source"].tolist(), "numbers": numbers.tolist()}
    connection.execute(text(REJECT_PAIRS), given)


def _set_aside(checked: Checked, story: pd.DataFrame, found: set[int]) -> None:
    lone = story["minus"] & (story["by"] == 0) & ~story["row"].isin(found)
    checked.refuse(
        checked.frame["row"].isin(story["row"][lone]).to_numpy(), "count", "nothing_to_take_back"
    )
    partner = dict(zip(story["row"], story["by"], strict=True))
    aside = set(story["row"][story["minus"] | (story["by"] > 0)])
    rows = checked.frame["row"]
    checked.supersede(rows.isin(aside).to_numpy(), rows.map(partner).fillna(0).to_numpy(np.int64))


# --- Where and what as the table has it ---------------------------------------------------------


def _rows(connection: Connection, checked: Checked, at: datetime, zone: ZoneInfo) -> pd.DataFrame:
    frame = checked.frame
    shapes = frame.geometry.to_numpy()
    lonlat = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    grid = grids_at(connection, lonlat, frame["occurred_at"], zone)
    _tell(checked, "outside_every_grid", grid.isna())
    plain = ("source", "external_id", "state", "x", "y", "datum", "address", "description")
    return frame[[*plain, "occurred_at", "closed_at"]].assign(
        id=_identities(frame["source"], frame["external_id"]),
        matter_code=frame["matter"],
        accuracy_m=pd.to_numeric(frame["accuracy_m"]),
        occurred_precision=frame["occurred_at_precision"],
        received_at=at,
        place=db.hex_ewkb(shapes),
        cell=cells_of(lonlat, RESOLUTION),
        grid_id=grid.to_numpy(),
    )


def _identities(sources: pd.Series, numbers: pd.Series) -> NDArray[np.str_]:
    """UUID version 5 of source and number, so that a row is the same wherever it is imported."""
    names = (sources.astype("str") + "\x1f" + numbers.astype("str")).tolist()
    digests = b"".join([hashlib.sha1(NAMESPACE + n.encode()).digest()[:16] for n in names])  # noqa: S324
    octets = np.frombuffer(digests, np.uint8).reshape(-1, 16).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x50
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    return np.frombuffer(octets.tobytes().hex().encode(), "S32").astype("U32")


def _add_matters(connection: Connection, matters: pd.Series) -> None:
    """Matters that nobody knows yet are named by their text."""
    connection.execute(
        text(
            "INSERT INTO matters (code, name_zh, name_en) SELECT m, m, m"
            " FROM unnest(CAST(:matters AS text[])) m ON CONFLICT DO NOTHING"
        ),
        {"matters": sorted(matters.unique().tolist())},
    )


# --- The grid of its time -----------------------------------------------------------------------


def assign_grids(connection: Connection, *, zone: ZoneInfo, since: datetime | None = None) -> int:
    """Give incidents the grid versions of their time anew; how many changed.

    Called after boundaries changed, for what occurred at `since` or later, or for all.
    """
    found = pd.DataFrame.from_records(
        connection.execute(text(PLACES), {"since": since}).all(),
        columns=["id", "lon", "lat", "occurred_at", "grid_id"],
    )
    occurred_at = pd.to_datetime(found["occurred_at"], utc=True)
    grid = grids_at(connection, found[["lon", "lat"]].to_numpy(float), occurred_at, zone)
    moved = grid.fillna(-1) != pd.to_numeric(found["grid_id"]).fillna(-1)
    stage(connection, "incidents", found.loc[moved, ["id"]].assign(grid_id=grid[moved]))
    changed = text("UPDATE incidents s SET grid_id = i.grid_id FROM incoming i WHERE s.id = i.id")
    return int(connection.execute(changed).rowcount)


PLACES = """
    SELECT CAST(id AS text), ST_X(place), ST_Y(place), occurred_at, grid_id FROM incidents
    WHERE CAST(:since AS timestamptz) IS NULL OR occurred_at >= :since
"""


def grids_at(
    connection: Connection, lonlat: Lonlat, occurred_at: pd.Series, zone: ZoneInfo
) -> pd.Series:
    """The id of the grid version that covered each lon/lat point (n, 2) on its day, or missing."""
    days = occurred_at.dt.tz_convert(zone).dt.tz_localize(None).to_numpy(dtype="M8[D]")
    found = np.zeros(len(lonlat), dtype=np.int64)
    for first, until in _spans(connection):
        some = np.flatnonzero((days >= np.datetime64(first)) & (days < np.datetime64(until)))
        if len(some):
            found[some] = _located(connection, lonlat[some], first)
    return pd.Series(found, occurred_at.index, dtype="Int64").mask(found == 0)


def _spans(connection: Connection) -> Iterator[tuple[date, date]]:
    """The spans of days in which no boundary changed."""
    days = select(Grid.valid_from).union(select(Grid.valid_to).where(Grid.valid_to.is_not(None)))
    changes = sorted(connection.execute(days).scalars())
    return zip(changes, [*changes[1:], date.max], strict=True)


def _located(connection: Connection, lonlat: Lonlat, day: date) -> NDArray[np.int64]:
    held = select(Grid.id, Grid.code, func.ST_AsBinary(Grid.shape)).where(
        Grid.valid_from <= day, (Grid.valid_to > day) | Grid.valid_to.is_(None)
    )
    versions = connection.execute(held).all()
    if not versions:
        return np.zeros(len(lonlat), dtype=np.int64)
    shapes = shapely.from_wkb(np.array([bytes(row[2]) for row in versions], dtype=object))
    ids = np.array([*(row[0] for row in versions), 0], dtype=np.int64)
    return ids[Locator(shapes, [row[1] for row in versions]).locate(lonlat)]
