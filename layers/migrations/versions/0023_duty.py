"""Duty: shifts, devices, positions"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from layers.migrations.wall import ALL, BUREAU, WORKER, grid, guard, holds

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INTAKE = "(select acts_as()) = 'intake'"
OF_A_SQUAD = f"{BUREAU} OR EXISTS (SELECT FROM squads WHERE squads.code = squad_code)"
OF_A_SHIFT = "EXISTS (SELECT FROM shifts WHERE shifts.id = shift_id)"
GRID_SEEN = f"{grid('grid_code')} OR EXISTS (SELECT FROM grids WHERE grids.code = grid_code)"
WHO_FOLLOWS = holds("dispatch", "lead")


def upgrade() -> None:
    op.add_column("squads", sa.Column("out_of_service", sa.Text(), nullable=True))
    op.add_column(
        "squads", sa.Column("out_of_service_at", sa.DateTime(timezone=True), nullable=True)
    )
    _make_shifts()
    _make_devices()
    _make_fixes()
    _make_grid_days()
    # Where squads are is written down by the intake, which sees nothing else of the bureau.
    for verb in ("SELECT", "UPDATE"):
        op.execute(
            f"CREATE POLICY squads_intake_{verb.lower()} ON squads FOR {verb} USING ({INTAKE})"
        )


def _make_shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("squad_code", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("vehicle", sa.Text(), nullable=True),
        sa.Column(
            "skills", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("shifts_times_ck")),
        sa.ForeignKeyConstraint(["squad_code"], ["squads.code"], name=op.f("shifts_squad_code_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("shifts_pk")),
        sa.UniqueConstraint(
            "squad_code", "planned_at", name=op.f("shifts_squad_code_planned_at_uq")
        ),
    )  # fmt: skip
    op.create_index("shifts_squad_code_starts_at_ix", "shifts", ["squad_code", "starts_at"])
    op.create_index("shifts_starts_at_ix", "shifts", ["starts_at"])
    guard("shifts", f"{INTAKE} OR {OF_A_SQUAD}", holds("import", "dispatch", "handle", "manage"))


def _make_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("squad_code", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["squad_code"], ["squads.code"], name=op.f("devices_squad_code_fk")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("devices_pk")),
        sa.UniqueConstraint("token_hash", name=op.f("devices_token_hash_uq")),
    )
    op.create_index("devices_squad_code_ix", "devices", ["squad_code"])
    guard("devices", f"{INTAKE} OR {holds('import', 'manage')}")


def _make_fixes() -> None:
    op.create_table(
        "fixes",
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("device_code", sa.Text(), nullable=False),
        sa.Column("fix_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("speed_ms", sa.Double(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fixes_shift_id_fk")),
        sa.ForeignKeyConstraint(
            ["device_code"], ["devices.code"], name=op.f("fixes_device_code_fk")
        ),
        sa.PrimaryKeyConstraint("shift_id", "device_code", "fix_time", name=op.f("fixes_pk")),
    )
    op.create_index(
        "fixes_newest_ix", "fixes", ["shift_id", "fix_time"],
        postgresql_where=sa.text("verdict = 'good'"),
    )  # fmt: skip
    # Forgotten by the worker, told to whoever sends squads or leads.
    guard("fixes", f"{INTAKE} OR {WORKER} OR ({WHO_FOLLOWS}) AND {OF_A_SHIFT}",
          f"{INTAKE} OR {WORKER}", rights=ALL)  # fmt: skip


def _make_grid_days() -> None:
    op.create_table(
        "grid_days",
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shifts", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("grid_code", "day", name=op.f("grid_days_pk")),
    )
    guard("grid_days", f"{WORKER} OR {BUREAU} OR {GRID_SEEN}", WORKER)


def downgrade() -> None:
    for verb in ("select", "update"):
        op.execute(f"DROP POLICY squads_intake_{verb} ON squads")
    for table in ("grid_days", "fixes", "devices", "shifts"):
        op.drop_table(table)
    op.drop_column("squads", "out_of_service_at")
    op.drop_column("squads", "out_of_service")
