"""What phones said of duty is kept for as long as it may be said once more."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from layers.access import Actor, Verb, may
from layers.duty.rules import LATE
from layers.duty.tables import DutyEvent

KEPT = LATE + timedelta(days=1)


def forget_said(connection: Connection, *, actor: Actor, at: datetime) -> None:
    """Forget what came so long ago that the same would be refused by now. The shifts stay."""
    may(actor, Verb.MANAGE)
    connection.execute(delete(DutyEvent).where(DutyEvent.received_at < at - KEPT))
