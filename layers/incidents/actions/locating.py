"""The grid of its time for each incident."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select, text

from geo.locate import Locator
from layers import db
from layers.access import Actor, Verb, may
from layers.grids.tables import Grid

Lonlat: TypeAlias = NDArray[np.float64]


def hold(connection: Connection) -> None:
    """Until the transaction ends nobody else takes in or moves incidents, nor changes grids.

    Else a case could be given a grid version that another transaction is just ending, or one
    that a file has just moved be given the grid of its old place. Grids come first, as where
    grids and incidents are taken in together.
    """
    connection.execute(text("LOCK TABLE grids IN SHARE MODE"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('incidents', 0))"))


def _await_reports(connection: Connection) -> None:
    """Until whoever is just writing a case has committed: by the grids of before. Whoever comes
    after that reads those of now, and is not held up."""
    with connection.begin_nested() as barrier:
        connection.execute(text("LOCK TABLE incidents IN SHARE MODE"))
        barrier.rollback()


def assign_grids(
    connection: Connection, *, actor: Actor, zone: ZoneInfo, since: datetime | None = None
) -> int:
    """Give incidents the grid versions of their time anew; how many changed.

    Called after boundaries changed, for what occurred at `since` or later, or for all.
    """
    may(actor, Verb.IMPORT)
    hold(connection)
    _await_reports(connection)
    found = pd.DataFrame.from_records(
        connection.execute(text(PLACES), {"since": since}).all(),
        columns=["id", "x", "y", "lon", "lat", "occurred_at", "grid_id"],
    )
    occurred_at = pd.to_datetime(found["occurred_at"], utc=True)
    grid = grids_at(connection, found[["lon", "lat"]].to_numpy(float), occurred_at, zone)
    moved = grid.fillna(-1) != pd.to_numeric(found["grid_id"]).fillna(-1)
    given = found.loc[moved, ["id", "x", "y"]].assign(grid_id=grid[moved])
    db.stage(connection, "incidents", given)
    return int(connection.execute(text(ASSIGN)).rowcount)


PLACES = """
    SELECT CAST(id AS text), x, y, ST_X(place), ST_Y(place), occurred_at, grid_id FROM incidents
    WHERE CAST(:since AS timestamptz) IS NULL OR occurred_at >= :since
"""
ASSIGN = """
    UPDATE incidents s SET grid_id = i.grid_id FROM incoming i
    WHERE s.id = i.id AND (s.x, s.y) = (i.x, i.y)
"""
"""A place that was put right meanwhile has the grid of where it is now."""


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
    return pairwise([*changes, date.max])


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
