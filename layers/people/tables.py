from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Table


class Person(Table):
    """Somebody of the bureau. `login` is folded, so that no two look alike.

    Nobody has a password that another person gave: without one, the one-time code signs in, and
    only to choose a password.
    """

    __tablename__ = "people"
    __table_args__ = (CheckConstraint("state in ('active', 'disabled')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_until: Mapped[datetime | None]
    state: Mapped[str]
    made_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Power(Table):
    """A role that a person holds in an area, from `valid_from` until before `valid_to`."""

    __tablename__ = "powers"
    __table_args__ = (
        CheckConstraint("area_kind in ('bureau', 'township', 'squad', 'grid')", name="area_kind"),
        CheckConstraint("(area_kind = 'bureau') = (area_code = '')", name="area_code"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index(
            "powers_open_ix", "person_id", "role", "area_kind", "area_code", unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    role: Mapped[str]
    area_kind: Mapped[str]
    area_code: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[str]


class Session(Table):
    """Somebody signed in on a device, known by the digest of what the device holds."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Token(Table):
    """What a program proves with whose work it does, and how much of it.

    `issued_by` is the id of whoever made it, or the part of the product that did.
    """

    __tablename__ = "tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    issued_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SignIn(Table):
    """How often signing in failed, by the digest of a login, an address, or both together.

    Unlogged: it is written at each try, and losing it in a crash does no harm.
    """

    __tablename__ = "sign_ins"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    until: Mapped[datetime]
