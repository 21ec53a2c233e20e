from datetime import date
from decimal import Decimal

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Numeric, func, literal_column
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, mercator, multipolygon

BEGINNING = date(1, 1, 1)
"""A first version reaches back to here, so that cases older than the import find their grid."""


class Township(Table):
    """A township or street: the unit with a patrol capacity of its own."""

    __tablename__ = "townships"
    __table_args__ = (Index("townships_shape_ix", "shape", postgresql_using="gist"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    visits_per_week: Mapped[int | None] = mapped_column(
        CheckConstraint("visits_per_week >= 0", name="visits_per_week")
    )
    shape: Mapped[WKBElement] = mapped_column(multipolygon())
    mercator: Mapped[WKBElement] = mercator()
    area_m2: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    source_crs: Mapped[str]


class Grid(Table):
    """One version of a grid: its boundary from `valid_from` until before `valid_to`.

    A case keeps the version of its time; plans and scope go by code.
    """

    __tablename__ = "grids"
    __table_args__ = (
        Index("grids_shape_ix", "shape", postgresql_using="gist"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        ExcludeConstraint(
            ("code", "="),
            (func.daterange(literal_column("valid_from"), literal_column("valid_to")), "&&"),
            name="grids_one_version_at_a_time",
            using="gist",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    township_code: Mapped[str] = mapped_column(ForeignKey(Township.code), index=True)
    community: Mapped[str | None]
    shape: Mapped[WKBElement] = mapped_column(multipolygon())
    mercator: Mapped[WKBElement] = mercator()
    area_m2: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    source_crs: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
