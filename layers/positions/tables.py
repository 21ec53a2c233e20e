from datetime import date, datetime
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, point
from layers.squads.tables import Shift, Squad


class Device(Table):
    """A phone or tracker that a squad carries; never a person's."""

    __tablename__ = "devices"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    squad_code: Mapped[str] = mapped_column(ForeignKey(Squad.code), index=True)
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    disabled_at: Mapped[datetime | None]


class Heard(Table):
    """What was heard of a device last, so that whoever sets it up sees why nothing arrives.

    `accepted_at` is when a good fix came; `refused` why the last other one counts for nothing, one
    of layers.positions.rules.Verdict or Refusal.
    """

    __tablename__ = "devices_heard"
    __table_args__ = (CheckConstraint("(refused IS NULL) = (refused_at IS NULL)", name="refused"),)

    device_code: Mapped[str] = mapped_column(ForeignKey(Device.code), primary_key=True)
    heard_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    refused: Mapped[str | None]
    refused_at: Mapped[datetime | None]


class Fix(Table):
    """Where a device was during a shift of its squad, and what is thought of it.

    `verdict` is one of layers.positions.rules.Verdict; only good ones count.
    """

    __tablename__ = "fixes"
    __table_args__ = (
        Index(
            "fixes_newest_ix", "shift_id", "fix_time",
            postgresql_where=text("verdict = 'good'"),
        ),
    )  # fmt: skip

    shift_id: Mapped[UUID] = mapped_column(ForeignKey(Shift.id), primary_key=True)
    device_code: Mapped[str] = mapped_column(ForeignKey(Device.code), primary_key=True)
    fix_time: Mapped[datetime] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    place: Mapped[WKBElement] = mapped_column(point())
    accuracy_m: Mapped[float | None]
    speed_ms: Mapped[float | None]
    verdict: Mapped[str]


class GridDay(Table):
    """What is left of tracks once they are forgotten: in how many shifts a grid was visited on a
    day, and for how many minutes."""

    __tablename__ = "grid_days"

    grid_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    shifts: Mapped[int]
    minutes: Mapped[float]
