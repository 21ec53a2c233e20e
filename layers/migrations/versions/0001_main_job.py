"""The main job's tables"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Needs a role that may create extensions; on a bureau's own server they may stand already.
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "hotspot_runs",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("resolution", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("hotspot_runs_pk")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'done', 'failed')", name=op.f("jobs_state_ck")),
        sa.PrimaryKeyConstraint("id", name=op.f("jobs_pk")),
    )
    op.create_table(
        "job_attempts",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("job_attempts_job_id_fk"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("job_attempts_pk")),
    )
    op.create_index(
        "jobs_waiting_ix",
        "jobs",
        ["run_after"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("journal_pk")),
    )
    op.create_index("journal_kind_subject_ix", "journal", ["kind", "subject"], unique=False)
    op.create_table(
        "matters",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("matters_pk")),
    )
    op.create_geospatial_table(
        "townships",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("visits_per_week", sa.Integer(), nullable=True),
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
        sa.Column("area_m2", sa.Numeric(precision=16, scale=2), nullable=False),
        sa.Column("source_crs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("townships_pk")),
    )
    op.create_geospatial_index(
        "townships_shape_ix",
        "townships",
        ["shape"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "grids",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=True),
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
        sa.Column("area_m2", sa.Numeric(precision=16, scale=2), nullable=False),
        sa.Column("source_crs", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="grids_one_version_at_a_time",
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("grids_validity_ck")),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("grids_township_code_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("grids_pk")),
    )
    op.create_index(op.f("grids_code_ix"), "grids", ["code"], unique=False)
    op.create_geospatial_index(
        "grids_shape_ix",
        "grids",
        ["shape"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("grids_township_code_ix"), "grids", ["township_code"], unique=False)
    op.create_table(
        "hotspot_cells",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("z", sa.Double(), nullable=False),
        sa.Column("p", sa.Double(), nullable=False),
        sa.Column("class", sa.SmallInteger(), nullable=False),
        sa.Column("township_z", sa.Double(), nullable=False),
        sa.Column("township_class", sa.SmallInteger(), nullable=False),
        sa.Column("neighbours", sa.SmallInteger(), nullable=False),
        sa.Column("insufficient", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["hotspot_runs.id"],
            name=op.f("hotspot_cells_run_id_fk"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "cell", name=op.f("hotspot_cells_pk")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'approved', 'replaced')", name=op.f("plans_state_ck")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["hotspot_runs.id"], name=op.f("plans_run_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("plans_pk")),
    )
    op.create_index(
        "plans_one_approved_a_week_ix",
        "plans",
        ["week"],
        unique=True,
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(op.f("plans_week_ix"), "plans", ["week"], unique=False)
    op.create_geospatial_table(
        "squads",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column(
            "home",
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
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("vehicles", sa.Integer(), nullable=True),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("position_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("datum", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("squads_township_code_fk")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("squads_pk")),
    )
    op.create_geospatial_index(
        "squads_home_ix",
        "squads",
        ["home"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("squads_township_code_ix"), "squads", ["township_code"], unique=False)
    op.create_geospatial_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("matter_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
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
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_precision", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "occurred_precision in ('minute', 'day')", name=op.f("incidents_occurred_precision_ck")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("incidents_grid_id_fk")),
        sa.ForeignKeyConstraint(
            ["matter_code"], ["matters.code"], name=op.f("incidents_matter_code_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("incidents_pk")),
        sa.UniqueConstraint("source", "external_id", name=op.f("incidents_source_external_id_uq")),
    )
    op.create_index(
        "incidents_grid_id_occurred_at_ix", "incidents", ["grid_id", "occurred_at"], unique=False
    )
    op.create_index(op.f("incidents_matter_code_ix"), "incidents", ["matter_code"], unique=False)
    op.create_index("incidents_occurred_at_id_ix", "incidents", ["occurred_at", "id"], unique=False)
    op.create_geospatial_index(
        "incidents_place_ix",
        "incidents",
        ["place"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "plan_visits",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("visits", sa.SmallInteger(), nullable=False),
        sa.Column("previous", sa.SmallInteger(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("plan_visits_grid_id_fk")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("plan_visits_plan_id_fk"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("plan_visits_township_code_fk")
        ),
        sa.PrimaryKeyConstraint("plan_id", "grid_code", name=op.f("plan_visits_pk")),
    )


def downgrade() -> None:
    op.drop_table("plan_visits")
    op.drop_geospatial_index(
        "incidents_place_ix", table_name="incidents", postgresql_using="gist", column_name="place"
    )
    op.drop_index("incidents_occurred_at_id_ix", table_name="incidents")
    op.drop_index(op.f("incidents_matter_code_ix"), table_name="incidents")
    op.drop_index("incidents_grid_id_occurred_at_ix", table_name="incidents")
    op.drop_geospatial_table("incidents")
    op.drop_index(op.f("squads_township_code_ix"), table_name="squads")
    op.drop_geospatial_index(
        "squads_home_ix", table_name="squads", postgresql_using="gist", column_name="home"
    )
    op.drop_geospatial_table("squads")
    op.drop_index(op.f("plans_week_ix"), table_name="plans")
    op.drop_index(
        "plans_one_approved_a_week_ix",
        table_name="plans",
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.drop_table("plans")
    op.drop_table("hotspot_cells")
    op.drop_index(op.f("grids_township_code_ix"), table_name="grids")
    op.drop_geospatial_index(
        "grids_shape_ix", table_name="grids", postgresql_using="gist", column_name="shape"
    )
    op.drop_index(op.f("grids_code_ix"), table_name="grids")
    op.drop_geospatial_table("grids")
    op.drop_geospatial_index(
        "townships_shape_ix", table_name="townships", postgresql_using="gist", column_name="shape"
    )
    op.drop_geospatial_table("townships")
    op.drop_table("matters")
    op.drop_index("journal_kind_subject_ix", table_name="journal")
    op.drop_table("journal")
    op.drop_index(
        "jobs_waiting_ix", table_name="jobs", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_table("job_attempts")
    op.drop_table("jobs")
    op.drop_table("hotspot_runs")
