"""Who may use a road, where its class does not tell"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("motor", "foot"):
        op.add_column("roads", sa.Column(name, sa.Boolean(), nullable=True))


def downgrade() -> None:
    for name in ("foot", "motor"):
        op.drop_column("roads", name)
