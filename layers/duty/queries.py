"""Reading the shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, tuple_

from layers import db
from layers.access import Actor, within
from layers.errors import NotFound
from layers.squads.tables import Shift, Squad

SHIFTS = select(
    Shift.id, Shift.squad_code.label("squad"), Squad.name, Squad.township_code.label("township"),
    Shift.starts_at, Shift.ends_at, Shift.planned_at, Shift.members, Shift.vehicle, Shift.skills,
    Shift.note,
).join(Squad, Squad.code == Shift.squad_code)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Which shifts are asked for: those of a squad, and those with a moment from `since` until
    before `until`; None means any."""

    squad: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def shifts(
    connection: Connection, actor: Actor, page: db.Page, wanted: Wanted
) -> Sequence[RowMapping]:
    """Shifts behind a key, by their beginning."""
    asked = SHIFTS.where(_seen(actor)).order_by(Shift.starts_at, Shift.id).limit(page.limit)
    if page.after:
        asked = asked.where(tuple_(Shift.starts_at, Shift.id) > db.moment_of(page.after))
    if wanted.squad is not None:
        asked = asked.where(Shift.squad_code == wanted.squad)
    if wanted.since is not None:
        asked = asked.where(Shift.ends_at > wanted.since)
    if wanted.until is not None:
        asked = asked.where(Shift.starts_at < wanted.until)
    return connection.execute(asked).mappings().all()


def one(connection: Connection, actor: Actor, shift: UUID) -> RowMapping:
    found = connection.execute(SHIFTS.where(_seen(actor), Shift.id == shift)).mappings()
    row = found.one_or_none()
    if row is None:
        raise NotFound("no_shift", id=shift)
    return row


def kept(connection: Connection, actor: Actor) -> pd.DataFrame:
    """All shifts as an import takes them."""
    asked = select(
        Shift.squad_code.label("squad"),
        func.coalesce(Shift.planned_at, Shift.starts_at).label("from"),
        Shift.ends_at.label("to"), Shift.members, Shift.vehicle,
        func.array_to_string(Shift.skills, ";").label("skills"), Shift.note,
    ).join(Squad, Squad.code == Shift.squad_code)  # fmt: skip
    ordered = asked.where(_seen(actor)).order_by(Shift.squad_code, Shift.starts_at)
    return db.frame(connection, ordered)


def _seen(actor: Actor) -> ColumnElement[bool]:
    return within(actor, Squad.township_code, squad=Squad.code)
