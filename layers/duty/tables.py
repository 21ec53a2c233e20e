from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table
from layers.squads.tables import Shift, Squad


class DutyEvent(Table):
    """What was said of a squad's duty, by an id made on the phone, if it was said there: said again
    it changes nothing.

    It names no person. `happened_at` is the phone's own, kept beside when it came.
    """

    __tablename__ = "duty_events"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    squad_code: Mapped[str] = mapped_column(ForeignKey(Squad.code))
    said: Mapped[str]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    shift_id: Mapped[UUID | None] = mapped_column(ForeignKey(Shift.id))
