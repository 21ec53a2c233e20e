"""A second wall: the application's own role, and row policies on every table"""

from alembic import op

from layers.migrations.wall import (
    ALL,
    ANYONE,
    APPLICATION,
    BUREAU,
    DOOR,
    WORKER,
    grid,
    guard,
    holds,
    township,
    unguard,
)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPENDED = "SELECT, INSERT"
TAKEN_AWAY = "SELECT, INSERT, DELETE"
OWN = "(select acts_as())"
AUDITORS = f"{WORKER} OR {holds('audit')}"
STAFF = f"{DOOR} OR {WORKER} OR {holds('manage')}"

# table: who reads, who writes, which rights the application has at all
WALL: dict[str, tuple[str, str, str]] = {
    "townships": (township("code"), holds("import"), ALL),
    "grids": (f"{township('township_code')} OR {grid('code')}", holds("import"), ALL),
    "squads": (
        f"{township('township_code')} OR code = ANY ((select sees_squads())::text[])", "true", ALL,
    ),
    "incidents": (f"{BUREAU} OR grid_id = ANY ((select sees_grid_ids())::int[])", "true", ALL),
    "matters": (ANYONE, holds("import"), ALL),
    "places": (ANYONE, holds("import"), ALL),
    "roads": (ANYONE, holds("import"), ALL),
    "rivers": (ANYONE, holds("import"), ALL),
    "hotspot_runs": (ANYONE, holds("study", "plan"), ALL),
    "hotspot_cells": (township("township_code"), holds("study", "plan"), ALL),
    "plans": (ANYONE, holds("plan", "approve"), ALL),
    "plan_visits": (
        f"{township('township_code')} OR {grid('grid_code')}", holds("plan", "approve"), ALL,
    ),
    "people": (
        f"{STAFF} OR {holds('audit')} OR id::text = {OWN}", f"{STAFF} OR id::text = {OWN}", ALL,
    ),
    "powers": (f"{STAFF} OR person_id::text = {OWN}", STAFF, ALL),
    "sessions": (f"{STAFF} OR person_id::text = {OWN}", "true", ALL),
    "tokens": (f"{STAFF} OR person_id::text = {OWN}", STAFF, ALL),
    "sign_ins": (f"{DOOR} OR {WORKER}", "true", ALL),
    "jobs": (f"actor = {OWN} OR {holds('manage')}", "true", ALL),
    "job_attempts": ("EXISTS (SELECT FROM jobs WHERE jobs.id = job_id)", "true", ALL),
    "journal": (f"{AUDITORS} OR actor = {OWN}", "false", APPENDED),
    "journal_texts": (AUDITORS, WORKER, TAKEN_AWAY),
    "journal_seals": (AUDITORS, WORKER, APPENDED),
    "journal_unsealed": (AUDITORS, WORKER, TAKEN_AWAY),
    "alembic_version": (ANYONE, "false", "SELECT"),
}  # fmt: skip


def upgrade() -> None:
    _make_the_role()
    _tell_who_acts()
    for table, (reads, writes, rights) in WALL.items():
        guard(table, reads, writes, rights=rights)
    _let_anybody_append()


def _make_the_role() -> None:
    # One role for all databases of a server. It cannot sign in before it is given a password.
    op.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') THEN
                CREATE ROLE {APPLICATION};
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
    """)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION}")


def _tell_who_acts() -> None:
    # A setting is empty, and not NULL, in a session that once set it in an earlier transaction.
    def told(name: str) -> str:
        return f"nullif(current_setting('gridpatrol.{name}', true), '')"

    def codes(name: str) -> str:
        return (
            f"string_to_array(coalesce(current_setting('gridpatrol.{name}', true), ''), E'\\x1f')"
        )

    for name, kind, body in (
        ("acts_as()", "text", told("actor")),
        ("holds(verb text)", "boolean", f"verb = ANY ({codes('verbs')})"),
        ("sees_bureau()", "boolean", f"{told('bureau')} IS NOT NULL"),
        ("sees_townships()", "text[]", codes("townships")),
        ("sees_squads()", "text[]", codes("squads")),
        ("sees_grids()", "text[]", codes("grids")),
        ("sees_grid_ids()", "int[]", "coalesce((SELECT array_agg(id) FROM grids), '{}')"),
    ):
        op.execute(
            f"CREATE FUNCTION {name} RETURNS {kind} LANGUAGE sql STABLE PARALLEL SAFE"
            f" AS $$ SELECT {body} $$"
        )


def _let_anybody_append() -> None:
    # Whoever acts writes down what was done, in the own name. The door knows whose sign-in it is.
    for table, condition in (
        ("journal", f"actor = {OWN} OR {DOOR}"),
        ("journal_texts", ANYONE),
        ("journal_unsealed", ANYONE),
    ):
        op.execute(f"CREATE POLICY {table}_append ON {table} FOR INSERT WITH CHECK ({condition})")


def downgrade() -> None:
    for table in ("journal", "journal_texts", "journal_unsealed"):
        op.execute(f"DROP POLICY {table}_append ON {table}")
    for table in WALL:
        unguard(table)
    for name in ("sees_grid_ids()", "sees_grids()", "sees_squads()", "sees_townships()",
                 "sees_bureau()", "holds(text)", "acts_as()"):  # fmt: skip
        op.execute(f"DROP FUNCTION {name}")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {APPLICATION}")
