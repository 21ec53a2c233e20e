"""Taking in places, and what all layers of the base map do alike when they are taken in."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from layers import db
from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import WGS84, noted

PLACE_FIELDS = (
    Field("code", "code", aliases=("地名编码", "osm_id"), longest=64),
    Field("name", required=True, aliases=("地名", "地名名称"), longest=200),
    Field("kind", aliases=("类别", "类型", "地名类别"), longest=64),
    Field("place", "point", required=True),
)
CENTIMETRE = 7  # decimals of a degree


def import_places(
    connection: Connection, given: Checked | gpd.GeoDataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change places by code, else by name and place."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, ("code", "kind", "x", "y", "datum"))
    recognise(checked)
    rows = checked.frame[["key", "code", "name", "kind"]].assign(**_placed(checked.frame))
    counts = merge(connection, "places", rows)
    return noted(connection, "places", checked, counts, actor=actor, at=at)


def _placed(frame: gpd.GeoDataFrame) -> dict[str, object]:
    points = frame.geometry.to_numpy()
    return {
        "place": db.hex_ewkb(points),
        "x": frame["x"].where(frame["x"].notna(), shapely.get_x(points)),
        "y": frame["y"].where(frame["y"].notna(), shapely.get_y(points)),
        "datum": stated(frame),
    }


# --- In common ----------------------------------------------------------------------------------


def settle_words(checked: Checked, name: str, known: Mapping[str, str]) -> None:
    """Put our word for the file's. One that is not known is left out, and that is told."""
    words = checked.frame[name].astype("str").str.strip().str.lower()
    ours = words.map(known)
    strange = int((words.notna() & ours.isna()).sum())
    if strange:
        checked.warn("word_not_known", field=name, rows=strange)
    checked.frame[name] = ours


def recognise(checked: Checked) -> None:
    """Give each row its `key`, which is the code, or a digest of name and shape to a centimetre.

    Of several rows with one key the last one stays.
    """
    code = checked.frame["code"].astype("str")
    checked.frame["key"] = code.where(code.notna(), _digests(checked.frame))
    checked.keep_last(["key"])


def _digests(frame: gpd.GeoDataFrame) -> list[str]:
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, CENTIMETRE))
    names = frame["name"].astype("str").fillna("")
    return [
        hashlib.sha256(name.encode() + wkb).hexdigest()
        for name, wkb in zip(names, shapely.to_wkb(shapes), strict=True)
    ]


def merge(
    connection: Connection,
    table: str,
    rows: pd.DataFrame,
    empty: Mapping[str, object] | None = None,
) -> tuple[int, int]:
    """Add or change rows of a table by their `key`: how many are new, how many changed.

    What a file leaves empty stays as it was; in a new row it is what `empty` says.
    """
    connection.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
    db.stage(connection, table, rows)
    names = [name for name in rows.columns if name != "key"]
    given = ", ".join(f"coalesce(i.{name}, t.{name})" for name in names)
    held = ", ".join(f"t.{name}" for name in names)
    change = f"""
        UPDATE {table} t SET ({", ".join(names)}) = ({given}) FROM incoming i
        WHERE t.key = i.key AND ({given}) IS DISTINCT FROM ({held})
    """
    first = ", ".join(f"coalesce({n}, :{n})" if n in (empty or {}) else n for n in names)
    add = f"""
        INSERT INTO {table} (key, {", ".join(names)}) SELECT key, {first} FROM incoming i
        WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.key = i.key)
    """
    changed = connection.execute(text(change)).rowcount
    return connection.execute(text(add), empty or {}).rowcount, changed


def shaped(frame: gpd.GeoDataFrame) -> dict[str, object]:
    """The shape as PostGIS takes it, and the system it came in."""
    return {"shape": db.hex_ewkb(frame.geometry.to_numpy()), "source_crs": stated(frame)}


def stated(frame: gpd.GeoDataFrame) -> pd.Series:
    """The datum or system in which the rows came."""
    datum = frame["datum"].astype(object)
    return datum.where(datum.notna(), WGS84)
