"""The bureau's own holidays"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import ANYONE, guard, holds

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holidays",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('rest', 'work')", name=op.f("holidays_kind_ck")),
        sa.PrimaryKeyConstraint("date", name=op.f("holidays_pk")),
    )
    guard("holidays", ANYONE, holds("import", "manage"))


def downgrade() -> None:
    op.drop_table("holidays")
