from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, multilinestring


class Road(Table):
    """A stretch of road, drawn in the direction in which a one-way road is driven.

    `key` is the code, or what recognises a row without one.
    """

    __tablename__ = "roads"
    __table_args__ = (
        Index("roads_shape_ix", "shape", postgresql_using="gist"),
        CheckConstraint("speed_kmh > 0", name="speed_kmh"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str | None]
    class_: Mapped[str] = mapped_column("class")
    oneway: Mapped[bool]
    speed_kmh: Mapped[float | None]
    shape: Mapped[WKBElement] = mapped_column(multilinestring())
    source_crs: Mapped[str]
