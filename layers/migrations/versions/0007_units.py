"""Units, which squads may belong to; and what the administrator says of the bureau"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import ANYONE, guard, holds

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = (
    "enforcement_bureau", "squad_office", "township_government", "department", "police_station",
    "justice_office", "market_office", "land_office", "fire_station", "village_committee",
    "contractor", "other",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(f"kind in {KINDS}", name=op.f("units_kind_ck")),
        sa.CheckConstraint("parent_code <> code", name=op.f("units_parent_ck")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("units_validity_ck")),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("units_township_code_fk")
        ),
        sa.ForeignKeyConstraint(["parent_code"], ["units.code"], name=op.f("units_parent_code_fk")),
        sa.PrimaryKeyConstraint("code", name=op.f("units_pk")),
    )
    op.create_index("units_township_code_ix", "units", ["township_code"], unique=False)
    op.create_index("units_parent_code_ix", "units", ["parent_code"], unique=False)
    guard("units", ANYONE, holds("import", "manage"))

    op.add_column("squads", sa.Column("unit_code", sa.Text(), nullable=True))
    op.create_foreign_key(op.f("squads_unit_code_fk"), "squads", "units", ["unit_code"], ["code"])
    op.create_index("squads_unit_code_ix", "squads", ["unit_code"], unique=False)

    op.create_table(
        "bureau",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True)
          for name in ("name_zh", "name_en", "division", "timezone", "hours", "language", "source")),
        sa.CheckConstraint("id = 1", name=op.f("bureau_one_row_ck")),
        sa.PrimaryKeyConstraint("id", name=op.f("bureau_pk")),
    )  # fmt: skip
    guard("bureau", ANYONE, holds("manage"))


def downgrade() -> None:
    op.drop_table("bureau")
    op.drop_index("squads_unit_code_ix", "squads")
    op.drop_constraint(op.f("squads_unit_code_fk"), "squads", type_="foreignkey")
    op.drop_column("squads", "unit_code")
    op.drop_table("units")
