from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table


class Bureau(Table):
    """What the administrator has said of the bureau; one row, NULL where nothing was said."""

    __tablename__ = "bureau"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name_zh: Mapped[str | None]
    name_en: Mapped[str | None]
    division: Mapped[str | None]
    timezone: Mapped[str | None]
    language: Mapped[str | None]
    hours: Mapped[str | None]
    acknowledge: Mapped[str | None]
    source: Mapped[str | None]
    telephone: Mapped[str | None]
