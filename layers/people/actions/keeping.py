"""Keeping the people: their names and passwords, their coming and leaving.

The journal gets ids, roles and codes of areas; no name, no login, nothing of a password.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, func, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, in_person, may
from layers.errors import Conflict, NotFound
from layers.journal.actions import note
from layers.people import rules
from layers.people.actions.ending import end_sessions, end_tokens
from layers.people.actions.holding import check_active
from layers.people.actions.powers import administers, keep_an_administrator, one_at_a_time
from layers.people.tables import Person


def add_person(
    connection: Connection, login: str, name: str, *, actor: Actor, at: datetime
) -> UUID:
    """Take somebody on, who can do nothing yet."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    found = rules.check_login(login)
    called = rules.check_name(name or found)
    row = {"id": uuid4(), "login": found, "name": called, "state": "active", "made_at": at}
    added = upsert(Person).values(row).on_conflict_do_nothing().returning(Person.id)
    person = connection.execute(added).scalar_one_or_none()
    if person is None:
        raise Conflict("login_taken", login=found)
    note(connection, "add", "people", str(person), actor=actor, at=at)
    return person


def rename(connection: Connection, person: UUID, name: str, *, actor: Actor, at: datetime) -> None:
    """Correct what others read; the login stays."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    _change(connection, person, true(), name=rules.check_name(name))
    note(connection, "rename", "people", str(person), actor=actor, at=at)


def set_password(
    connection: Connection, person: UUID, password_hash: str, *, actor: Actor, at: datetime
) -> None:
    """Choose one's own password, or give one to somebody. All sign-ins so far come to an end."""
    in_person(actor)
    if actor.name != str(person):
        may(actor, Verb.MANAGE)
    secrets = {"password_hash": password_hash, "code_hash": None, "code_until": None}
    _change(connection, person, Person.state == "active", **secrets)
    end_sessions(connection, person, at)
    note(connection, "set_password", "people", str(person), actor=actor, at=at)


def issue_codes(
    connection: Connection, codes: Mapping[UUID, bytes], *, actor: Actor, at: datetime
) -> None:
    """Let people choose a password by one-time codes, of which the digests are given.

    A password they had is void, and who was signed in is signed out. Nobody does that to oneself:
    a code that gets lost would lock out the last who could issue another.
    """
    in_person(actor)
    may(actor, Verb.MANAGE)
    if actor.name in {str(person) for person in codes}:
        raise Conflict("own_code")
    check_active(connection, codes)
    given = {"people": list(codes), "codes": list(codes.values()), "until": at + rules.CODE_LIFE}
    connection.execute(GIVE_CODES, given)
    end_sessions(connection, list(codes), at)
    ids = hashlib.sha256(b"".join(sorted(person.bytes for person in codes))).hexdigest()
    subject = str(next(iter(codes))) if len(codes) == 1 else ids
    note(connection, "issue_codes", "people", subject, actor=actor, at=at, people=len(codes))


GIVE_CODES = text("""
    UPDATE people SET password_hash = NULL, code_hash = given.code, code_until = :until
    FROM unnest(CAST(:people AS uuid[]), CAST(:codes AS bytea[])) AS given (person, code)
    WHERE id = given.person
""")
"""In one statement: twenty thousand of them took twelve seconds."""


def disable(
    connection: Connection, person: UUID, *, actor: Actor, at: datetime, today: date
) -> None:
    """Somebody leaves: password, code, sessions and tokens are void at once."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    one_at_a_time(connection)
    gone = {"password_hash": None, "code_hash": None, "code_until": None}
    left = func.coalesce(Person.left_at, at)
    _change(connection, person, true(), state="disabled", left_at=left, **gone)
    if administers(connection, person, today):
        keep_an_administrator(connection, today)
    end_sessions(connection, person, at)
    end_tokens(connection, person, at)
    note(connection, "disable", "people", str(person), actor=actor, at=at)


def enable(connection: Connection, person: UUID, *, actor: Actor, at: datetime) -> None:
    """Somebody comes back, with the powers as they were; a code must be issued."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    _change(connection, person, Person.state == "disabled", state="active", left_at=None)
    note(connection, "enable", "people", str(person), actor=actor, at=at)


def _change(
    connection: Connection, person: UUID, condition: ColumnElement[bool], **values: object
) -> None:
    changed = update(Person).where(Person.id == person, condition).values(values)
    if not connection.execute(changed).rowcount:
        raise NotFound("no_person", login=person)
