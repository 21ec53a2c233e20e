from datetime import datetime

from geoalchemy2 import WKBElement
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, point
from layers.grids.tables import Township
from layers.units.tables import Unit


class Squad(Table):
    __tablename__ = "squads"
    __table_args__ = (Index("squads_home_ix", "home", postgresql_using="gist"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    township_code: Mapped[str | None] = mapped_column(ForeignKey(Township.code), index=True)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey(Unit.code), index=True)
    home: Mapped[WKBElement] = mapped_column(point())
    members: Mapped[int | None]
    vehicles: Mapped[int | None]
    on_duty: Mapped[bool]
    position: Mapped[WKBElement | None] = mapped_column(point())
    position_at: Mapped[datetime | None]
    x: Mapped[float]
    y: Mapped[float]
    datum: Mapped[str]
