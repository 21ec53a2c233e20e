"""The second wall: policies to which the database itself holds whatever the application asks.

Each transaction says first who acts (layers.access.acting). Conditions are written as scalar
sub-selects, which PostgreSQL evaluates once for a statement and not once for a row.
"""

from alembic import op

APPLICATION = "gridpatrol_app"
"""The role that the application works as: neither owner of the tables nor above their policies."""

ALL = "SELECT, INSERT, UPDATE, DELETE"
KEPT = "SELECT, INSERT, UPDATE"
"""Rows of most tables are never deleted."""

ANYONE = "(select acts_as()) IS NOT NULL"
BUREAU = "(select sees_bureau())"
WORKER = "(select acts_as()) = 'worker'"
DOOR = "(select acts_as()) = 'door'"


def township(column: str) -> str:
    """Rows of the townships in sight."""
    return f"{BUREAU} OR {column} = ANY ((select sees_townships())::text[])"


def grid(column: str) -> str:
    """Rows of the grids in sight; `column` holds a grid's code."""
    return f"{column} = ANY ((select sees_grids())::text[])"


def holds(*verbs: str) -> str:
    """Whether the actor holds one of these verbs."""
    return " OR ".join(f"(select holds('{verb}'))" for verb in verbs)


def guard(table: str, reads: str, writes: str = "true", *, rights: str = KEPT) -> None:
    """Let the application read and write only the rows for which the conditions hold.

    What is written must be readable too. Without a condition of its own, whoever may read may
    write: then the actions alone decide.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    changed = f"({reads}) AND ({writes})"
    # Apart, so that reading is checked by its own condition alone.
    for verb, condition in (
        ("SELECT", f"USING ({reads})"),
        ("INSERT", f"WITH CHECK ({changed})"),
        ("UPDATE", f"USING ({changed})"),
        ("DELETE", f"USING ({changed})"),
    ):
        op.execute(f"CREATE POLICY {table}_{verb.lower()} ON {table} FOR {verb} {condition}")
    op.execute(f"GRANT {rights} ON {table} TO {APPLICATION}")


def unguard(table: str) -> None:
    """Take the wall away from a table that stays."""
    op.execute(f"REVOKE ALL ON {table} FROM {APPLICATION}")
    for verb in ("select", "insert", "update", "delete"):
        op.execute(f"DROP POLICY {table}_{verb} ON {table}")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
