"""Cases that wait for a squad, and those among them for which nobody is competent."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, RowMapping, select

from layers.access import Actor
from layers.grids.tables import Grid
from layers.incidents import rules
from layers.incidents.queries.listing import LOOP, ROW, STANDS, latitude, longitude, seen
from layers.incidents.tables import Incident
from layers.jurisdictions.queries import About, competent
from layers.matters.tables import Matter
from layers.squads import queries as squads

WAITS = (Incident.state == rules.FILED, Incident.suspended_until.is_(None), STANDS)


def waiting(connection: Connection, actor: Actor) -> Sequence[RowMapping]:
    """Those in sight, the oldest first, with `lon` and `lat`."""
    asked = (
        select(*ROW, *LOOP, longitude(), latitude())
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(*WAITS, seen(actor))
        .order_by(Incident.received_at, Incident.id)
    )
    return connection.execute(asked).mappings().all()


def uncovered(connection: Connection, actor: Actor, on: date) -> Sequence[About]:
    """What those in sight are about for which no squad of the bureau is competent on a day."""
    asked = (
        select(Incident.matter_code, Grid.township_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(*WAITS, seen(actor))
        .distinct()
    )
    abouts = [About(*row) for row in connection.execute(asked)]
    found = competent(connection, abouts, on)
    if found is None:
        return []
    manned = squads.units_manned(connection)
    return [about for about in abouts if not manned.intersection(found[about])]
