from datetime import datetime
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, point
from layers.incidents.tables import Incident


class Photo(Table):
    """A photograph under an id that its sender made. It is added and never changed.

    `sha256` is of the file as it was sent, by which the same one sent again is known; `blob` and
    `small` are what is kept of it (layers.blobs). `place`, `datum` and `taken_at` are what the
    camera said.
    """

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint(
            "kind in ('before', 'after', 'near', 'far', 'reference', 'other')", name="kind"
        ),
        CheckConstraint("(place IS NULL) = (datum IS NULL)", name="datum"),
        Index("photos_incident_id_received_at_ix", "incident_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey(Incident.id))
    kind: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    blob: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    small: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    taken_at: Mapped[datetime | None]
    place: Mapped[WKBElement | None] = mapped_column(point())
    datum: Mapped[str | None]
    received_at: Mapped[datetime]
    by: Mapped[str]
