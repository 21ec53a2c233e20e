from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table
from layers.incidents.tables import Incident


class Reporter(Table):
    """Who reported an incident, in a value that only a key outside the database opens.

    `marks` are keyed digests of phone numbers and e-mail addresses, for exact look-up; `key_id`
    names the key of both. `callback` is the wish to be called back; `kept_until` holds off the
    retention. What was removed stays as an empty row, so that no later file brings it back.
    """

    __tablename__ = "reporters"
    __table_args__ = (
        CheckConstraint("(sealed IS NULL) = (removed_at IS NOT NULL)", name="removed"),
        CheckConstraint("sealed IS NOT NULL OR marks = '{}'", name="marks"),
        Index("reporters_marks_ix", "marks", postgresql_using="gin"),
    )

    incident_id: Mapped[UUID] = mapped_column(
        ForeignKey(Incident.id, ondelete="CASCADE"), primary_key=True
    )
    key_id: Mapped[str] = mapped_column(index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    marks: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    callback: Mapped[bool | None]
    kept_until: Mapped[date | None]
    kept_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
