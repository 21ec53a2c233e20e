"""Who would look at a case: the workers of its grid, or of the nearest grid that has any."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from layers.access import Actor, Verb, may
from layers.errors import NotFound
from layers.grids.tables import Grid
from layers.incidents.queries.listing import STANDS, seen
from layers.incidents.tables import Incident, Step


@dataclass(frozen=True)
class Checkers:
    """A grid, and how many people are responsible for it; who they are is told to nobody here."""

    grid: str
    workers: int
    name: str | None
    metres: float | None
    """From the case to the grid, 0 within it; like its name, told of what the asker may see."""


def checkers(connection: Connection, actor: Actor, incident_id: UUID, on: date) -> Checkers | None:
    """Of a case in sight, for whoever may ask for a check of it; None where no grid has anybody."""
    place = func.ST_AsEWKB(Incident.place).label("place")
    asked = select(place, Grid.code, Grid.township_code).select_from(Incident).outerjoin(Grid)
    case = connection.execute(asked.where(Incident.id == incident_id, STANDS, seen(actor)))
    found = case.one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    may(actor, Verb.FILE, [found.township_code])
    given = {"place": bytes(found.place), "own": found.code, "day": on}
    row = connection.execute(CHECKED_BY, given).one_or_none()
    return None if row is None else Checkers(row.grid, row.workers, row.name, row.metres)


def asked_before(
    connection: Connection, actor: Actor, incident_ids: Collection[UUID], grids: Collection[str]
) -> set[UUID]:
    """Those of these cases that workers of one of these grids were ever asked to look at, in sight
    or not: for the ear that tells them that they are not asked any more."""
    may(actor, Verb.AUDIT)
    asked = select(Step.incident_id).where(
        Step.incident_id.in_(incident_ids), Step.details["to_grid"].astext.in_(grids)
    )
    return set(connection.execute(asked).scalars())


CHECKED_BY = text("""
    SELECT c.grid, c.workers, g.name,
        ST_Distance(CAST(g.shape AS geography), CAST(ST_GeomFromEWKB(:place) AS geography))
            AS metres
    FROM checked_by(ST_GeomFromEWKB(:place), :own, :day) c
    LEFT JOIN grids g ON g.code = c.grid AND g.valid_from <= :day
        AND (g.valid_to IS NULL OR :day < g.valid_to)
""")
