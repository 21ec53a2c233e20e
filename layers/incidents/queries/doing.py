"""What squads are doing, by the cases that they have."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select

from layers.access import Actor, Verb, may
from layers.grids.tables import Grid
from layers.incidents import rules
from layers.incidents.queries.listing import seen
from layers.incidents.tables import Incident, Step

DOING: Mapping[str, str] = {
    rules.DISPATCHED: "sent", rules.ACCEPTED: "on_the_way", rules.ON_SCENE: "on_scene",
}  # fmt: skip
"""In the order of the loop: who is on one scene and sent to another is on the scene."""


def had_by(connection: Connection, actor: Actor, incident_ids: Collection[UUID]) -> set[str]:
    """The squads that have or had one of these cases, in sight or not: for the ear that tells
    them."""
    may(actor, Verb.AUDIT)
    asked = select(Step.details["squad"].astext).where(
        Step.incident_id.in_(incident_ids), Step.verb == "dispatch"
    )
    return set(connection.execute(asked.distinct()).scalars())


class Doing(NamedTuple):
    """What a squad is at, and how many cases hold it."""

    doing: str | None = None
    busy: int = 0


def doing(connection: Connection, actor: Actor) -> dict[str, Doing]:
    """By squad, as far as the cases in sight tell; a case whose clock stands holds nobody."""
    asked = (
        select(Incident.squad_code, Incident.state, func.count().label("cases"))
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(Incident.squad_code.is_not(None), Incident.state.in_(DOING),
               Incident.suspended_until.is_(None), seen(actor))
        .group_by(Incident.squad_code, Incident.state)
    )  # fmt: skip
    order = list(DOING)
    found: dict[str, Doing] = {}
    for row in sorted(connection.execute(asked), key=lambda row: order.index(row.state)):
        before = found.get(row.squad_code)
        found[row.squad_code] = Doing(DOING[row.state], row.cases + (before.busy if before else 0))
    return found


def worked_after(
    connection: Connection, actor: Actor, squad: str, moment: datetime
) -> datetime | None:
    """When a squad did its first step after a moment with a case that it has, as far as the cases
    in sight tell."""
    asked = (
        select(func.min(Step.happened_at))
        .join(Incident, Incident.id == Step.incident_id)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(Incident.squad_code == squad, Step.verb.in_(ITS_OWN),
               Step.happened_at > moment, seen(actor))
    )  # fmt: skip
    return connection.execute(asked).scalar_one()


ITS_OWN = [row.verb for row in rules.FLOW.steps if Verb.HANDLE in row.powers]
