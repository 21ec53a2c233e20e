"""What falls due soon, and what is overdue: one meaning for queues, counts, lists, map, tiles and
message gateway. By the deadline of the state, or by what was promised from the report on, whichever
comes first."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from layers.clock import limit_of
from layers.incidents.rules import LONGEST_NOTICE, PROMISED, notice
from layers.incidents.tables import Incident
from layers.matters.rules import LIMITS
from layers.matters.tables import Matter

Near = Mapping[str, datetime]
"""By limit: until when a deadline lies that is near now."""
promise = case((Incident.suspended_until.is_(None), Incident.promised_by))
"""While its clock stands nothing is promised."""
UNTIL = func.least(Incident.due_at, promise)
_OWN = aliased(Matter)
ARRIVE = func.coalesce(
    select(_OWN.arrive_limit).where(_OWN.code == Incident.matter_code).scalar_subquery(),
    str(LIMITS["arrive"]),
)
"""The limit of what is promised."""


def nearing(connection: Connection, at: datetime) -> Near:
    """Of the limits that any deadline of the next day has, and of those of what is promised."""
    there = Incident.due_at.between(at, at + LONGEST_NOTICE)
    due, promised = select(Incident.due_limit).where(there), select(Matter.arrive_limit)
    found = connection.execute(due.union(promised)).scalars().all()
    limits = {str(LIMITS["arrive"]), *filter(None, found)}
    return {limit: at + notice(limit_of(limit)) for limit in limits}


def is_near(
    at: datetime, near: Near, promised_in: Collection[str] = PROMISED
) -> ColumnElement[bool]:
    """Whether a case is due soon, and not overdue; what was promised counts in these states."""
    due = Incident.due_at.between(at, case(dict(near), value=Incident.due_limit))
    promised = and_(is_in(promised_in), promise.between(at, case(dict(near), value=ARRIVE)))
    return and_(or_(due, promised), ~func.coalesce(is_overdue(at, promised_in), False))


def is_between(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether a case falls due then."""
    promised = and_(is_in(PROMISED), promise.between(since, until))
    return or_(Incident.due_at.between(since, until), promised)


def is_in(states: Iterable[str]) -> ColumnElement[bool]:
    """In one of these states, said so that the index over such cases is found."""
    return Incident.state.in_([literal(state, literal_execute=True) for state in states])


def is_overdue(at: datetime, promised_in: Collection[str] = PROMISED) -> ColumnElement[bool]:
    """Whether a case is past its deadline, or nobody came within what was promised: that goes on
    when a squad is sent, whose own time begins then."""
    return or_(Incident.due_at < at, and_(is_in(promised_in), promise < at))
