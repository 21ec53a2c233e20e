"""Reports that their sender took back, apart from those that the bureau rejected"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Which of the rejected ones had been taken back is not known here: the reversal, delivered
    # again, marks the same ones.
    op.add_column(
        "incidents",
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("incidents", "withdrawn")
