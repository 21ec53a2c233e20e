"""What a study counts, as arrays."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Date, cast, func, literal, select

from layers.access import Actor
from layers.grids.tables import Grid
from layers.incidents.queries.listing import STANDS, latitude, longitude, seen
from layers.incidents.tables import Incident

RESOLUTION = 9
"""Of the H3 cell stored with each incident."""


@dataclass(frozen=True)
class Observed:
    """The incidents of a time window, as arrays of the same length n."""

    lonlat: NDArray[np.float64]
    """(n, 2), WGS 84."""
    cell: NDArray[np.int64]
    """H3 cell at the resolution that is stored."""
    age_weeks: NDArray[np.int64]
    """Whole weeks between the incident's day and the last day of the window, from 0."""


def observed(connection: Connection, actor: Actor, *, since: datetime, until: datetime) -> Observed:
    """What a study counts: everything that happened in [since, until), rejected reports aside.

    Weeks are counted in whole days of `until`'s own zone, so that neither a clock change nor a
    report known only by its day moves into another week.
    """
    day = cast(func.timezone(str(until.tzinfo), Incident.occurred_at), Date)
    age = (literal(until.date() - timedelta(days=1), Date) - day) / 7
    asked = select(longitude(), latitude(), Incident.cell, age).where(
        Incident.occurred_at >= since,
        Incident.occurred_at < until,
        Incident.state != "rejected",
        STANDS,
    )
    if actor.townships is not None:
        asked = asked.join(Grid).where(seen(actor))
    rows = connection.execute(asked.order_by(Incident.id)).all()
    lon, lat, cell, weeks = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Observed(
        np.column_stack([np.asarray(lon, float), np.asarray(lat, float)]),
        np.asarray(cell, np.int64),
        np.asarray(weeks, np.int64),
    )


def counted(connection: Connection, actor: Actor) -> int:
    """How many incidents the actor sees."""
    asked = select(func.count()).select_from(Incident).where(STANDS)
    if actor.townships is not None:
        asked = asked.outerjoin(Grid).where(seen(actor))
    return connection.execute(asked).scalar_one()


def first_at(connection: Connection, actor: Actor) -> datetime | None:
    """When the first incident in the actor's sight happened."""
    asked = select(func.min(Incident.occurred_at)).outerjoin(Grid).where(STANDS)
    return connection.execute(asked.where(seen(actor))).scalar_one()


def newest_at(connection: Connection, actor: Actor) -> datetime | None:
    """When the last incident in the actor's sight happened."""
    asked = select(func.max(Incident.occurred_at)).outerjoin(Grid).where(STANDS)
    return connection.execute(asked.where(seen(actor))).scalar_one()
