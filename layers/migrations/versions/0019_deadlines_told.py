"""Of which deadline it was told that it comes near, and that it is past"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("near_told", sa.DateTime(timezone=True)))
    op.add_column("incidents", sa.Column("past_told", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("incidents", "past_told")
    op.drop_column("incidents", "near_told")
