"""The application on a test's own transaction, and what the database refuses it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from layers.access import Actor, acting, nobody
from layers.migrations.wall import APPLICATION


@contextmanager
def as_application(connection: Connection, actor: Actor | None) -> Iterator[Connection]:
    """The application on this transaction, for somebody; afterwards the owner again."""
    connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
    acting(connection, actor or nobody(""))
    try:
        yield connection
    finally:
        connection.execute(text("RESET ROLE"))


@contextmanager
def refused(connection: Connection) -> Iterator[None]:
    """The database says no, and the transaction goes on."""
    attempt = connection.begin_nested()
    with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
        yield
    attempt.rollback()


def counted(connection: Connection, table: str) -> int:
    return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
