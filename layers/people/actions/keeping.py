"""Keeping the people: their powers, their passwords, their coming and leaving.

The journal gets ids, roles and codes of areas; no name, no login, nothing of a password.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, bindparam, func, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from layers.access import Actor, Verb, may
from layers.errors import Conflict, NotFound
from layers.journal.actions import note
from layers.people import rules
from layers.people.actions.ending import end_sessions, end_tokens
from layers.people.queries import check_active, holding
from layers.people.tables import Person, Power
from layers.roles import Area, Role


def add_person(
    connection: Connection, login: str, name: str, *, actor: Actor, at: datetime
) -> UUID:
    """Take somebody on, who can do nothing yet."""
    may(actor, Verb.MANAGE)
    found = rules.check_login(login)
    row = {"id": uuid4(), "login": found, "name": name or found, "state": "active", "made_at": at}
    added = upsert(Person).values(row).on_conflict_do_nothing().returning(Person.id)
    person = connection.execute(added).scalar_one_or_none()
    if person is None:
        raise Conflict("login_taken", login=found)
    note(connection, "add", "people", str(person), actor=actor, at=at)
    return person


def grant(  # noqa: PLR0913  (an action: to whom, what, where, who, when, from which day)
    connection: Connection,
    person: UUID,
    role: Role,
    area: Area,
    *,
    actor: Actor,
    at: datetime,
    today: date,
) -> None:
    """Give somebody a role in an area from today on; to give it twice is to give it once."""
    may(actor, Verb.MANAGE)
    row = {
        "person_id": person, "role": role, "area_kind": area.kind, "area_code": area.code,
        "valid_from": today, "granted_by": actor.name,
    }  # fmt: skip
    given = connection.execute(upsert(Power).values(row).on_conflict_do_nothing())
    if given.rowcount:
        _note_power(connection, "grant", person, role, area, actor, at)


def revoke(  # noqa: PLR0913  (an action: from whom, what, where, who, when, on which day)
    connection: Connection,
    person: UUID,
    role: Role,
    area: Area,
    *,
    actor: Actor,
    at: datetime,
    today: date,
) -> None:
    """Take a role in an area from somebody, at once."""
    may(actor, Verb.MANAGE)
    there = (
        Power.person_id == person, Power.role == role,
        Power.area_kind == area.kind, Power.area_code == area.code, holding(today),
    )  # fmt: skip
    if not connection.execute(update(Power).where(*there).values(valid_to=today)).rowcount:
        raise NotFound("no_power", role=role, area=area.code)
    _note_power(connection, "revoke", person, role, area, actor, at)


def _note_power(  # noqa: PLR0913  (the row of the journal)
    connection: Connection, verb: str, person: UUID, role: Role, area: Area,
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    what = {"role": role.value, "area_kind": area.kind.value, "area": area.code}
    note(connection, verb, "people", str(person), actor=actor, at=at, **what)


def set_password(
    connection: Connection, person: UUID, password_hash: str, *, actor: Actor, at: datetime
) -> None:
    """Choose one's own password, or give one to somebody. All sign-ins so far come to an end."""
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

    A password they had is void, and who was signed in is signed out.
    """
    may(actor, Verb.MANAGE)
    check_active(connection, codes)
    change = (
        update(Person)
        .where(Person.id == bindparam("person"))
        .values(password_hash=None, code_hash=bindparam("code"), code_until=at + rules.CODE_LIFE)
    )
    rows = [{"person": person, "code": code} for person, code in codes.items()]
    if rows:
        connection.execute(change, rows)
        end_sessions(connection, list(codes), at)
    ids = hashlib.sha256(b"".join(sorted(person.bytes for person in codes))).hexdigest()
    subject = str(next(iter(codes))) if len(codes) == 1 else ids
    note(connection, "issue_codes", "people", subject, actor=actor, at=at, people=len(codes))


def disable(connection: Connection, person: UUID, *, actor: Actor, at: datetime) -> None:
    """Somebody leaves: password, code, sessions and tokens are void at once."""
    may(actor, Verb.MANAGE)
    gone = {"password_hash": None, "code_hash": None, "code_until": None}
    left = func.coalesce(Person.left_at, at)
    _change(connection, person, true(), state="disabled", left_at=left, **gone)
    end_sessions(connection, person, at)
    end_tokens(connection, person, at)
    note(connection, "disable", "people", str(person), actor=actor, at=at)


def enable(connection: Connection, person: UUID, *, actor: Actor, at: datetime) -> None:
    """Somebody comes back, with the powers as they were; a code must be issued."""
    may(actor, Verb.MANAGE)
    _change(connection, person, Person.state == "disabled", state="active", left_at=None)
    note(connection, "enable", "people", str(person), actor=actor, at=at)


def _change(
    connection: Connection, person: UUID, condition: ColumnElement[bool], **values: object
) -> None:
    changed = update(Person).where(Person.id == person, condition).values(values)
    if not connection.execute(changed).rowcount:
        raise NotFound("no_person", login=person)
