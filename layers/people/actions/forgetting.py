"""What is not kept for good: traces of signing in, sessions that ended, names of who left."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, String, cast, delete, func, select, update

from layers.access import Actor, Verb, may
from layers.db import once
from layers.people.tables import Person, Session, SignIn, Token


def forget_sign_ins(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Tries and known addresses of before a time: their digests."""
    may(actor, Verb.MANAGE)
    due = select(SignIn.key).where(SignIn.until < before).limit(limit).with_for_update()
    gone = delete(SignIn).where(SignIn.key.in_(once(due))).returning(SignIn.key)
    return connection.execute(gone).scalars().all()


def forget_sessions(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Sessions that ended before a time: their ids."""
    may(actor, Verb.MANAGE)
    end = func.least(Session.ended_at, Session.expires_at)
    due = select(Session.id).where(end < before).limit(limit).with_for_update()
    gone = delete(Session).where(Session.id.in_(once(due))).returning(Session.id)
    return [str(session) for session in connection.execute(gone).scalars()]


def forget_names(
    connection: Connection, *, before: datetime, limit: int | None, actor: Actor
) -> Sequence[str]:
    """Put the id in place of name and login of who left before a time, and drop their tokens.

    The journal knows people by their ids, and goes on doing so. Whoever comes back after that is
    taken on anew.
    """
    may(actor, Verb.MANAGE)
    itself = cast(Person.id, String)
    due = (
        select(Person.id)
        .where(Person.state == "disabled", Person.left_at < before, Person.login != itself)
        .limit(limit)
        .with_for_update()
    )
    nameless = update(Person).where(Person.id.in_(once(due))).values(login=itself, name=itself)
    people = connection.execute(nameless.returning(Person.id)).scalars().all()
    connection.execute(delete(Token).where(Token.person_id == func.any(list(people))))
    return [str(person) for person in people]
