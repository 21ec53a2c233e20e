"""Taking out, in the course of time, what people typed with the steps of cases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from layers.access import Actor, Verb, may
from layers.incidents import rules
from layers.incidents.queries import ENDED, MAIN
from layers.incidents.tables import Incident, Step


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
    without = {"reason": None, "details": Step.details.op("-")(rules.TEXT)}
    bare = update(Step).where(Step.id.in_(due)).values(without).returning(Step.event_id)
    return sorted(map(str, connection.execute(bare).scalars()))
