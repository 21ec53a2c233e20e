"""When a case that everybody may know of came to which state"""

from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STEPS = "public_steps(uuid[])"
KNOWN = "'{filed,dispatched,accepted,on_scene,handling,handled,to_recheck,closed}'"


def upgrade() -> None:
    # A step names people and holds what they wrote: of those everybody learns the state alone.
    op.execute(f"""
        CREATE FUNCTION public_steps(cases uuid[])
        RETURNS TABLE (incident_id uuid, at timestamptz, state text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT step.incident_id, step.happened_at, step.to_state
            FROM incident_steps AS step
            JOIN incidents ON incidents.id = step.incident_id
            JOIN matters ON matters.code = incidents.matter_code
            WHERE acts_as() IS NOT NULL AND incidents.id = ANY (cases)
                AND matters.public AND NOT incidents.withdrawn
                AND step.from_state <> step.to_state
                AND incidents.state = ANY ({KNOWN}) AND step.to_state = ANY ({KNOWN})
        $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {STEPS} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {STEPS} TO {APPLICATION}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {STEPS}")
