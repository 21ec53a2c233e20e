"""What the people of a bureau sign in with, and what may be done to them."""

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

import pandas as pd
from sqlalchemy import Connection, select

from layers.access import Actor
from layers.people import actions, queries
from layers.people.tables import Power
from layers.roles import BUREAU, Area, AreaKind, Role
from tests.cast import WEST

TODAY = date(2026, 11, 16)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OFFICE, STRANGER = "10.0.0.7", "203.0.113.9"
PASSWORD_HASH = "what argon2 made of it"
IN_WEST = Area(AreaKind.TOWNSHIP, WEST)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def known(connection: Connection, secret: str = "s", *, at: datetime, today: date = TODAY):
    return queries.by_session(connection, digest(secret), at=at, today=today)


def power_of(connection: Connection, person: UUID, role: Role) -> int:
    asked = select(Power.id).where(Power.person_id == person, Power.role == role)
    return connection.execute(asked.order_by(Power.id.desc()).limit(1)).scalar_one()


def changes(connection: Connection, person: UUID, actor: Actor, at: datetime):
    """Everything that makes people, their powers and their secrets other than they are."""
    who = {"actor": actor, "at": at}
    return (
        lambda: actions.add_person(connection, "new", "", **who),
        lambda: actions.set_password(connection, person, "other", **who),
        lambda: actions.issue_codes(connection, {person: b""}, **who),
        lambda: actions.grant(connection, person, Role.LEADER, BUREAU, today=TODAY, **who),
        lambda: actions.revoke(connection, person, 1, today=TODAY, **who),
        lambda: actions.transfer(connection, person, 1, Role.LEADER, BUREAU, today=TODAY, **who),
        lambda: actions.rename(connection, person, "other", **who),
        lambda: actions.disable(connection, person, today=TODAY, **who),
        lambda: actions.enable(connection, person, **who),
        lambda: actions.end_all_sessions(connection, person, **who),
        lambda: actions.issue_token(
            connection, person, "t", b"", [], life=None, today=TODAY, **who
        ),
        lambda: actions.end_token(connection, person, "t", **who),
        lambda: actions.import_people(connection, pd.DataFrame(), squads=(), today=TODAY, **who),
    )
