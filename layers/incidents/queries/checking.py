"""Who would look at a case: the workers of its grid, or of the nearest grid that has any."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from layers.access import Actor, Verb, may
from layers.errors import NotFound
from layers.grids.tables import Grid
from layers.incidents.queries.listing import STANDS, seen
from layers.incidents.tables import Incident


@dataclass(frozen=True)
class Checkers:
    """A grid, and how many people are responsible for it; who they are is told to nobody here."""

    grid: str
    workers: int


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
    return None if row is None else Checkers(row.grid, row.workers)


CHECKED_BY = text("SELECT grid, workers FROM checked_by(ST_GeomFromEWKB(:place), :own, :day)")
