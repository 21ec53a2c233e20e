"""Taking in townships and grids. A grid's boundary has a history; nothing of it is overwritten
unless a correction says so."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from geo.crs import area_m2
from layers import db
from layers.access import Actor, Verb, may
from layers.errors import Conflict
from layers.files import Checked, Field, Outcome, as_checked, restore_leading_zero
from layers.grids.tables import BEGINNING, Grid, Township
from layers.journal.actions import note
from layers.queue.actions import put

NAME_LONGEST = 200
TOWNSHIP_FIELDS = (
    Field("code", "code", required=True, aliases=("街道编码", "乡镇编码", "街道代码"), longest=64),
    Field("name", aliases=("街道", "街道名称", "乡镇", "乡镇名称"), longest=NAME_LONGEST),
    Field("visits_per_week", "integer", aliases=("每周巡查次数", "capacity")),
    Field("boundary", "polygon", required=True),
)
GRID_FIELDS = (
    Field("code", "code", required=True, aliases=("网格编码", "网格代码", "网格编号"), longest=64),
    Field("name", aliases=("网格名称", "网格"), longest=NAME_LONGEST),
    Field("township", "code", aliases=("所属街道", "所属乡镇"), longest=64),
    Field("community", aliases=("社区", "社区名称", "村"), longest=NAME_LONGEST),
    Field("valid_from", "date", aliases=("初始时间", "启用日期")),
    Field("valid_to", "date", aliases=("终止时间", "停用日期")),
    Field("boundary", "polygon", required=True),
)
WGS84 = "wgs84"
Shapes: TypeAlias = NDArray[np.object_]
Guess: TypeAlias = Callable[[Shapes, Shapes, Sequence[str]], NDArray[np.int64]]


def import_townships(
    connection: Connection, given: Checked | gpd.GeoDataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change townships by code. What a file leaves empty stays as it was."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, ("name", "visits_per_week", "datum"))
    _refuse_negative_capacity(checked)
    connection.execute(text("LOCK TABLE townships IN SHARE ROW EXCLUSIVE MODE"))
    restore_own_codes(connection, checked, Township.code)
    checked.keep_last(["code"])
    rows = checked.frame[["code", "name", "visits_per_week"]].assign(**_areas(checked))
    db.stage(connection, "townships", rows)
    changed = connection.execute(text(CHANGE_TOWNSHIPS)).rowcount
    new = connection.execute(text(ADD_TOWNSHIPS)).rowcount
    return noted(connection, "townships", checked, (new, changed), actor=actor, at=at)


CHANGE_TOWNSHIPS = """
    UPDATE townships t
    SET name = coalesce(i.name, t.name), shape = i.shape, area_m2 = i.area_m2,
        source_crs = i.source_crs,
        visits_per_week = coalesce(i.visits_per_week, t.visits_per_week)
    FROM incoming i
    WHERE t.code = i.code AND (
        (coalesce(i.name, t.name), coalesce(i.visits_per_week, t.visits_per_week))
        IS DISTINCT FROM (t.name, t.visits_per_week) OR NOT ST_OrderingEquals(i.shape, t.shape))
"""
ADD_TOWNSHIPS = """
    INSERT INTO townships (code, name, visits_per_week, shape, area_m2, source_crs)
    SELECT code, coalesce(name, code), visits_per_week, shape, area_m2, source_crs
    FROM incoming i WHERE NOT EXISTS (SELECT FROM townships t WHERE t.code = i.code)
