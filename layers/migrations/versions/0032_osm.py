"""Which roads are OpenStreetMap's: maps that draw them name it, as its licence asks"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "roads", sa.Column("osm", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index("roads_osm_ix", "roads", ["osm"], postgresql_where=sa.text("osm"))


def downgrade() -> None:
    op.drop_index("roads_osm_ix", "roads")
    op.drop_column("roads", "osm")
