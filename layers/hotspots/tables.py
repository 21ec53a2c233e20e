from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import MERCATOR, Json, Table


class Run(Table):
    """A study: its parameters, its study area and what it found. Numbered, because people say it.

    `found` holds the totals and the suspected default locations.
    """

    __tablename__ = "hotspot_runs"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    as_of: Mapped[date]
    weeks: Mapped[int]
    resolution: Mapped[int]
    parameters: Mapped[Json]
    version: Mapped[str]
    found: Mapped[Json]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class Cell(Table):
    """One cell of a study; zeros included, so that the study can be repeated from its rows."""

    __tablename__ = "hotspot_cells"
    __table_args__ = (Index("hotspot_cells_run_id_township_code_ix", "run_id", "township_code"),)

    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    township_code: Mapped[str | None]
    share: Mapped[float]
    count: Mapped[int]
    value: Mapped[float]
    z: Mapped[float]
    p: Mapped[float]
    class_: Mapped[int] = mapped_column("class", SmallInteger)
    township_z: Mapped[float]
    township_class: Mapped[int] = mapped_column(SmallInteger)
    neighbours: Mapped[int] = mapped_column(SmallInteger)
    insufficient: Mapped[bool]


class Hexagon(Table):
    """The boundary of a cell that any study had, as vector tiles are cut from it: PostgreSQL knows
    no H3."""

    __tablename__ = "hexagons"
    __table_args__ = (Index("hexagons_mercator_ix", "mercator", postgresql_using="gist"),)

    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    mercator: Mapped[WKBElement] = mapped_column(
        Geometry("POLYGON", srid=MERCATOR, spatial_index=False)
    )
