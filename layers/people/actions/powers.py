"""Giving powers and taking them away: what is held, where, and from when till when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Select, func, insert, or_, select, true, update

from layers.access import Actor, Verb, in_person, may
from layers.errors import Conflict, NotFound
from layers.journal.actions import note
from layers.people import rules
from layers.people.actions.ending import tell
from layers.people.queries import holding
from layers.people.rules import Days
from layers.people.tables import Person, Power
from layers.roles import Area, AreaKind, Role


def grant(  # noqa: PLR0913  (an action: to whom, what, where, from when till when, who, when)
    connection: Connection,
    person: UUID,
    role: Role,
    area: Area,
    *,
    since: date | None = None,
    until: date | None = None,
    actor: Actor,
    at: datetime,
    today: date,
) -> None:
    """Give somebody a role in an area, from today on unless said, and until before a day if said.

    To give again what is held is to give it once. What is held for a part of the time is refused:
    taken back later, the other part would stay.
    """
    in_person(actor)
    may(actor, Verb.MANAGE)
    begins = since or today
    rules.check_days(begins, until, today)
    _wait_for(connection, person)
    held = connection.execute(_overlapping(person, role, area, begins, until)).first()
    if held is None:
        row = {
            "person_id": person, "role": role, "area_kind": area.kind, "area_code": area.code,
            "valid_from": begins, "valid_to": until, "granted_by": actor.name,
        }  # fmt: skip
        connection.execute(insert(Power).values(row))
        _note_power(connection, "grant", person, role, area, (begins, until), actor, at)
    elif not rules.covers((held.valid_from, held.valid_to), (begins, until)):
        raise Conflict("power_overlaps", since=held.valid_from)


def _wait_for(connection: Connection, person: UUID) -> None:
    """Whoever changes the same person's powers does so one after the other."""
    there = select(Person.id).where(Person.id == person, Person.state == "active")
    if connection.execute(there.with_for_update()).one_or_none() is None:
        raise NotFound("no_person", login=person)


def _overlapping(
    person: UUID, role: Role, area: Area, begins: date, until: date | None
) -> Select[date, date | None]:
    asked = select(Power.valid_from, Power.valid_to).where(
        Power.person_id == person, Power.role == role,
        Power.area_kind == area.kind, Power.area_code == area.code,
        or_(Power.valid_to.is_(None), Power.valid_to > begins),
        true() if until is None else Power.valid_from < until,
        Power.valid_from.is_distinct_from(Power.valid_to),
    )  # fmt: skip
    return asked.order_by(Power.valid_from)


def revoke(  # noqa: PLR0913  (an action: whose, which, from which day, who, when)
    connection: Connection,
    person: UUID,
    power: int,
    *,
    on: date | None = None,
    actor: Actor,
    at: datetime,
    today: date,
) -> None:
    """End a power, at once or on a later day. One that has not begun by then never begins."""
    in_person(actor)
    may(actor, Verb.MANAGE)
    ends = on or today
    rules.check_days(ends, None, today)
    one_at_a_time(connection)
    there = (
        Power.id == power, Power.person_id == person,
        Power.valid_from.is_distinct_from(Power.valid_to),
        or_(Power.valid_to.is_(None), Power.valid_to > ends),
    )  # fmt: skip
    change = update(Power).where(*there).values(valid_to=func.greatest(Power.valid_from, ends))
    found = connection.execute(change.returning(Power)).one_or_none()
    if found is None:
        raise NotFound("no_power")
    if found.role == Role.ADMINISTRATOR:
        keep_an_administrator(connection, today)
    area, days = (
        Area(AreaKind(found.area_kind), found.area_code),
        (found.valid_from, found.valid_to),
    )
    _note_power(connection, "revoke", person, Role(found.role), area, days, actor, at)


def transfer(  # noqa: PLR0913  (an action: whose, from what to what, where, on which day, who, when)
    connection: Connection,
    person: UUID,
    power: int,
    role: Role,
    area: Area,
    *,
    on: date | None = None,
    actor: Actor,
    at: datetime,
    today: date,
) -> None:
    """Somebody moves: one power ends on a day, and on the same day another begins."""
    revoke(connection, person, power, on=on, actor=actor, at=at, today=today)
    grant(connection, person, role, area, since=on, actor=actor, at=at, today=today)


ADMINISTRATORS = int.from_bytes(b"admins", "big")
"""The advisory lock of whoever may take the last administrator away: two who disable each other
at the same time must not both succeed."""


def one_at_a_time(connection: Connection) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(ADMINISTRATORS)))


def administers(connection: Connection, person: UUID, today: date) -> bool:
    held = select(Power.id).where(
        Power.person_id == person, Power.role == Role.ADMINISTRATOR, holding(today)
    )
    return connection.execute(held).first() is not None


def keep_an_administrator(connection: Connection, today: date) -> None:
    """Raise unless somebody is left who can sign in and manage people, without an end."""
    left = select(Person.id).join(Power, Power.person_id == Person.id)
    left = left.where(
        Person.state == "active", Person.password_hash.is_not(None),
        Power.role == Role.ADMINISTRATOR, Power.valid_from <= today, Power.valid_to.is_(None),
    )  # fmt: skip
    if connection.execute(left.limit(1)).first() is None:
        raise Conflict("last_administrator")


def _note_power(  # noqa: PLR0913  (the row of the journal)
    connection: Connection, verb: str, person: UUID, role: Role, area: Area, days: Days,
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    what = {"role": role.value, "area_kind": area.kind.value, "area": area.code}
    when = {"since": days[0], "until": days[1]}
    note(connection, verb, "people", str(person), actor=actor, at=at, **what, **when)
    tell(connection)
