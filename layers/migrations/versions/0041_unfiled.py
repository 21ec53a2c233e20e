"""What ended unfiled is nobody else's to know; how content people were with what was merged"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import APPLICATION, holds

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

PUBLIC = "((select acts_as()) = 'public' OR (select acts_as() LIKE 'resident:%'))"
TAKEN_UP = """
    NOT withdrawn
    AND state IN ('filed', 'dispatched', 'accepted', 'on_scene', 'handling', 'handled',
                  'to_recheck', 'closed')
    AND matter_code = ANY (ARRAY(SELECT code FROM matters WHERE public))
"""
KNOWN = "'{filed,dispatched,accepted,on_scene,handling,handled,to_recheck,closed}'"
RATED = "cases_rated(timestamptz, timestamptz)"


def upgrade() -> None:
    op.add_column(
        "incidents", sa.Column("unfiled", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute("""
        UPDATE incidents SET unfiled = true FROM incident_steps AS step
        WHERE state = 'closed' AND step.incident_id = incidents.id
            AND step.version = incidents.version AND step.verb = 'force_close'
            AND step.from_state IN ('reported', 'to_check')
    """)
    _release("NOT incidents.unfiled")
    _tell_ratings()


def _release(unless: str) -> None:
    op.execute(f"ALTER POLICY incidents_public ON incidents USING"
               f" ({PUBLIC} AND {TAKEN_UP} AND {unless})")  # fmt: skip
    op.execute(f"""
        CREATE OR REPLACE FUNCTION public_steps(cases uuid[])
        RETURNS TABLE (incident_id uuid, at timestamptz, state text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT step.incident_id, step.happened_at, step.to_state
            FROM incident_steps AS step
            JOIN incidents ON incidents.id = step.incident_id
            JOIN matters ON matters.code = incidents.matter_code
            WHERE acts_as() IS NOT NULL AND incidents.id = ANY (cases)
                AND matters.public AND NOT incidents.withdrawn AND {unless}
                AND step.from_state <> step.to_state
                AND incidents.state = ANY ({KNOWN}) AND step.to_state = ANY ({KNOWN})
        $$
    """)


def _tell_ratings() -> None:
    # What was merged into a case in sight may itself lie beyond the own townships: of it whoever
    # reads what people said learns the last judgement alone.
    op.execute(f"""
        CREATE FUNCTION cases_rated(since timestamptz, until timestamptz)
        RETURNS TABLE (id uuid, satisfied_at timestamptz, satisfaction smallint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT DISTINCT ON (root.id) root.id, said.satisfied_at, said.satisfaction
            FROM enquiries AS said
            JOIN incidents AS own ON own.id = said.incident_id
            JOIN incidents AS root ON root.id = coalesce(own.merged_into, own.id)
            LEFT JOIN grids ON grids.id = root.grid_id
            WHERE said.satisfied_at >= since AND said.satisfied_at < until
                AND acts_as() IS NOT NULL
                AND ({holds("contact", "file", "lead", "audit")})
                AND (sees_bureau() OR grids.township_code = ANY (sees_townships()))
            ORDER BY root.id, said.satisfied_at DESC, said.id
        $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {RATED} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {RATED} TO {APPLICATION}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {RATED}")
    _release("true")
    op.drop_column("incidents", "unfiled")
