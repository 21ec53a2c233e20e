"""Versions of slow layers; events for everybody who looks on"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from geo.cells import polygons
from layers.migrations.wall import ANYONE, APPLICATION, guard, holds

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

VERSION = "layer_version(text[])"


def upgrade() -> None:
    _tell_versions()
    for table in ("grids", "townships"):
        op.execute(f"""
            ALTER TABLE {table} ADD COLUMN mercator geometry(MultiPolygon, 3857)
            GENERATED ALWAYS AS (ST_Transform(shape, 3857)) STORED
        """)
    op.execute("ALTER TABLE grids ALTER COLUMN mercator SET NOT NULL")
    op.execute("ALTER TABLE townships ALTER COLUMN mercator SET NOT NULL")
    _keep_hexagons()


def _tell_versions() -> None:
    # The journal is the auditors'. That a layer has changed, and no more, is everybody's to know.
    # A sum, because numbers of rows are not given in the order in which they are committed: the
    # newest one known may stay the same when an older one comes to light.
    op.execute("""
        CREATE FUNCTION layer_version(kinds text[]) RETURNS bigint LANGUAGE sql STABLE
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT CAST(sum(floor(extract(epoch FROM at))) AS bigint) FROM journal
            WHERE acts_as() IS NOT NULL AND kind = ANY (kinds)
        $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {VERSION} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {VERSION} TO {APPLICATION}")


def _keep_hexagons() -> None:
    op.create_geospatial_table(
        "hexagons",
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mercator", Geometry("POLYGON", 3857, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("cell", name=op.f("hexagons_pk")),
    )
    op.create_geospatial_index(
        "hexagons_mercator_ix", "hexagons", ["mercator"], unique=False, postgresql_using="gist",
        postgresql_ops={},
    )  # fmt: skip
    guard("hexagons", ANYONE, holds("study"), rights="SELECT, INSERT")
    drawn = "INSERT INTO hexagons VALUES (:cell, ST_Transform(ST_GeomFromText(:shape, 4326), 3857))"
    cells = op.get_bind().execute(sa.text("SELECT DISTINCT cell FROM hotspot_cells")).scalars()
    for some in cells.partitions(10_000):
        rows = [{"cell": c, "shape": p.wkt} for c, p in zip(some, polygons(some), strict=True)]
        op.get_bind().execute(sa.text(drawn), rows)


def downgrade() -> None:
    op.drop_geospatial_table("hexagons")
    for table in ("grids", "townships"):
        op.drop_column(table, "mercator")
    op.execute(f"DROP FUNCTION {VERSION}")
