"""The figures of a month in which every case has its steps"""

from alembic import op

from layers.migrations.wall import APPLICATION, BUREAU

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TOUCHED = "cases_touched(timestamptz, timestamptz)"
OF_A_CASE = "EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)"


def upgrade() -> None:
    # Whoever sees the whole bureau sees all cases: none is looked up for each of its steps.
    _let_see(f"{BUREAU} OR {OF_A_CASE}")
    # Tells ids alone, and whoever asks sees of these the cases in sight: to look up the case of
    # each step of a month costs a leader of one township more than the figures.
    op.execute("""
        CREATE FUNCTION cases_touched(since timestamptz, until timestamptz) RETURNS SETOF uuid
        LANGUAGE sql STABLE SECURITY DEFINER ROWS 10000 SET search_path = public, pg_temp AS $$
            SELECT touched.id FROM (
                SELECT incident_id AS id FROM incident_steps
                WHERE happened_at >= since AND happened_at < until
                UNION
                SELECT incident_id FROM incident_steps WHERE due_at >= since AND due_at < until
                UNION
                SELECT id FROM incidents WHERE due_at >= since AND due_at < until
                UNION
                SELECT id FROM incidents WHERE occurred_at >= since AND occurred_at < until
            ) AS touched
            WHERE acts_as() IS NOT NULL AND (sees_bureau() OR cardinality(sees_townships()) > 0)
        $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {TOUCHED} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {TOUCHED} TO {APPLICATION}")


def _let_see(reads: str) -> None:
    op.execute(f"ALTER POLICY incident_steps_select ON incident_steps USING ({reads})")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {TOUCHED}")
    _let_see(OF_A_CASE)
