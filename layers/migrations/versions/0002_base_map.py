"""The base map: places, roads, rivers"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_geospatial_table(
        "places",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column(
            "place",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("datum", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("places_pk")),
        sa.UniqueConstraint("code", name=op.f("places_code_uq")),
        sa.UniqueConstraint("key", name=op.f("places_key_uq")),
    )
    op.create_geospatial_index(
        "places_place_ix", "places", ["place"], unique=False, postgresql_using="gist",
        postgresql_ops={},
    )  # fmt: skip
    op.create_geospatial_table(
        "roads",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("oneway", sa.Boolean(), nullable=False),
        sa.Column("speed_kmh", sa.Double(), nullable=True),
        sa.Column(
            "shape",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("source_crs", sa.Text(), nullable=False),
        sa.CheckConstraint("speed_kmh > 0", name=op.f("roads_speed_kmh_ck")),
        sa.PrimaryKeyConstraint("id", name=op.f("roads_pk")),
        sa.UniqueConstraint("code", name=op.f("roads_code_uq")),
        sa.UniqueConstraint("key", name=op.f("roads_key_uq")),
    )
    op.create_geospatial_index(
        "roads_shape_ix", "roads", ["shape"], unique=False, postgresql_using="gist",
        postgresql_ops={},
    )  # fmt: skip
    op.create_geospatial_table(
        "rivers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "shape",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("source_crs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("rivers_pk")),
        sa.UniqueConstraint("code", name=op.f("rivers_code_uq")),
        sa.UniqueConstraint("key", name=op.f("rivers_key_uq")),
    )
    op.create_geospatial_index(
        "rivers_shape_ix", "rivers", ["shape"], unique=False, postgresql_using="gist",
        postgresql_ops={},
    )  # fmt: skip


def downgrade() -> None:
    for table, shape in (("rivers", "shape"), ("roads", "shape"), ("places", "place")):
        op.drop_geospatial_index(
            f"{table}_{shape}_ix", table_name=table, postgresql_using="gist", column_name=shape
        )
        op.drop_geospatial_table(table)
