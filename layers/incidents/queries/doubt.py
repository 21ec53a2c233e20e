"""Whether the grid of an incident is doubtful, or not its reporter's own."""

from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Date, RowMapping, and_, case, cast, func, select

from layers.incidents.rules import GRID_WORKER
from layers.incidents.tables import Incident

JUDGED_TO_M = 100.0


def uncertain() -> ColumnElement[object]:
    """Whether the grid is doubtful: over a fifth of the accuracy circle lies in other grids.

    Asked only up to an accuracy of 100 m; a worse one says nothing of the grid either way
    (decisions: border and time of a grid). Computed when shown: an import need not wait for it.
    A function of the owner's looks at the other grids, so that the answer is the same for whoever
    sees the case, be they in sight or not (migration 0017).
    """
    judged = and_(
        Incident.grid_id.is_not(None), Incident.accuracy_m > 0, Incident.accuracy_m <= JUDGED_TO_M
    )
    by_utc = cast(Incident.occurred_at, Date)
    spreads = func.spreads(Incident.place, Incident.accuracy_m, Incident.grid_id, by_utc)
    return case((judged, spreads), else_=False).label("uncertain")


def beyond_own_grids(connection: Connection, row: RowMapping, zone: ZoneInfo) -> bool:
    """Whether a grid worker reported it from outside all that was theirs on that day.

    Nobody at the desk reads whose grids are which: a function of the owner's tells this alone, to
    whoever sees the township (migration 0039).
    """
    if row["source"] != GRID_WORKER:
        return False
    day = row["occurred_at"].astimezone(zone).date()
    return bool(connection.execute(select(func.beyond_own_grids(row["id"], day))).scalar_one())
