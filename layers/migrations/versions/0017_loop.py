"""What the loop keeps of its steps"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bureau", sa.Column("acknowledge", sa.Text(), nullable=True))
    op.add_column(
        "incident_steps",
        sa.Column(
            "photos",
            postgresql.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'::uuid[]"),
            nullable=False,
        ),
    )
    _merge_along()


def _merge_along() -> None:
    # What was merged into a case goes with it into the next, also where whoever merges does not
    # see it: the power over both cases was asked before. Nothing is told of it.
    op.execute("""
        CREATE FUNCTION merge_along(parted uuid, root uuid) RETURNS void
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            UPDATE incidents SET merged_into = root WHERE merged_into = parted AND holds('file')
        $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION merge_along(uuid, uuid)")
    op.drop_column("incident_steps", "photos")
    op.drop_column("bureau", "acknowledge")
