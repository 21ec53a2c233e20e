"""Ending what somebody is signed in with. It holds from the next request on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, update

from layers.people.tables import Session, Token


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
    whose = what.person_id == func.any([people] if isinstance(people, UUID) else list(people))
    connection.execute(update(what).where(whose, what.ended_at.is_(None)).values(ended_at=at))
