from datetime import datetime
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, point
from layers.grids.tables import Grid
from layers.matters.tables import Matter


class Incident(Table):
    """One row per report. `x`, `y` and `datum` are the coordinates as they came.

    `external_id` is the sender's own number or, where a file has none, the content's hash and
    ordinal: (source, external_id) is what an import recognises a row by. `withdrawn` is a report
    that its sender took back, whatever state it had come to; the bureau rejects by `state`.
    Of a `redacted` one no file changes the address or the description any more.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("occurred_precision in ('minute', 'day')", name="occurred_precision"),
        Index("incidents_place_ix", "place", postgresql_using="gist"),
        Index("incidents_occurred_at_id_ix", "occurred_at", "id"),
        Index("incidents_grid_id_occurred_at_ix", "grid_id", "occurred_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    matter_code: Mapped[str] = mapped_column(ForeignKey(Matter.code), index=True)
    state: Mapped[str]
    withdrawn: Mapped[bool] = mapped_column(server_default=false())
    redacted: Mapped[bool] = mapped_column(server_default=false())
    place: Mapped[WKBElement] = mapped_column(point())
    x: Mapped[float]
    y: Mapped[float]
    datum: Mapped[str]
    accuracy_m: Mapped[float | None]
    grid_id: Mapped[int | None] = mapped_column(ForeignKey(Grid.id))
    cell: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    occurred_precision: Mapped[str]
    received_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    address: Mapped[str | None]
    description: Mapped[str | None]
