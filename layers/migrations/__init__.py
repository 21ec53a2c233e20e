"""The history of the tables, and the only functions that run it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def config(url: str) -> Config:
    """Alembic's settings for one database."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision, the newest unless said."""
    command.upgrade(config(url), revision)


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
