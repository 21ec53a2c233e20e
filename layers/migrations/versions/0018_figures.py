"""Figures: the deadline that stood before each step, and steps found by their time"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident_steps", sa.Column("due_at", sa.DateTime(timezone=True)))
    op.create_index("incident_steps_happened_at_ix", "incident_steps", ["happened_at"])
    op.create_index(
        "incident_steps_due_at_ix", "incident_steps", ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("incident_steps", "due_at")
    op.drop_index("incident_steps_happened_at_ix", table_name="incident_steps")
