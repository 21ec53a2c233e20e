"""People, their powers, sessions and tokens"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('active', 'disabled')", name=op.f("people_state_ck")),
        sa.PrimaryKeyConstraint("id", name=op.f("people_pk")),
        sa.UniqueConstraint("login", name=op.f("people_login_uq")),
    )
    op.create_table(
        "powers",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_kind", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "area_kind in ('bureau', 'township', 'squad', 'grid')", name=op.f("powers_area_kind_ck")
        ),
        sa.CheckConstraint(
            "(area_kind = 'bureau') = (area_code = '')", name=op.f("powers_area_code_ck")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("powers_validity_ck")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("powers_person_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("powers_pk")),
    )
    op.create_index("powers_person_id_ix", "powers", ["person_id"], unique=False)
    op.create_index(
        "powers_open_ix", "powers", ["person_id", "role", "area_kind", "area_code"], unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )  # fmt: skip
    op.create_table(
        "sessions",
        *_whose("sessions"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("sessions_person_id_ix", "sessions", ["person_id"], unique=False)
    op.create_table(
        "tokens",
        *_whose("tokens"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("tokens_person_id_ix", "tokens", ["person_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("sign_ins_pk")),
        prefixes=["UNLOGGED"],
    )


def _whose(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"{table}_person_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pk")),
        sa.UniqueConstraint("token_hash", name=op.f(f"{table}_token_hash_uq")),
    )


def downgrade() -> None:
    for table in ("sign_ins", "tokens", "sessions", "powers", "people"):
        op.drop_table(table)
