"""Taking in squads."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select, text

from geo.crs import Datum
from geo.locate import Locator
from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted, restored, settle_townships
from layers.squads.queries import without_unit
from layers.units.tables import Unit

SQUAD_FIELDS = (
    Field("code", "code", aliases=("中队编码", "队伍编码"), longest=64),
    Field("name", aliases=("中队", "中队名称", "队伍", "squad"), longest=200),
    Field("township", "code", aliases=("所属街道", "所属乡镇"), longest=64),
    Field("unit", "code", aliases=("所属单位", "单位编码", "所属单位编码"), longest=64),
    Field("members", "integer", aliases=("人数", "队员数")),
    Field("vehicles", "integer", aliases=("车辆", "车辆数")),
    Field("crews", "integer", aliases=("班组", "班组数", "可同时处置")),
    Field("on_duty", "boolean", aliases=("在岗", "值班")),
    Field("position_lon", "number", aliases=("当前经度",)),
    Field("position_lat", "number", aliases=("当前纬度",)),
    Field("position_at", "time", aliases=("定位时间",)),
    Field("position", "point", beside=("position_lon", "position_lat")),
    Field("home", "point", required=True),
)
OPTIONAL = tuple(one.name for one in SQUAD_FIELDS if one.kind != "point")
MOST_CREWS = 50
CLOCKS_DIFFER = timedelta(days=1)


def import_squads(
    connection: Connection, given: Checked | gpd.GeoDataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change squads by code, which is the name where a file has no codes.

    A squad without a township belongs to the one its home lies in, or to none. What a file leaves
    empty stays as it was. Its last position is the newest, the file's or one that was heard since;
    a clock that runs ahead says no more than that it was now.
    """
    may(actor, Verb.IMPORT)
    checked = as_checked(given, (*OPTIONAL, "x", "y", "datum"))
    checked.frame["code"] = checked.frame["code"].fillna(checked.frame["name"])
    checked.refuse(checked.frame["code"].isna().to_numpy(), "code", "missing")
    _refuse_half_positions(checked)
    _refuse_positions_to_come(checked, at)
    settle_townships(connection, checked, _containing)
    _settle_units(connection, checked)
    _refuse_no_crews(checked)
    checked.keep_last(["code"])
    connection.execute(text("LOCK TABLE squads IN SHARE ROW EXCLUSIVE MODE"))
    db.stage(connection, "squads", _rows(checked.frame, at))
    changed = connection.execute(text(CHANGE)).rowcount
    new = connection.execute(text(ADD)).rowcount
    if connection.execute(select(Unit.code).limit(1)).first() is not None:
        warn_of_no_unit(connection, checked)
    return noted(connection, "squads", checked, (new, changed), actor=actor, at=at)


KEPT = (
    "name", "township_code", "unit_code", "members", "vehicles", "crews", "on_duty", "position",
    "position_at",
)  # fmt: skip
NEWER = "i.position_at >= coalesce(s.position_at, i.position_at)"
BY_TIME = {"position": f"CASE WHEN {NEWER} THEN i.position ELSE s.position END",
           "position_at": "greatest(i.position_at, s.position_at)"}  # fmt: skip
MERGED = ", ".join(BY_TIME.get(name, f"coalesce(i.{name}, s.{name})") for name in KEPT)
CHANGE = f"""
    UPDATE squads s
    SET ({", ".join(KEPT)}, home, x, y, datum) = ({MERGED}, i.home, i.x, i.y, i.datum)
    FROM incoming i
    WHERE s.code = i.code AND ({MERGED}, i.home, i.x, i.y, i.datum)
      IS DISTINCT FROM ({", ".join(f"s.{name}" for name in KEPT)}, s.home, s.x, s.y, s.datum)
"""
ADD = f"""
    INSERT INTO squads (code, {", ".join(KEPT)}, home, x, y, datum)
    SELECT code, coalesce(name, code), township_code, unit_code, members, vehicles,
           coalesce(crews, 1), coalesce(on_duty, true), position, position_at, home, x, y, datum
    FROM incoming i WHERE NOT EXISTS (SELECT FROM squads s WHERE s.code = i.code)
"""


FEW = 5


def warn_of_no_unit(connection: Connection, checked: Checked) -> None:
    """Of all squads, with the first by name: whoever has units, or says what they may handle,
    must know who is left out."""
    names = without_unit(connection)
    if names:
        more = ["…"] if len(names) > FEW else []
        checked.warn("squads_without_unit", squads=len(names),
                     names=" · ".join([*names[:FEW], *more]))  # fmt: skip


def _settle_units(connection: Connection, checked: Checked) -> None:
    known = connection.execute(select(Unit.code)).scalars().all()
    checked.frame["unit"] = restored(checked, "unit", known)
    given = checked.frame["unit"]
    checked.refuse((given.notna() & ~given.isin(known)).to_numpy(), "unit", "unknown_unit")


def _refuse_no_crews(checked: Checked) -> None:
    crews = checked.frame["crews"].astype("Int64")
    allowed = (crews.isna() | crews.between(1, MOST_CREWS)).fillna(True)
    checked.refuse(~allowed.to_numpy(dtype=bool), "crews", "not_allowed")


def _refuse_half_positions(checked: Checked) -> None:
    """A position is a longitude, a latitude and a time, or nothing."""
    parts = checked.frame[["position_lon", "position_lat", "position_at"]].notna().to_numpy()
    half = parts.any(axis=1) & ~parts.all(axis=1)
    checked.refuse(half, "position_at", "position_incomplete")


def _refuse_positions_to_come(checked: Checked, at: datetime) -> None:
    seen = pd.to_datetime(checked.frame["position_at"], utc=True)
    checked.refuse((seen > at + CLOCKS_DIFFER).to_numpy(), "position_at", "time_too_late")


def _containing(
    homes: NDArray[np.object_], areas: NDArray[np.object_], codes: Sequence[str]
) -> NDArray[np.int64]:
    lonlat = np.column_stack([shapely.get_x(homes), shapely.get_y(homes)])
    return Locator(areas, codes).locate(lonlat)


def _rows(frame: pd.DataFrame, at: datetime) -> pd.DataFrame:
    homes = frame.geometry.to_numpy()
    rows = frame[["code", "name", "members", "vehicles", "crews", "on_duty"]].assign(
        position_at=pd.to_datetime(frame["position_at"], utc=True).clip(upper=pd.Timestamp(at)),
        township_code=frame["township"],
        unit_code=frame["unit"],
        home=db.hex_ewkb(homes),
        position=_positions(frame),
        x=frame["x"].where(frame["x"].notna(), shapely.get_x(homes)),
        y=frame["y"].where(frame["y"].notna(), shapely.get_y(homes)),
        datum=_datum(frame),
    )
    for name in ("members", "vehicles", "crews"):
        rows[name] = rows[name].astype("Int64")
    return rows


def _datum(frame: pd.DataFrame) -> pd.Series:
    stated = frame["datum"].astype(object)
    return stated.where(stated.notna(), Datum.WGS84.value)


def _positions(frame: pd.DataFrame) -> list[str | None]:
    """Where squads were last: as the file's check made them, else from a frame of our own."""
    lonlat = frame[["position_lon", "position_lat"]].to_numpy(dtype=np.float64)
    there = np.isfinite(lonlat).all(axis=1)
    points = frame["position"].to_numpy() if "position" in frame else shapely.points(lonlat)
    found = np.full(len(frame), None, dtype=object)
    found[there] = db.hex_ewkb(points[there])
    return list(found)
