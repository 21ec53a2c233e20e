"""Whether the grid of an incident is doubtful."""

from geoalchemy2 import Geography, Geometry
from sqlalchemy import ColumnElement, Date, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from layers.grids.tables import Grid
from layers.incidents.tables import Incident

JUDGED_TO_M, SHARE_ELSEWHERE = 100.0, 0.2


def uncertain() -> ColumnElement[object]:
    """Whether the grid is doubtful: over a fifth of the accuracy circle lies in other grids.

    Asked only up to an accuracy of 100 m; a worse one says nothing of the grid either way
    (decisions: border and time of a grid). Computed when shown: an import need not wait for it.
    """
    other = aliased(Grid)
    circle = cast(func.ST_Buffer(cast(Incident.place, Geography), Incident.accuracy_m), Geometry)
    elsewhere = func.sum(func.ST_Area(func.ST_Intersection(other.shape, circle)))
    # The day by which the case was given its grid, in whatever zone, lies within that version
    # (LEAST leaves out what is NULL).
    by_utc = cast(Incident.occurred_at, Date)
    day = func.greatest(Grid.valid_from, func.least(by_utc, Grid.valid_to - 1))
    spread = (
        select(func.coalesce(elsewhere, 0) > SHARE_ELSEWHERE * func.ST_Area(circle))
        .where(
            other.shape.op("&&", is_comparison=True)(circle),
            other.code != Grid.code,
            other.valid_from <= day,
            or_(other.valid_to.is_(None), other.valid_to > day),
        )
        .scalar_subquery()
    )
    judged = and_(
        Incident.grid_id.is_not(None), Incident.accuracy_m > 0, Incident.accuracy_m <= JUDGED_TO_M
    )
    return case((judged, spread), else_=False).label("uncertain")
