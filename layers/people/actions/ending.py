"""Ending what somebody is signed in with. It holds from the next request on.

Servers remember for a moment who somebody is: the database tells them when that is out of date.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from layers.people.actions.holding import held
from layers.people.tables import Session, Token

CHANNEL = "people"
"""Where listeners are told, at the commit, that what people are or may do has changed."""


def end_sessions(connection: Connection, people: UUID | Sequence[UUID], at: datetime) -> None:
    _end(connection, Session, people, at)


def end_tokens(connection: Connection, people: UUID | Sequence[UUID], at: datetime) -> None:
    _end(connection, Token, people, at)


def _end(
    connection: Connection,
    what: type[Session] | type[Token],
    people: UUID | Sequence[UUID],
    at: datetime,
) -> None:
    """Whoever is just being signed in is waited for."""
    whom = [people] if isinstance(people, UUID) else list(people)
    connection.execute(held(whom))
    whose = what.person_id == func.any(whom)
    connection.execute(update(what).where(whose, what.ended_at.is_(None)).values(ended_at=at))
    tell(connection)


def tell(connection: Connection) -> None:
    """Let all servers look up anew who asks."""
    connection.execute(select(func.pg_notify(CHANNEL, "")))
