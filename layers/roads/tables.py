from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, Identity, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, multilinestring


class Road(Table):
    """A stretch of road, drawn in the direction in which a one-way road is driven.

    `key` is the code, or what recognises a row without one. Whether vehicles may (`motor`) and
    people on foot (`foot`) follows from the class where it is not said. `turns` says into which
    roads nobody may drive from its ends (layers.roads.rules). `osm`: it is OpenStreetMap's, whose
    licence asks to be named.
    """

    __tablename__ = "roads"
    __table_args__ = (
        Index("roads_shape_ix", "shape", postgresql_using="gist"),
        Index("roads_osm_ix", "osm", postgresql_where=text("osm")),
        CheckConstraint("speed_kmh > 0", name="speed_kmh"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str | None]
    class_: Mapped[str] = mapped_column("class")
    oneway: Mapped[bool]
    speed_kmh: Mapped[float | None]
    motor: Mapped[bool | None]
    foot: Mapped[bool | None]
    turns: Mapped[str | None]
    osm: Mapped[bool] = mapped_column(server_default=false())
    shape: Mapped[WKBElement] = mapped_column(multilinestring())
    source_crs: Mapped[str]