"""


def import_grids(
    connection: Connection,
    given: Checked | gpd.GeoDataFrame,
    *,
    actor: Actor,
    at: datetime,
    today: date,
    valid_from: date | None = None,
) -> Outcome:
    """Add or change grids by code, with a new version where a boundary moved.

    A boundary that differs holds from the row's `valid_from`, else from `valid_from`, else from
    `today`, until the version ends that held on that day, or the next begins. From the first day
    of a version it corrects that version; without a day so does a boundary of a grid that is not
    yet valid. The cases of a version that changed are given their grids anew by a job,
    `grids.changed`.
    """
    may(actor, Verb.IMPORT)
    checked = as_checked(
        given, ("name", "township", "community", "valid_from", "valid_to", "datum")
    )
    connection.execute(text("LOCK TABLE grids IN SHARE ROW EXCLUSIVE MODE"))
    restore_own_codes(connection, checked, Grid.code)
    settle_townships(connection, checked, _largest_share)
    checked.refuse(
        checked.frame["township"].isna().to_numpy(), "township", "outside_every_township"
    )
    _prepare_versions(checked, valid_from)
    new, changed = 0, 0
    rows = checked.frame.assign(**_areas(checked))
    for _, versions in rows.groupby(rows.groupby("code").cumcount()):
        more, others = _import_versions(connection, versions, today)
        new, changed = new + more, changed + others
    if new or changed:
        put(connection, "grids.changed", {}, actor=actor, at=at)
    return noted(connection, "grids", checked, (new, changed), actor=actor, at=at)


def _import_versions(
    connection: Connection, versions: pd.DataFrame, today: date
) -> tuple[int, int]:
    """At most one row a code: how many are new, how many changed something."""
    names = ["code", "name", "community", "shape", "area_m2", "source_crs"]
    rows = versions[[*names, "valid_from", "valid_to"]].assign(township_code=versions["township"])
    db.stage(connection, "grids", rows)
    try:
        connection.execute(text("DROP TABLE IF EXISTS decided"))
        connection.execute(text(DECIDE), {"today": today})
        for statement in (EDIT_GRIDS, CLOSE_GRIDS, ADD_GRIDS):
            connection.execute(text(statement), {"beginning": BEGINNING})
    except IntegrityError as problem:
        raise Conflict("grid_versions_overlap", says=str(problem.orig)) from problem
    found = connection.execute(text("SELECT act, count(*) FROM decided GROUP BY act")).all()
    acts = {str(act): int(count) for act, count in found}
    changed = sum(acts.get(act, 0) for act in ("edit", "correct", "version"))
    return acts.get("new", 0), changed


# A row speaks of the version that holds on its first day, else of the last before, else of the
# first after it.
DECIDE = """
    CREATE TEMP TABLE decided ON COMMIT DROP AS
    SELECT i.code, i.township_code, i.shape, i.area_m2, i.source_crs, i.valid_to, g.id,
           CASE WHEN g.valid_from <= d.first AND g.valid_to > d.first THEN g.valid_to
                ELSE (SELECT min(n.valid_from) FROM grids n
                      WHERE n.code = i.code AND n.valid_from > d.first) END AS until,
           coalesce(i.name, g.name, i.code) AS name,
           coalesce(i.community, g.community) AS community,
           CASE WHEN g.id IS NULL THEN i.valid_from
                ELSE d.first END AS valid_from,
           CASE
             WHEN g.id IS NULL THEN 'new'
             WHEN ST_OrderingEquals(i.shape, g.shape) THEN CASE
               WHEN (i.township_code, coalesce(i.name, g.name), coalesce(i.community, g.community),
                     coalesce(i.valid_to, g.valid_to))
                 IS NOT DISTINCT FROM (g.township_code, g.name, g.community, g.valid_to)
               THEN 'same' ELSE 'edit' END
             WHEN d.first = g.valid_from OR (i.valid_from IS NULL AND d.first < g.valid_from)
               OR i.valid_to <= d.first THEN 'correct'
             ELSE 'version'
           END AS act
    FROM incoming i
    CROSS JOIN LATERAL (SELECT coalesce(i.valid_from, CAST(:today AS date)) AS first) d
    LEFT JOIN LATERAL (
        SELECT * FROM grids g WHERE g.code = i.code
        ORDER BY g.valid_from <= d.first DESC, abs(g.valid_from - d.first) LIMIT 1) g ON true
"""
EDIT_GRIDS = """
    UPDATE grids g
    SET name = d.name, township_code = d.township_code, community = d.community, shape = d.shape,
        area_m2 = d.area_m2, source_crs = d.source_crs,
        valid_to = coalesce(d.valid_to, g.valid_to)
    FROM decided d WHERE d.id = g.id AND d.act IN ('edit', 'correct')
"""
CLOSE_GRIDS = """
    UPDATE grids g SET valid_to = d.valid_from
    FROM decided d
    WHERE d.id = g.id AND d.act = 'version' AND g.valid_from < d.valid_from
      AND (g.valid_to IS NULL OR g.valid_to > d.valid_from)
"""
ADD_GRIDS = """
    INSERT INTO grids (code, name, township_code, community, shape, area_m2, source_crs,
                       valid_from, valid_to)
    SELECT code, name, township_code, community, shape, area_m2, source_crs,
           coalesce(valid_from, :beginning), coalesce(valid_to, until)
    FROM decided WHERE act IN ('new', 'version')
