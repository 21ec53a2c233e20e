"""A case on its way through the loop: its history, and what its reader can do with it."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, exists, select

from layers import flow
from layers.access import Actor, Verb, holds_at
from layers.errors import NotFound
from layers.grids.tables import Grid
from layers.incidents import rules
from layers.incidents.queries.listing import LOOP, ROW, STANDS, Case, seen
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter

LIMITS = (
    Matter.arrive_limit.label("arrive"), Matter.simple_limit.label("simple"),
    Matter.opinion_limit.label("opinion"), Matter.complex_limit.label("complex"),
)  # fmt: skip


STANDING = tuple(each.name for each in fields(rules.Standing))
POWERS = frozenset(Verb(power) for step in rules.FLOW.steps for power in step.powers)
BESIDE = (
    Incident.sent_to, Incident.matter_code, Incident.redacted,
)  # fmt: skip


def hold(connection: Connection, incident_ids: Collection[UUID]) -> None:
    """Keep others from these cases until the transaction ends: always in the same order."""
    held = select(Incident.id).where(Incident.id.in_(incident_ids)).order_by(Incident.id)
    connection.execute(held.with_for_update())


def locked(connection: Connection, actor: Actor, incident_id: UUID) -> RowMapping:
    """A case with its matter's limits, held until the transaction ends.

    Held first: a statement that waited would put what the case has become beside the matter and
    the grid that it had before.
    """
    hold(connection, {incident_id})
    asked = (
        select(*ROW, *LOOP, *BESIDE, *LIMITS)
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(Incident.id == incident_id, STANDS, seen(actor))
        .with_for_update(of=Incident)
    )
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_incident", id=incident_id)
    return found


def steps(connection: Connection, incident_id: UUID) -> Sequence[RowMapping]:
    """The history of a case, the oldest first."""
    asked = select(*Step.__table__.columns).where(Step.incident_id == incident_id)
    return connection.execute(asked.order_by(Step.version)).mappings().all()


def histories(
    connection: Connection, incident_ids: Collection[UUID]
) -> dict[UUID, list[RowMapping]]:
    """The history of each of these cases, the oldest first."""
    asked = select(*Step.__table__.columns).where(Step.incident_id.in_(incident_ids))
    found: dict[UUID, list[RowMapping]] = {}
    for row in connection.execute(asked.order_by(Step.version)).mappings():
        found.setdefault(row["incident_id"], []).append(row)
    return found


def suspended(connection: Connection, *, until: date) -> bool:
    """Whether a clock stands that is to go on by a day."""
    asked = select(exists().where(Incident.suspended_until <= until))
    return bool(connection.execute(asked).scalar_one())


def verbs(actor: Actor, case: Case, at: datetime) -> list[str]:
    """What the actor can do with a case now, in the order of the table."""
    standing, held = standing_of(case), _held(actor, case)
    return [
        row.verb
        for row in rules.FLOW.open(case["state"])
        if held & row.powers and rules.obstacle(row.verb, standing, at) is None
    ]


def ahead(actor: Actor, case: Case) -> dict[str, list[str]]:
    """What a squad can go on with after each of its verbs, where nobody can be asked."""
    found: dict[str, list[str]] = {}
    states = [case["state"]] if Verb.HANDLE in _held(actor, case) else []
    for state in states:
        for row in _handling(state):
            if row.verb not in found:
                after = (each.verb for each in _handling(row.target))
                found[row.verb] = [verb for verb in after if verb != row.verb]
                states.append(row.target)
    return found


def _handling(state: str) -> list[flow.Step]:
    return [row for row in rules.FLOW.open(state) if Verb.HANDLE in row.powers]


def open_to(actor: Actor, row: flow.Step, case: Case) -> bool:
    """Whether a step is the actor's to do."""
    return bool(_held(actor, case) & row.powers)


def _held(actor: Actor, case: Case) -> frozenset[str]:
    """The actor's powers that reach a case."""
    return frozenset(power for power in POWERS & actor.verbs if _reaches(actor, power, case))


def _reaches(actor: Actor, power: Verb, case: Case) -> bool:
    if power is Verb.REPORT:
        return bool(case["reported_by"] == actor.name)
    asked = power is Verb.CHECK and case["state"] in rules.CHECKS
    grid = case["check_grid"] if asked and case["check_grid"] in actor.grids else case["grid"]
    return holds_at(actor, power, case["township"], grid=grid, squad=case["squad"])


def standing_of(case: Case) -> rules.Standing:
    """What the table of steps does not say of a case."""
    return rules.Standing(*[case[name] for name in STANDING])
