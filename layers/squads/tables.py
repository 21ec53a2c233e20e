from datetime import datetime
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table, point
from layers.grids.tables import Township
from layers.units.tables import Unit


class Squad(Table):
    """Those who are sent. `crews` is how many cases they can go to at once."""

    __tablename__ = "squads"
    __table_args__ = (
        Index("squads_home_ix", "home", postgresql_using="gist"),
        CheckConstraint("crews > 0", name="crews"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    township_code: Mapped[str | None] = mapped_column(ForeignKey(Township.code), index=True)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey(Unit.code), index=True)
    home: Mapped[WKBElement] = mapped_column(point())
    members: Mapped[int | None]
    vehicles: Mapped[int | None]
    crews: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    on_duty: Mapped[bool]
    position: Mapped[WKBElement | None] = mapped_column(point())
    position_at: Mapped[datetime | None]
    x: Mapped[float]
    y: Mapped[float]
    datum: Mapped[str]
    out_of_service: Mapped[str | None]
    """Why it cannot be sent although it is on duty."""
    out_of_service_at: Mapped[datetime | None]


ON_FOOT = "none"
"""Stands for the vehicle of a shift that has none."""


class Shift(Table):
    """When a squad is on duty; those of one squad never overlap. It names no person.

    `planned_at` is the beginning by the roster, by which a file finds its row again; one that was
    begun without a roster has none. `by_hand`: somebody began or ended it at another time.
    `vehicle` NULL: it says nothing of one, so the squad's own count.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="times"),
        UniqueConstraint("squad_code", "planned_at"),
        Index("shifts_squad_code_starts_at_ix", "squad_code", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    squad_code: Mapped[str] = mapped_column(ForeignKey(Squad.code))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    by_hand: Mapped[bool] = mapped_column(server_default=false())
    members: Mapped[int | None]
    vehicle: Mapped[str | None]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'::text[]"))
    note: Mapped[str | None]
