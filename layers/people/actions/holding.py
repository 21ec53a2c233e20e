"""Keeping people as they are until the transaction ends."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from layers.errors import NotFound
from layers.people.tables import Person


def held(people: Collection[UUID]) -> Select[UUID]:
    """The ids of people, whom nobody else changes or signs in until the transaction ends: always in
    the same order."""
    asked = select(Person.id).where(Person.id == func.any(list(people))).order_by(Person.id)
    return asked.with_for_update(key_share=True)


def check_active(connection: Connection, people: Collection[UUID]) -> None:
    """Raise unless these people are all there and none of them has left; nobody leaves until the
    transaction ends."""
    asked = held(people).where(Person.state == "active")
    gone = set(people) - set(connection.execute(asked).scalars())
    if gone:
        raise NotFound("no_person", login=min(gone))
