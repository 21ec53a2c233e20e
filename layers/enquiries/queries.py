"""Reading enquiries: of the cases in sight, for those who file, answer, lead or audit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    null,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from layers import db
from layers.access import Actor, Verb
from layers.enquiries.rules import Waits
from layers.enquiries.tables import Enquiry
from layers.errors import Forbidden, NotFound
from layers.grids.tables import Grid
from layers.incidents.queries import STANDS, seen
from layers.incidents.tables import Incident
from layers.matters.tables import Matter
from layers.reporters import queries as reporters
from layers.reporters.tables import Reporter

READERS = (Verb.CONTACT, Verb.FILE, Verb.LEAD, Verb.AUDIT)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Where an enquiry without a deadline stands in the order."""
MAIN = aliased(Incident)
BY = func.coalesce(Enquiry.respond_by, NEVER)
ROW = (
    Enquiry.id, Enquiry.incident_id.label("incident"), Enquiry.channel, Enquiry.outside_no,
    Enquiry.received_at, Enquiry.respond_by, Enquiry.interim, Enquiry.interim_at,
    Enquiry.answer, Enquiry.answered_at, Enquiry.called_back_at, Enquiry.reached,
    Enquiry.satisfaction, Enquiry.satisfied_at, Enquiry.remark, Enquiry.opinion, Enquiry.own_rating,
    BY.label("by"), MAIN.id.label("case"), MAIN.case_no, MAIN.state,
    MAIN.address, MAIN.matter_code.label("matter"), Matter.name_zh.label("matter_zh"),
    Matter.name_en.label("matter_en"), Grid.code.label("grid"),
    Grid.township_code.label("township"),
)  # fmt: skip


WORDS = (Enquiry.outside_no, Enquiry.interim, Enquiry.answer, Enquiry.remark, Enquiry.opinion)
"""What people typed, and the number that leads to them at the hotline."""
OWN = or_(
    Enquiry.token_hash.is_(None),
    Incident.reported_by == func.concat("resident:", func.encode(Enquiry.token_hash, "hex")),
)
"""Those of whoever brought the report; others follow it by links of their own."""


@dataclass(frozen=True)
class Wanted:
    """Which enquiries: each condition that is given must hold. An `incident` brings along those
    of the reports that were merged into it."""

    waits: Waits | None = None
    overdue_at: datetime | None = None
    """Without an answer past their deadline then."""
    incident: UUID | None = None


def listed(
    connection: Connection, actor: Actor, wanted: Wanted, *, after: str, limit: int
) -> Sequence[RowMapping]:
    """The nearest deadline first, behind a key of the form `time|id`."""
    asked = _asked(actor).where(*_conditions(actor, wanted))
    if after:
        asked = asked.where(tuple_(BY, Enquiry.id) > db.moment_of(after))
    return connection.execute(asked.order_by(BY, Enquiry.id).limit(limit)).mappings().all()


def deadlines(
    connection: Connection, actor: Actor, cases: Collection[UUID]
) -> dict[UUID, datetime]:
    """By when the first of those is to be answered who wait for one of these cases, or for what
    was merged into it."""
    if actor.verbs.isdisjoint(READERS) or not cases:
        return {}
    root = func.coalesce(Incident.merged_into, Incident.id)
    asked = (
        select(root, func.min(Enquiry.respond_by))
        .join(Enquiry, Enquiry.incident_id == Incident.id)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(or_(Incident.id.in_(cases), Incident.merged_into.in_(cases)), seen(actor), STANDS)
        .where(Enquiry.answered_at.is_(None))
        .group_by(root)
    )
    return {case: by for case, by in connection.execute(asked) if by is not None}


def one(connection: Connection, actor: Actor, enquiry_id: UUID) -> RowMapping:
    asked = _asked(actor).where(Enquiry.id == enquiry_id)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_enquiry", id=enquiry_id)
    return found


def said(connection: Connection, actor: Actor, incidents: Collection[UUID]) -> Sequence[RowMapping]:
    """The words of the enquiries that those people have who brought these reports."""
    asked = (
        select(Enquiry.id, Enquiry.incident_id, Enquiry.channel, *WORDS, Grid.township_code)
        .join(Incident, Incident.id == Enquiry.incident_id)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(seen(actor), Incident.id.in_(incidents), OWN, worded())
    )
    return connection.execute(asked.order_by(Enquiry.id)).mappings().all()


def worded() -> ColumnElement[bool]:
    """The condition that leaves out those without words."""
    return func.num_nonnulls(*WORDS) > 0


def knows_order(connection: Connection, actor: Actor, channel: str, number: str) -> bool:
    """Whether an order of a hotline is there in the actor's sight, be its report taken back or
    not."""
    asked = (
        select(Enquiry.id)
        .join(Incident, Incident.id == Enquiry.incident_id)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(seen(actor), Enquiry.channel == channel, Enquiry.outside_no == number)
    )
    return connection.execute(asked).one_or_none() is not None


def key(row: RowMapping) -> str:
    """The key of a row: where the next page begins."""
    return db.moment_key(row["by"], row["id"])


def _asked(actor: Actor) -> Select[*tuple[object, ...]]:
    """Each with the case that its report belongs to; seen where its own report is."""
    if actor.verbs.isdisjoint(READERS):
        raise Forbidden("may_not", verb=Verb.CONTACT)
    return (
        select(*ROW, _waits(actor).label("waits"), _caller(actor).label("caller"))
        .join(Incident, Incident.id == Enquiry.incident_id)
        .join(MAIN, MAIN.id == func.coalesce(Incident.merged_into, Incident.id))
        .join(Matter, Matter.code == MAIN.matter_code)
        .outerjoin(Grid, Grid.id == Incident.grid_id)
        .where(seen(actor), STANDS)
    )


def _waits(actor: Actor) -> ColumnElement[str | None]:
    """Whoever left no name and no number cannot be called back, and is not waited for."""
    unsaid = and_(Enquiry.reached.is_not(True), Enquiry.satisfied_at.is_(None))
    return case(
        (Enquiry.answered_at.is_(None), Waits.ANSWER.value),
        (and_(unsaid, _caller(actor).is_not(False)), Waits.CALL_BACK.value),
    )


def _caller(actor: Actor) -> ColumnElement[bool]:
    """Whether it is known who asked; whoever may not see that is not told."""
    if Verb.CONTACT not in actor.verbs:
        return cast(null(), Boolean)
    return exists().where(Reporter.incident_id == Enquiry.incident_id, reporters.standing())


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.waits is not None:
        found.append(_waits(actor) == wanted.waits.value)
    if wanted.overdue_at is not None:
        found += [Enquiry.answered_at.is_(None), Enquiry.respond_by < wanted.overdue_at]
    if wanted.incident is not None:
        along = (Incident.id, Incident.merged_into)
        found.append(or_(*(column == wanted.incident for column in along)))
    return found
