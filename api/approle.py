"""The role that the application works as (layers.migrations.wall), and its password.

The owner of the tables migrates, backs up and restores; everything else signs in as this role,
which the row policies hold to what the actor may see.
"""

import fcntl
import os
from pathlib import Path
from secrets import token_urlsafe

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from layers.migrations.wall import APPLICATION


def url(owner: str, var: Path) -> str:
    """The application's address of a migrated database, given its owner's.

    The password is made on first use and kept in `var`; the role is given it where it has another.
    """
    kept = var / "keys" / "database"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(kept, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two commands that start at once must agree
        password = file.read() or token_urlsafe(32)
        found = _with(owner, password)
        if not _opens(found):
            file.seek(0)
            file.write(password)
            file.flush()
            _give(owner, password)
    return found


def _with(owner: str, password: str) -> str:
    changed = make_url(owner).set(username=APPLICATION, password=password)
    return changed.render_as_string(hide_password=False)


def _opens(found: str) -> bool:
    try:
        psycopg.connect(found, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _give(owner: str, password: str) -> None:
    """The server is told the password's digest only: a statement may end in its log."""
    with psycopg.connect(owner, autocommit=True) as connection:
        digest = connection.pgconn.encrypt_password(
            password.encode(), APPLICATION.encode(), b"scram-sha-256"
        )
        statement = sql.SQL("ALTER ROLE {} LOGIN NOBYPASSRLS PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(APPLICATION), digest.decode()))
