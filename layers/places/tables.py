from geoalchemy2 import WKBElement
from sqlalchemy import Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, point


class Place(Table):
    """A named place. `key` is the code, or what recognises a row without one."""

    __tablename__ = "places"
    __table_args__ = (Index("places_place_ix", "place", postgresql_using="gist"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str | None]
    place: Mapped[WKBElement] = mapped_column(point())
    x: Mapped[float]
    y: Mapped[float]
    datum: Mapped[str]
