"""Whose word a token came by, and what is done in its name"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import APPLICATION, DOOR, WORKER, guard, holds, unguard

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OWN = "(select acts_as())"
STAFF = f"{DOOR} OR {WORKER} OR {holds('manage')}"
MINE = f"person_id::text = {OWN}"
JOBS_SEEN = f"actor = {OWN} OR {holds('manage')}"
BY = "IS NOT DISTINCT FROM (select acts_by())"
MAY_FOLLOW = f"""
    name NOT IN ('grids.changed', 'keys.rotated', 'retention', 'blobs', 'resume', 'message')
    OR {WORKER}
    OR name = 'grids.changed' AND {holds("import")}
    OR name = 'message' AND {holds("dispatch")}
    OR name = 'keys.rotated' AND {OWN} = 'operator'
"""
"""These are done as the worker, who may do everything: only what causes them puts them."""
KEPT = (
    "townships", "grids", "squads", "incidents", "matters", "places", "roads", "rivers",
    "hotspot_runs", "hotspot_cells", "plans", "plan_visits", "people", "powers", "units",
    "bureau", "reporters", "retention", "holidays",
)  # fmt: skip
"""The application never deletes a row of these."""


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION acts_by() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
        AS $$ SELECT nullif(current_setting('gridpatrol.token', true), '') $$
    """)
    op.add_column("jobs", sa.Column("token", sa.Uuid(), nullable=True))
    _name_the_issuers()
    _guard_tokens()
    _guard_jobs()
    _append(f"actor = {OWN} AND details ->> 'by_token' {BY} OR {DOOR}")
    op.execute(f"REVOKE DELETE ON {', '.join(KEPT)} FROM {APPLICATION}")


def _name_the_issuers() -> None:
    op.add_column("tokens", sa.Column("issued_by", sa.Text(), nullable=True))
    op.execute("""
        UPDATE tokens SET issued_by = coalesce((
            SELECT actor FROM journal
            WHERE verb = 'issue_token' AND details ->> 'token' = tokens.id::text LIMIT 1), 'operator')
    """)
    op.alter_column("tokens", "issued_by", nullable=False)


def _guard_tokens() -> None:
    unguard("tokens")
    guard("tokens", f"{STAFF} OR {holds('audit')} OR {MINE}", STAFF,
          rights="SELECT, INSERT, DELETE, UPDATE (ended_at)")  # fmt: skip
    op.execute(f"CREATE POLICY tokens_end ON tokens FOR UPDATE USING ({MINE})")


def _guard_jobs() -> None:
    # What a job is, and in whose name it is done, is said once.
    unguard("jobs")
    guard("jobs", JOBS_SEEN, rights="SELECT, INSERT, DELETE, UPDATE (state, run_after, finished_at,"
          " result, problem)")  # fmt: skip
    op.execute("DROP POLICY jobs_insert ON jobs")
    op.execute(
        "CREATE POLICY jobs_insert ON jobs FOR INSERT"
        f" WITH CHECK (actor = {OWN} AND token::text {BY} AND ({MAY_FOLLOW}))"
    )


def _append(condition: str) -> None:
    op.execute("DROP POLICY journal_append ON journal")
    op.execute(f"CREATE POLICY journal_append ON journal FOR INSERT WITH CHECK ({condition})")


def downgrade() -> None:
    op.execute(f"GRANT DELETE ON {', '.join(KEPT)} TO {APPLICATION}")
    _append(f"actor = {OWN} OR {DOOR}")
    op.execute("DROP POLICY tokens_end ON tokens")
    unguard("tokens")
    guard("tokens", f"{STAFF} OR {MINE}", STAFF)
    unguard("jobs")
    guard("jobs", JOBS_SEEN)
    op.drop_column("tokens", "issued_by")
    op.drop_column("jobs", "token")
    op.execute("DROP FUNCTION acts_by()")
