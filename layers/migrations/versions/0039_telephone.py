"""The bureau's telephone for residents; whether a report lies outside its reporter's own grids"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BEYOND = "beyond_own_grids(uuid, date)"


def upgrade() -> None:
    op.add_column("bureau", sa.Column("telephone", sa.Text(), nullable=True))
    # Of powers whoever sees a case in its township learns this alone: neither whose nor which.
    # Nothing where nobody reported it as a grid worker.
    op.execute("""
        CREATE FUNCTION beyond_own_grids(incident uuid, day date) RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT NOT bool_or(p.area_kind = 'bureau' OR coalesce(
                p.area_code = CASE p.area_kind WHEN 'grid' THEN g.code ELSE g.township_code END,
                false))
            FROM incidents i LEFT JOIN grids g ON g.id = i.grid_id
            JOIN powers p ON p.person_id = CASE
                WHEN i.reported_by ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                THEN i.reported_by::uuid END
            WHERE acts_as() IS NOT NULL AND i.id = incident AND p.role = 'grid_worker'
                AND p.valid_from <= day AND (p.valid_to IS NULL OR p.valid_to > day)
                AND (sees_bureau() OR g.township_code = ANY (sees_townships()))
        $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {BEYOND} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {BEYOND} TO {APPLICATION}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {BEYOND}")
    op.drop_column("bureau", "telephone")
