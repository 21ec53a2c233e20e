"""Which turns are forbidden at the ends of a road"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("roads", sa.Column("turns", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("roads", "turns")
