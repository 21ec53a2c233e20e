"""Many reports from residents in one grid within a short time: one thing that many saw, or one
sender who means harm. Nothing is dropped; whoever files is told."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.orm import aliased

from layers.incidents.rules import REPORTED, Flood
from layers.incidents.tables import Incident

OPEN_TO_ALL = ("resident", "open311")
"""Sources by which anybody can report."""


def flooded(connection: Connection, cases: Collection[UUID], flood: Flood) -> set[UUID]:
    """Those of these cases, which the actor sees, that came in a flood."""
    asked = select(Incident.id).where(Incident.id.in_(cases), came_in(flood))
    return set(connection.execute(asked).scalars())


def came_in(flood: Flood) -> ColumnElement[bool]:
    """That a case, of a statement that has Incident, is one of many. No more are counted than it
    takes."""
    other = aliased(Incident)
    counted = select(other.id).where(
        other.grid_id == Incident.grid_id, other.source.in_(OPEN_TO_ALL),
        other.occurred_at.between(Incident.occurred_at - flood.within,
                                  Incident.occurred_at + flood.within),
    ).limit(flood.least).correlate(Incident).subquery()  # fmt: skip
    many = select(func.count()).select_from(counted).scalar_subquery()
    return and_(Incident.source.in_(OPEN_TO_ALL), many == flood.least)


def to_file(flood: Flood) -> ColumnElement[bool]:
    """The same of what waits to be filed: few, however many cases a file has brought."""
    numbered = Incident.case_no.is_not(None)
    return and_(Incident.state == REPORTED, numbered, came_in(flood))
