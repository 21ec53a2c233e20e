"""Who reported an incident, sealed; the keys it is sealed with; how long what is kept"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from layers.migrations.wall import ANYONE, BUREAU, guard, holds

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IN_SIGHT = f"{BUREAU} OR EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)"


def upgrade() -> None:
    op.create_table(
        "personal_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("personal_keys_pk")),
    )
    guard("personal_keys", ANYONE, holds("contact", "manage"), rights="SELECT, INSERT, DELETE")
    op.create_table(
        "reporters",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("marks", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("callback", sa.Boolean(), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(sealed IS NULL) = (removed_at IS NOT NULL)", name=op.f("reporters_removed_ck")
        ),
        sa.CheckConstraint("sealed IS NOT NULL OR marks = '{}'", name=op.f("reporters_marks_ck")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"],
            name=op.f("reporters_incident_id_fk"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("reporters_pk")),
    )  # fmt: skip
    op.create_index("reporters_key_id_ix", "reporters", ["key_id"], unique=False)
    op.create_index(
        "reporters_marks_ix", "reporters", ["marks"], unique=False, postgresql_using="gin"
    )
    guard("reporters", f"({holds('contact')}) AND ({IN_SIGHT})")
    op.add_column(
        "incidents",
        sa.Column("redacted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "retention",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("retention_days_ck")),
        sa.PrimaryKeyConstraint("kind", name=op.f("retention_pk")),
    )
    guard("retention", ANYONE, holds("manage"))


def downgrade() -> None:
    op.drop_table("retention")
    op.drop_column("incidents", "redacted")
    op.drop_table("reporters")
    op.drop_table("personal_keys")
