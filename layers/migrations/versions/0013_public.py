"""What everybody may know of cases"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PUBLIC = "(select acts_as()) = 'public'"
BESIDE = ("incident_steps", "photos")
"""Shown with a case, to whoever sees it: but not to everybody."""


def upgrade() -> None:
    op.add_column(
        "incidents", sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("incidents", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"""
        CREATE POLICY incidents_public ON incidents FOR SELECT USING (
            {PUBLIC} AND NOT withdrawn
            AND state IN ('filed', 'dispatched', 'accepted', 'on_scene', 'handling', 'handled',
                          'to_recheck', 'closed')
            AND matter_code = ANY (ARRAY(SELECT code FROM matters WHERE public)))
    """)
    for table in BESIDE:
        op.execute(f"CREATE POLICY {table}_public ON {table} AS RESTRICTIVE USING (NOT {PUBLIC})")


def downgrade() -> None:
    for table in BESIDE:
        op.execute(f"DROP POLICY {table}_public ON {table}")
    op.execute("DROP POLICY incidents_public ON incidents")
    op.drop_column("incidents", "updated_at")
    op.drop_column("incidents", "released")
