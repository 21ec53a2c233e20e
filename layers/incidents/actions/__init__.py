"""Taking in incidents, each once, and giving each the grid of its time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from geo.cells import cells_of
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, Progress, as_checked, silent
from layers.grids.actions import noted
from layers.incidents.actions.doubting import doubt_datum
from layers.incidents.actions.locating import assign_grids, grids_at, hold
from layers.incidents.actions.naming import UNSPECIFIED, fill, keep_newest, number, tell
from layers.incidents.actions.redacting import redact, redact_step
from layers.incidents.actions.reversals import take_back
from layers.incidents.actions.writing import write
from layers.incidents.queries import RESOLUTION

__all__ = ["assign_grids", "fields", "import_incidents", "redact", "redact_step"]


def fields(earliest: datetime, latest: datetime) -> tuple[Field, ...]:
    """What is read of a file of incidents that happened between two moments."""
    return (
        Field("external_id", "code", aliases=(
            "编号", "案件编号", "工单编号", "service_request_number", "id"), longest=200),
        Field("source", "code", aliases=("来源", "问题来源"), longest=64),
        Field("matter", "code", aliases=(
            "类别", "问题类型", "案由", "事项", "小类", "nature_of_code_violation", "category",
        ), longest=200),
        Field("occurred_at", "time", required=True, during=(earliest, latest), aliases=(
            "发生时间", "上报时间", "时间", "creation_date", "date", "occ_date", "reported_at")),
        Field("occurred_precision", "code", among=frozenset({"minute", "day"})),
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
    "description", "count", "x", "y", "datum", "occurred_at_precision", "occurred_precision",
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
    fill(checked, source)
    doubt_datum(connection, checked)
    hold(connection)
    take_back(connection, checked)
    number(checked.frame)
    keep_newest(checked)
    progress(len(checked.frame), checked.total, "locate")
    rows = _rows(connection, checked, at, zone)
    progress(len(checked.frame), checked.total, "write")
    _add_matters(connection, checked, rows["matter_code"])
    counts = write(connection, rows)
    return noted(connection, "incidents", checked, counts, actor=actor, at=at)


def _rows(connection: Connection, checked: Checked, at: datetime, zone: ZoneInfo) -> pd.DataFrame:
    frame = checked.frame
    shapes = frame.geometry.to_numpy()
    lonlat = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    grid = grids_at(connection, lonlat, frame["occurred_at"], zone)
    tell(checked, "outside_every_grid", grid.isna())
    plain = ("source", "external_id", "state", "x", "y", "datum", "address", "description")
    return frame[[*plain, "occurred_at", "closed_at"]].assign(
        matter_code=_by_name(connection, frame["matter"]),
        accuracy_m=pd.to_numeric(frame["accuracy_m"]),
        occurred_precision=frame["occurred_at_precision"],
        received_at=at,
        lon=lonlat[:, 0],
        lat=lonlat[:, 1],
        cell=cells_of(lonlat, RESOLUTION),
        grid_id=grid.to_numpy(),
    )


def _by_name(connection: Connection, matters: pd.Series) -> pd.Series:
    """Codes of matters. A file may say what the bureau's list calls one, if it is the only one."""
    asked = text(
        "SELECT name_zh, min(code) AS code FROM matters GROUP BY name_zh HAVING count(*) = 1"
    )
    codes = {row.name_zh: row.code for row in connection.execute(asked)}
    sent = matters.dropna().unique()
    return matters.map({name: codes.get(name, name) for name in sent}).astype(matters.dtype)


def _add_matters(connection: Connection, checked: Checked, matters: pd.Series) -> None:
    """Matters that nobody knows yet are named by their text; where the bureau has a list of its
    own it is told that they are not on it."""
    listed = connection.execute(text("SELECT EXISTS (SELECT FROM matters WHERE offered)"))
    new = connection.execute(
        text(
            "INSERT INTO matters (code, name_zh, name_en) SELECT m, m, m"
            " FROM unnest(CAST(:matters AS text[])) m ON CONFLICT DO NOTHING RETURNING code"
        ),
        {"matters": sorted(matters.fillna(UNSPECIFIED).unique().tolist())},
    )
    unknown = set(new.scalars()) - {UNSPECIFIED}
    if listed.scalar_one():
        tell(checked, "matters_not_listed", matters.isin(unknown))
