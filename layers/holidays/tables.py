from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table


class Holiday(Table):
    """A day as the bureau has it. `notice` is the number of the paper that says so."""

    __tablename__ = "holidays"
    __table_args__ = (CheckConstraint("kind in ('rest', 'work')", name="kind"),)

    day: Mapped[date] = mapped_column("date", primary_key=True)
    kind: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    notice: Mapped[str | None]
