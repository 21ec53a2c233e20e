"""The closed loop of a case: its steps, its clock, who has it in hand, who reported it"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from layers.migrations.wall import BUREAU, guard, unguard

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SEEN = f"{BUREAU} OR grid_id = ANY ((select sees_grid_ids())::int[])"
HELD = """
    OR reported_by = (select acts_as()) OR sent_to && (select sees_squads())::text[]
"""
PARTIAL = ("due_at", "squad_code", "reported_by", "merged_into")


def _columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("case_no", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("reported_by", sa.Text(), nullable=True),
        sa.Column(
            "sensed", geoalchemy2.Geometry("POINT", srid=4326, spatial_index=False), nullable=True
        ),
        sa.Column(
            "answers", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("squad_code", sa.Text(), nullable=True),
        sa.Column(
            "sent_to",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_limit", sa.Text(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("suspended_until", sa.Date(), nullable=True),
        sa.Column("extensions", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("extension_asked", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def upgrade() -> None:
    for column in _columns():
        op.add_column("incidents", column)
    op.create_unique_constraint(op.f("incidents_case_no_uq"), "incidents", ["case_no"])
    op.create_foreign_key(
        op.f("incidents_squad_code_fk"), "incidents", "squads", ["squad_code"], ["code"]
    )
    op.create_foreign_key(
        op.f("incidents_merged_into_fk"), "incidents", "incidents", ["merged_into"], ["id"]
    )
    for name in PARTIAL:
        op.create_index(
            f"incidents_{name}_ix", "incidents", [name],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )  # fmt: skip
    # A township's part of a study, for whoever sees no more of it.
    op.create_index(
        "hotspot_cells_run_id_township_code_ix", "hotspot_cells", ["run_id", "township_code"]
    )
    _make_steps()
    _number_cases()
    _find_grids_for_everybody()
    unguard("incidents")
    guard("incidents", SEEN + HELD)


def _make_steps() -> None:
    op.create_table(
        "incident_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("incident_steps_incident_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("incident_steps_pk")),
        sa.UniqueConstraint("event_id", name=op.f("incident_steps_event_id_uq")),
        sa.UniqueConstraint(
            "incident_id", "version", name=op.f("incident_steps_incident_id_version_uq")
        ),
    )
    # Added to, never changed: the application has no right to do more.
    guard("incident_steps", "EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)",
          rights="SELECT, INSERT")  # fmt: skip
    # A report and its first step are written by one statement, which does not see itself.
    op.execute("DROP POLICY incident_steps_insert ON incident_steps")
    op.execute(
        "CREATE POLICY incident_steps_insert ON incident_steps FOR INSERT"
        " WITH CHECK (by = (select acts_as()))"
    )


def _number_cases() -> None:
    # Gaps are allowed, so that reports need not wait for each other.
    op.execute("CREATE SEQUENCE case_numbers")
    op.execute("GRANT USAGE ON SEQUENCE case_numbers TO gridpatrol_app")


def _find_grids_for_everybody() -> None:
    # A report may lie in a grid that its reporter does not see. Only the number of its version is
    # told. Ties go to the lowest code.
    op.execute("""
        CREATE FUNCTION grid_at(place geometry, day date) RETURNS int
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT id FROM grids
            WHERE shape && place AND ST_Covers(shape, place)
                AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)
            ORDER BY code LIMIT 1
        $$
    """)


def downgrade() -> None:
    unguard("incidents")
    op.drop_index("hotspot_cells_run_id_township_code_ix", table_name="hotspot_cells")
    op.drop_table("incident_steps")
    op.execute("DROP FUNCTION grid_at(geometry, date)")
    op.execute("DROP SEQUENCE case_numbers")
    for name in PARTIAL:
        op.drop_index(f"incidents_{name}_ix", table_name="incidents")
    for column in reversed(_columns()):
        op.drop_column("incidents", column.name)
    guard("incidents", SEEN)
