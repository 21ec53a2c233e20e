"""Keeping units one at a time. The journal gets codes, and which parts of a unit changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from layers.access import Actor, Verb, may
from layers.errors import Conflict, Invalid, NotFound
from layers.grids.tables import BEGINNING, Township
from layers.journal.actions import note
from layers.units import rules
from layers.units.actions.holding import LOCK, parents
from layers.units.rules import UnitKind
from layers.units.tables import Unit


@dataclass(frozen=True)
class Office:
    """All that is said of a unit; `valid_from` None is since always."""

    code: str
    name: str
    kind: UnitKind
    township: str | None = None
    parent: str | None = None
    phone: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def add(connection: Connection, office: Office, *, actor: Actor, at: datetime) -> None:
    """Enter a new unit."""
    may(actor, Verb.MANAGE)
    connection.execute(LOCK)
    if connection.execute(select(Unit.code).where(Unit.code == office.code)).first() is not None:
        raise Conflict("unit_exists", code=office.code)
    connection.execute(insert(Unit).values(_checked_row(connection, office)))
    note(connection, "add", "units", office.code, actor=actor, at=at)


def change(connection: Connection, office: Office, *, actor: Actor, at: datetime) -> None:
    """Say all of a unit anew."""
    may(actor, Verb.MANAGE)
    connection.execute(LOCK)
    row = _checked_row(connection, office)
    _write(connection, "change", office.code, row, actor=actor, at=at)


def end(connection: Connection, code: str, on: date, *, actor: Actor, at: datetime) -> None:
    """A unit is no more from this day on."""
    may(actor, Verb.MANAGE)
    connection.execute(LOCK)
    rules.check_dates(_held(connection, code)["valid_from"], on)
    _write(connection, "end", code, {"valid_to": on}, actor=actor, at=at)


def _write(
    connection: Connection, verb: str, code: str, row: Mapping[str, object],
    *, actor: Actor, at: datetime,
) -> None:  # fmt: skip
    held = _held(connection, code)
    changed = sorted(name for name, value in row.items() if value != held[name])
    if changed:
        connection.execute(update(Unit).where(Unit.code == code).values(row))
        note(connection, verb, "units", code, actor=actor, at=at, fields=changed)


def _held(connection: Connection, code: str) -> RowMapping:
    asked = select(*Unit.__table__.columns).where(Unit.code == code)
    found = connection.execute(asked).mappings().one_or_none()
    if found is None:
        raise NotFound("no_unit", code=code)
    return found


def _checked_row(connection: Connection, office: Office) -> dict[str, object]:
    """The row of an office of which everything makes sense."""
    first, phone = office.valid_from or BEGINNING, rules.checked_phone(office.phone)
    rules.check_dates(first, office.valid_to)
    _check_township(connection, office.township)
    _check_parent(connection, office)
    return {
        "code": office.code, "name": office.name, "kind": office.kind.value,
        "township_code": office.township, "parent_code": office.parent, "phone": phone,
        "valid_from": first, "valid_to": office.valid_to,
    }  # fmt: skip


def _check_township(connection: Connection, code: str | None) -> None:
    there = select(Township.code).where(Township.code == code)
    if code is not None and connection.execute(there).first() is None:
        raise NotFound("no_township", code=code)


def _check_parent(connection: Connection, office: Office) -> None:
    above = parents(connection) | {office.code: office.parent}
    if office.parent is not None and office.parent not in above:
        raise NotFound("no_unit", code=office.parent)
    if office.code in rules.circles(above):
        raise Invalid("unit_above_itself", code=office.code)
