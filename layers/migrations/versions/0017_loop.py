"""What the loop keeps of its steps"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bureau", sa.Column("acknowledge", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("bureau", "acknowledge")
