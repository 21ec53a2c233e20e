"""What everybody may know of cases: what the public doors ask."""

import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Numeric,
    RowMapping,
    Uuid,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import array

from layers import db
from layers.incidents import rules
from layers.incidents.queries.listing import STANDS
from layers.incidents.tables import Incident
from layers.matters.tables import Matter

PLACES = 3
"""Decimals of a degree: about 100 m."""
UPDATED = func.greatest(
    func.coalesce(Incident.closed_at, Incident.received_at), Incident.updated_at
)
"""Of a case that came closed in a file, when it was closed; whatever was done here counts too."""
PUBLIC = (
    STANDS, Matter.public, Incident.state.in_(rules.TAKEN_UP), ~Incident.unfiled,
)  # fmt: skip
"""What everybody may know of (the database keeps to it as well: migration 0041). A matter is made
public by the bureau, and that releases each of its cases with its filing, save the words."""


@dataclass(frozen=True)
class PublicWanted:
    """Which of the cases that everybody may know of; None asks for any."""

    ids: Sequence[UUID] | None = None
    matters: Sequence[str] | None = None
    states: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    updated_until: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None


def public(
    connection: Connection, wanted: PublicWanted, *, limit: int, skip: int = 0
) -> Sequence[RowMapping]:
    """Newest first: the place coarsened, the words only of what was released."""
    told = (
        case((Incident.released, words)).label(words.key)
        for words in (Incident.address, Incident.description, Incident.answers)
    )
    asked = (
        select(
            Incident.id, Incident.state, Incident.matter_code.label("matter"), Matter.name_zh,
            Matter.name_en, Incident.occurred_at, Incident.due_at, UPDATED.label("updated_at"),
            coarse(func.ST_X).label("lon"), coarse(func.ST_Y).label("lat"), *told,
            Incident.case_no, Matter.questions,
        )
        .join(Matter, Matter.code == Incident.matter_code)
        .where(*PUBLIC, *_public_conditions(wanted))
        .order_by(Incident.occurred_at.desc(), Incident.id.desc())
    )  # fmt: skip
    return connection.execute(asked.limit(limit).offset(skip)).mappings().all()


def public_steps(connection: Connection, cases: Sequence[UUID]) -> Sequence[RowMapping]:
    """Which states each of these cases came to when, the oldest first: of what everybody may know
    of, from its filing on (the function keeps to it: migration 0030)."""
    told = func.public_steps(array(cases, type_=Uuid())).table_valued("incident_id", "at", "state")
    return connection.execute(select(told).order_by(told.c.at)).mappings().all()


def coarse(of: Callable[..., ColumnElement[float]]) -> ColumnElement[float]:
    """A coordinate of a case as everybody may know it."""
    return cast(func.round(cast(of(Incident.place), Numeric), PLACES), Double)


def _public_conditions(wanted: PublicWanted) -> list[ColumnElement[bool]]:
    among = (
        (Incident.id, wanted.ids), (Incident.matter_code, wanted.matters),
        (Incident.state, wanted.states),
    )  # fmt: skip
    bounds = (
        (operator.ge, Incident.occurred_at, wanted.since),
        (operator.le, Incident.occurred_at, wanted.until),
        (operator.ge, UPDATED, wanted.updated_since),
        (operator.le, UPDATED, wanted.updated_until),
    )
    box = () if wanted.bbox is None else (func.ST_MakeEnvelope(*wanted.bbox, db.SRID),)
    return [
        *(Incident.place.op("&&", is_comparison=True)(envelope) for envelope in box),
        *(column.in_(values) for column, values in among if values is not None),
        *(holds(column, moment) for holds, column, moment in bounds if moment is not None),
    ]
