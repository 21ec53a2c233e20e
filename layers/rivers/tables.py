from geoalchemy2 import WKBElement
from sqlalchemy import Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, multipolygon


class River(Table):
    """A water's surface, from bank to bank. `key` is the code, or what recognises a row
    without one."""

    __tablename__ = "rivers"
    __table_args__ = (Index("rivers_shape_ix", "shape", postgresql_using="gist"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str | None]
    kind: Mapped[str]
    shape: Mapped[WKBElement] = mapped_column(multipolygon())
    source_crs: Mapped[str]
