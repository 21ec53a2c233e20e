from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table
from layers.grids.tables import Township
from layers.matters.tables import Matter
from layers.units.tables import Unit


class Jurisdiction(Table):
    """A unit that is competent from `valid_from` until before `valid_to`, for a matter, for a class
    of one kind of matters, or for all; in a township or in all."""

    __tablename__ = "jurisdictions"
    __table_args__ = (
        CheckConstraint("part in ('responsible', 'joint')", name="part"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        CheckConstraint(
            "matter_code IS NULL OR class_code IS NULL AND matter_kind IS NULL", name="concerns"
        ),
        UniqueConstraint(
            "matter_code", "matter_kind", "class_code", "township_code", "unit_code", "valid_from",
            name="jurisdictions_same_uq", postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    matter_code: Mapped[str | None] = mapped_column(ForeignKey(Matter.code))
    matter_kind: Mapped[str | None]
    class_code: Mapped[str | None]
    township_code: Mapped[str | None] = mapped_column(ForeignKey(Township.code))
    unit_code: Mapped[str] = mapped_column(ForeignKey(Unit.code))
    part: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
