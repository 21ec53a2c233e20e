"""What is done with reporters in the course of time: forgetting, and sealing with a newer key."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, or_, select, update

from layers.access import Actor, Verb, may
from layers.db import once
from layers.incidents.queries import ENDED, MAIN
from layers.incidents.tables import Incident
from layers.reporters.actions.sealed import EMPTY, opened, sealed
from layers.reporters.queries import SEALED, standing
from layers.reporters.tables import Reporter
from layers.sealing import Keyring


def forget(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor, at: datetime
) -> Sequence[str]:
    """Remove the reporters of cases that ended before a time; the incidents' ids."""
    may(actor, Verb.MANAGE)
    free = or_(Reporter.kept_until.is_(None), Reporter.kept_until <= at.date())
    due = (
        select(Reporter.incident_id)
        .join(Incident, Incident.id == Reporter.incident_id)
        .outerjoin(MAIN, MAIN.id == Incident.merged_into)
        .where(standing(), before > ENDED, free)
        .limit(limit)
        .with_for_update(of=Reporter, skip_locked=True)
    )
    gone = update(Reporter).where(Reporter.incident_id.in_(once(due)))
    forgotten = gone.values({**EMPTY, "removed_at": at}).returning(Reporter.incident_id)
    return sorted(map(str, connection.execute(forgotten).scalars()))


def reseal(connection: Connection, ring: Keyring, *, limit: int, actor: Actor) -> int:
    """Seal rows of older keys with the current one; how many they were, 0 when none is left.

    What was sealed stays so: a further call goes on from there.
    """
    may(actor, Verb.MANAGE)
    stale = select(*SEALED).where(Reporter.key_id != ring.current, standing()).limit(limit)
    rows = connection.execute(stale.with_for_update()).mappings().all()
    if not rows:
        return 0
    again = update(Reporter).where(Reporter.incident_id == bindparam("whose"))
    again = again.values(
        key_id=bindparam("new_key_id"), sealed=bindparam("new_sealed"), marks=bindparam("new_marks")
    )
    connection.execute(again, [_again(ring, row) for row in rows])
    return len(rows)


def _again(ring: Keyring, row: RowMapping) -> dict[str, object]:
    columns = sealed(ring, row["incident_id"], opened(ring, row))
    return {"whose": row["incident_id"], **{f"new_{name}": to for name, to in columns.items()}}
