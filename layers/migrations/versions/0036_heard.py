"""When a squad was last heard of by any of its devices"""

from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

HEARD = "squads_heard()"


def upgrade() -> None:
    # Of devices whoever sees a squad learns the time alone: neither which it has nor what they say.
    op.execute("""
        CREATE FUNCTION squads_heard() RETURNS TABLE (squad text, heard_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT d.squad_code, max(h.heard_at)
            FROM devices_heard h JOIN devices d ON d.code = h.device_code
            WHERE acts_as() IS NOT NULL AND d.disabled_at IS NULL GROUP BY d.squad_code
        $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {HEARD} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {HEARD} TO {APPLICATION}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {HEARD}")
