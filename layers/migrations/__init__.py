"""The history of the tables, and the only functions that run it."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text


def config(url: str) -> Config:
    """Alembic's settings for one database."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = url
    return made


OVERLAPS = "geometry_overlaps(geometry, geometry)"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision, the newest unless said."""
    command.upgrade(config(url), revision)
    mark_leakproof(url)


def mark_leakproof(url: str) -> None:
    """Let row policies and the spatial index work together, where the server allows it.

    PostgreSQL uses an index before it has checked a policy only if the operator can tell nobody
    about the rows. That `&&` compares boxes and raises nothing is for a superuser to say. It is
    said after each upgrade, because no backup holds it.
    """
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER FUNCTION {OVERLAPS} LEAKPROOF")
    except psycopg.errors.InsufficientPrivilege:
        pass  # whoever asks usable() is told, at each command


def usable(connection: Connection) -> bool:
    """Whether queries by place can use the spatial index behind the row policies."""
    asked = text("SELECT proleakproof FROM pg_proc WHERE oid = CAST(:name AS regprocedure)")
    return bool(connection.execute(asked, {"name": OVERLAPS}).scalar_one())


def downgrade(url: str, revision: str = "base") -> None:
    """Take the schema back to a revision."""
    command.downgrade(config(url), revision)


def check(url: str) -> None:
    """Raise unless the tables in the code and the migrations agree."""
    command.check(config(url))


def current(connection: Connection) -> bool:
    """Whether the database's schema is the one this code was written for."""
    newest = ScriptDirectory.from_config(config("")).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == newest
