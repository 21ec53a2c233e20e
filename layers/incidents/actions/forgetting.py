"""Taking out, in the course of time, what people typed of cases and with their steps."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select, update

from layers.access import Actor, Verb, may
from layers.db import once
from layers.incidents import rules
from layers.incidents.queries import ENDED, MAIN
from layers.incidents.tables import Incident, Step

WORDLESS = {"reason": None, "details": Step.details.op("-")(rules.TEXT)}
"""A step without what was typed with it."""
NOTHING: ColumnElement[object] = literal_column("'{}'::jsonb")


def forget_words(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Remove reasons and texts from the steps of cases that ended before a time: the steps'
    events. The steps themselves stay."""
    may(actor, Verb.MANAGE)
    due = (
        select(Step.id)
        .join(Incident, Incident.id == Step.incident_id)
        .outerjoin(MAIN, MAIN.id == Incident.merged_into)
        .where(or_(Step.reason.is_not(None), Step.details.has_key(rules.TEXT)), before > ENDED)
        .limit(limit)
        .with_for_update(of=Step, skip_locked=True)
    )
    bare = update(Step).where(Step.id.in_(once(due))).values(WORDLESS).returning(Step.event_id)
    return sorted(map(str, connection.execute(bare).scalars()))


def forget_own_words(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor, at: datetime
) -> Sequence[str]:
    """Remove addresses, descriptions and answers of cases that ended before a time: the cases'
    ids. No later file brings them back."""
    may(actor, Verb.MANAGE)
    own = (Incident.address, Incident.description, func.nullif(Incident.answers, NOTHING))
    due = (
        select(Incident.id)
        .outerjoin(MAIN, MAIN.id == Incident.merged_into)
        .where(or_(*(words.is_not(None) for words in own)), before > ENDED)
        .limit(limit)
        .with_for_update(of=Incident, skip_locked=True)
    )
    without = {"address": None, "description": None, "answers": NOTHING, "redacted": True,
               "updated_at": at}  # fmt: skip
    bare = update(Incident).where(Incident.id.in_(once(due))).values(without).returning(Incident.id)
    return sorted(map(str, connection.execute(bare).scalars()))
