from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table
from layers.grids.tables import Township
from layers.units.rules import UnitKind

KINDS = ", ".join(f"'{kind}'" for kind in UnitKind)


class Unit(Table):
    """An office, from `valid_from` until before `valid_to`; never a person.

    One that ended stays: cases of its time were handed to it.
    """

    __tablename__ = "units"
    __table_args__ = (
        CheckConstraint(f"kind in ({KINDS})", name="kind"),
        CheckConstraint("parent_code <> code", name="parent"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    township_code: Mapped[str | None] = mapped_column(ForeignKey(Township.code), index=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"), index=True)
    phone: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
