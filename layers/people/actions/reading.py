"""Looking at personal data of people: whoever does it is written down."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Row, RowMapping

from layers.access import Actor
from layers.db import Page
from layers.errors import Conflict
from layers.journal.actions import note
from layers.journal.rules import READ
from layers.people import queries
from layers.people.queries import Detail, Wanted


def look_at(
    connection: Connection, person: UUID, *, actor: Actor, at: datetime, today: date
) -> Detail:
    """One person, with everything that an administrator may know."""
    found = queries.detail(connection, actor, person, at=at, today=today)
    note(connection, READ, "people", str(person), actor=actor, at=at, rows=1)
    return found


def look_through(
    connection: Connection, page: Page, wanted: Wanted, *, actor: Actor, at: datetime, today: date
) -> Sequence[RowMapping]:
    """A page of the people that somebody searches for."""
    found = queries.listed(connection, actor, page, wanted, today=today)
    note(connection, READ, "people", "", actor=actor, at=at, rows=len(found))
    return found


def list_tokens(
    connection: Connection, page: Page, *, actor: Actor, at: datetime
) -> Sequence[RowMapping]:
    """A page of the tokens that are good, with whose work each does."""
    found = queries.tokens(connection, actor, page, at=at)
    note(connection, READ, "people", "", actor=actor, at=at, rows=len(found))
    return found


def suggest(
    connection: Connection, text: str, *, actor: Actor, at: datetime
) -> Sequence[RowMapping]:
    """The first people of whom a text stands in the login or the name."""
    found = queries.who(connection, actor, text)
    note(connection, READ, "people", "", actor=actor, at=at, rows=len(found))
    return found


def list_waiting(
    connection: Connection,
    area: str,
    *,
    again: bool = False,
    actor: Actor,
    at: datetime,
    today: date,
) -> Sequence[Row[UUID, str, str, bool]]:
    """Id, login and name of whoever waits for a first code, in an area or everywhere, and whether
    one was made that is still good. Those were handed out: they are not voided unsaid."""
    found = queries.without_password(connection, actor, area=area, at=at, today=today)
    out = sum(person.has_code for person in found)
    if out and not again:
        raise Conflict("codes_out", codes=out)
    note(connection, READ, "people", area, actor=actor, at=at, rows=len(found))
    return found
