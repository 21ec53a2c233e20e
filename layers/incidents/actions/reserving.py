"""A squad is sent to no more cases than it has crews: looked at and taken in one turn.

What is not sent is never refused for that: a case that is reworked, goes on or is parted again
comes back to the squad whose work it is, though that may have been sent elsewhere meanwhile. Then
the squad has more cases than crews, everybody is told so, and it is sent to no more until it has
fewer.

Whoever needs several rows holds cases first, in the order of their ids, and then squads, in the
order of their codes; a case that is to give way is taken only if nobody else holds it. So nobody
ever waits for somebody who waits for them. A squad that is held is sent to no other case meanwhile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import Connection, RowMapping, func, select

from layers.access import Actor, Verb, holds_at
from layers.errors import Conflict, Invalid
from layers.grids.tables import Grid
from layers.incidents import rules
from layers.incidents.actions.saying import Changes, Said, Turn
from layers.incidents.queries import STANDS, seen
from layers.incidents.tables import Incident
from layers.jurisdictions.queries import About, competent
from layers.matters.tables import Matter
from layers.squads import queries as squads
from layers.squads.queries import State

NOT_COMPETENT, BUSY = "squad_not_competent", "squad_busy"
UNAVAILABLE = {State.OFF_DUTY: "squad_off_duty", State.OUT_OF_SERVICE: "squad_out_of_service"}


class Reserved(NamedTuple):
    """`notes` are kept with the step; the cases that are `put_back` wait again. Which they are is
    for the journal: not everybody who sees the case may know of them."""

    notes: Changes
    put_back: Sequence[UUID] = ()


@dataclass(frozen=True)
class Squad:
    """One that is held, and the cases by which it is occupied, as far as they are in sight."""

    code: str
    name: str
    state: str
    unit: str | None
    crews: int
    occupying: int
    cases: Sequence[RowMapping]


def reserve(turn: Turn) -> Reserved:
    """Hold the squad that is sent; raise unless it can be, or the dispatcher insists."""
    said = turn.said
    if said.override and not said.reason:
        raise Invalid("step_needs", step=said.verb, missing=rules.REASON)
    squad = _held(turn)
    put_back = _giving_way(turn, squad) if said.preempt else []
    free = squad.crews - squad.occupying + len(put_back)
    against = list(_objections(turn, squad, free))
    if against and not said.override:
        raise against[0]
    notes: Changes = {"overridden": [each.code for each in against]} if against else {}
    if put_back:
        notes["preempted"] = len(put_back)
    return Reserved(notes, [case["id"] for case in put_back])


def recall_of(turn: Turn, incident_id: UUID) -> Said:
    """How it is said in a case that it gives way to another; the same again is the same step."""
    event = uuid5(turn.said.event_id, str(incident_id))
    return Said("recall", event, turn.said.happened_at, reason=rules.PREEMPTED)


def _held(turn: Turn) -> Squad:
    code = str(turn.said.squad)
    across = squads.Across([turn.case["matter"]], [turn.case["township"]], _day(turn))
    row = squads.reserve(turn.connection, turn.actor, code, turn.at, across)
    if row is None:
        raise Invalid("no_squad", squad=code)
    cases = _cases(turn.connection, turn.actor, code)
    return Squad(code, row.name, row.state, row.unit, row.crews, row.occupying, cases)


def _objections(turn: Turn, squad: Squad, free: int) -> Iterator[Conflict]:
    about = About(turn.case["matter"], turn.case["township"])
    found = competent(turn.connection, [about], _day(turn))
    if found is not None and squad.unit not in found[about]:
        yield Conflict(NOT_COMPETENT, squad=squad.code, name=squad.name)
    if squad.state != State.AVAILABLE:
        yield Conflict(UNAVAILABLE[State(squad.state)], squad=squad.code, name=squad.name)
    if free < 1:
        numbers = ", ".join(case["case_no"] or str(case["id"]) for case in squad.cases)
        told = {"squad": squad.code, "name": squad.name, "crews": squad.crews}
        yield Conflict(BUSY, **told, cases=numbers or "—")


def _day(turn: Turn) -> date:
    return turn.at.astimezone(turn.calendar.zone).date()


def _giving_way(turn: Turn, squad: Squad) -> list[RowMapping]:
    """Of the cases that press less and that nobody has come to yet, the least, the last sent first;
    none where that would not make a crew free."""
    needed = squad.occupying - squad.crews + 1
    own = rules.priority(turn.case["priority"], turn.case["matter_priority"])
    less = [case for case in squad.cases if case["presses"] < own and _may_recall(turn.actor, case)]
    ours = _taken(turn.connection, squad, less) if needed > 0 else set()
    less = [case for case in less if case["id"] in ours]
    return less[:needed] if 0 < needed <= len(less) else []


def _may_recall(actor: Actor, case: RowMapping) -> bool:
    return holds_at(actor, Verb.DISPATCH, case["township"], grid=case["grid"], squad=None)


def _taken(connection: Connection, squad: Squad, cases: Sequence[RowMapping]) -> set[UUID]:
    """Those that the squad still has, to which nobody has come and with which nobody is at work
    now; they are held."""
    asked = select(Incident.id).where(
        Incident.id.in_([case["id"] for case in cases]), Incident.squad_code == squad.code,
        Incident.state.in_(rules.PREEMPTIBLE), Incident.suspended_until.is_(None),
    )  # fmt: skip
    return set(connection.execute(asked.with_for_update(skip_locked=True)).scalars())


def _cases(connection: Connection, actor: Actor, squad: str) -> Sequence[RowMapping]:
    """What in sight occupies a squad."""
    presses = func.coalesce(Incident.priority, Matter.priority).label("presses")
    asked = (
        select(Incident.id, Incident.case_no, Incident.state, presses, Grid.code.label("grid"),
               Grid.township_code.label("township"))
        .join(Matter, Matter.code == Incident.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(
            Incident.squad_code == squad, Incident.state.in_(rules.OCCUPYING),
            Incident.suspended_until.is_(None), STANDS, seen(actor),
        )
        .order_by(presses, Incident.sent_at.desc().nulls_last(), Incident.id)
    )  # fmt: skip
    return connection.execute(asked).mappings().all()
