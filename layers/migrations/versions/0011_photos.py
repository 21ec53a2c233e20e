"""Photographs of cases"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import guard

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "place", geoalchemy2.Geometry("POINT", srid=4326, spatial_index=False), nullable=True
        ),
        sa.Column("datum", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('before', 'after', 'near', 'far', 'reference', 'other')",
            name=op.f("photos_kind_ck"),
        ),
        sa.CheckConstraint("(place IS NULL) = (datum IS NULL)", name=op.f("photos_datum_ck")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("photos_incident_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("photos_pk")),
    )
    op.create_index("photos_incident_id_received_at_ix", "photos", ["incident_id", "received_at"])
    for name in ("blob", "small"):
        op.create_index(f"photos_{name}_ix", "photos", [name])
    # Added, and never changed: the application has no right to do more.
    guard("photos", "EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)",
          rights="SELECT, INSERT")  # fmt: skip


def downgrade() -> None:
    op.drop_table("photos")
