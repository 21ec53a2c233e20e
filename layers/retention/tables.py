from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table


class Retention(Table):
    """The bureau's own number of days for a kind, in place of the one in the rules."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("days > 0", name="days"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