"""


def _prepare_versions(checked: Checked, valid_from: date | None) -> None:
    """First and last days as dates; of several rows for the same first day the last one stays."""
    frame = checked.frame
    for name in ("valid_from", "valid_to"):
        frame[name] = pd.to_datetime(frame[name]).dt.date.astype(object)
    if valid_from is not None:
        frame["valid_from"] = frame["valid_from"].where(frame["valid_from"].notna(), valid_from)
    frame["valid_from"] = frame["valid_from"].where(frame["valid_from"].notna(), None)
    frame["valid_to"] = frame["valid_to"].where(frame["valid_to"].notna(), None)
    checked.keep_last(["code", "valid_from"])
    frame = checked.frame
    first = frame["valid_from"].where(frame["valid_from"].notna(), BEGINNING)
    several = frame.duplicated("code", keep=False)
    frame["valid_from"] = first.where(several, frame["valid_from"])
    ended = [
        end is not None and end <= start
        for start, end in zip(first, frame["valid_to"], strict=True)
    ]
    checked.refuse(np.array(ended, dtype=bool), "valid_to", "ends_before_it_begins")
    checked.frame = checked.frame.sort_values(
        "valid_from", key=lambda days: days.where(days.notna(), BEGINNING), kind="stable"
    ).reset_index(drop=True)


# --- Townships of other things ------------------------------------------------------------------


def settle_townships(connection: Connection, checked: Checked, guess: Guess | None = None) -> None:
    """Give each row of `checked.frame` a township that is known, by its code or by its place.

    A code that lost its leading zero is put right where only one township fits. `guess` gives the
    index of the township for places without a code, -1 for none; without it they stay without.
    """
    known, shapes = _known_townships(connection)
    township = restored(checked, "township", known)
    if guess is not None:
        empty = township.isna().to_numpy()
        found = guess(checked.frame.geometry.to_numpy()[empty], shapes, known)
        township[empty] = [known[index] if index >= 0 else None for index in found]
    checked.frame["township"] = township
    checked.refuse(
        township.notna().to_numpy() & ~township.isin(known).to_numpy(),
        "township",
        "unknown_township",
    )


def restored(checked: Checked, name: str, known: Sequence[str]) -> pd.Series:
    """A column of codes, with those put right that lost their leading zero where only one fits."""
    codes = checked.frame[name].astype(object).where(checked.frame[name].notna(), None)
    found = restore_leading_zero([code for code in codes.unique() if code], list(known))
    return _put_right(checked, codes, found)


def _put_right(checked: Checked, codes: pd.Series, restored: Mapping[str, str]) -> pd.Series:
    """A column of codes with what was restored of them, which is counted."""
    lost = codes.isin(list(restored))
    if lost.any():
        checked.warn("leading_zero_restored", field=str(codes.name), rows=int(lost.sum()))
    return codes.where(~lost, codes.map(restored))


def _known_townships(connection: Connection) -> tuple[list[str], Shapes]:
    shape = func.ST_AsBinary(Township.shape)
    found = connection.execute(select(Township.code, shape).order_by(Township.code)).all()
    if not found:
        raise Conflict("townships_first")
    shapes = shapely.from_wkb(np.array([bytes(wkb) for _, wkb in found], dtype=object))
    return [code for code, _ in found], shapes


def _largest_share(shapes: Shapes, areas: Shapes, codes: Sequence[str]) -> NDArray[np.int64]:
    """The township with which each grid shares most of its area, -1 where it meets none."""
    found = np.full(len(shapes), -1)
    which, whose = shapely.STRtree(areas).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[which], areas[whose]))
    order = np.lexsort((-whose, shared))
    found[which[order]] = whose[order]
    return found


def restore_own_codes(
    connection: Connection, checked: Checked, own: InstrumentedAttribute[str]
) -> None:
    """A code that lost its leading zero since an earlier file means the same thing.

    Not where the file has both codes: then it means two.
    """
    known = connection.execute(select(own).distinct()).scalars().all()
    codes = checked.frame["code"].astype(object)
    given = set(codes)
    found = restore_leading_zero(list(given), list(known))
    restored = {lost: code for lost, code in found.items() if code not in given}
    checked.frame["code"] = _put_right(checked, codes, restored)


# --- In common ----------------------------------------------------------------------------------


def noted(
    connection: Connection,
    layer: str,
    checked: Checked,
    counts: tuple[int, int],
    *,
    actor: Actor,
    at: datetime,
) -> Outcome:
    """The outcome of an import of (new, changed) rows, after one journal row about it.

    It holds the file's digest and the counts. The name of a file may tell of a person.
    """
    new, changed = counts
    found = Outcome.of(checked, new=new, changed=changed)
    counted = {name: value for name, value in found.json().items() if isinstance(value, int)}
    note(connection, "imported", layer, checked.sha256, actor=actor, at=at, **counted)
    return found


def _areas(checked: Checked) -> dict[str, object]:
    """The boundary as PostGIS takes it, its area in m2 and the system it came in."""
    shapes = checked.frame.geometry.to_numpy()
    datum = checked.frame["datum"].astype(object)
    return {
        "shape": db.hex_ewkb(shapes),
        "area_m2": np.round(area_m2(shapes), 2),
        "source_crs": datum.where(datum.notna(), WGS84),
    }


def _refuse_negative_capacity(checked: Checked) -> None:
    visits = pd.to_numeric(checked.frame["visits_per_week"])
    checked.frame["visits_per_week"] = visits.astype("Int64")
    checked.refuse((visits < 0).fillna(False).to_numpy(dtype=bool), "visits_per_week", "negative")
