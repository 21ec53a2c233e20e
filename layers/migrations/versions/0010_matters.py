"""What is said of a matter: classes, standards, limits, photos, questions"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXTS = (
    "kind", "class_code", "class_zh", "class_en", "small_code", "filing_standard",
    "closing_standard", "arrive_limit", "simple_limit", "opinion_limit", "complex_limit",
    "unit_kind", "note",
)  # fmt: skip
UNIT_KINDS = (
    "enforcement_bureau", "squad_office", "township_government", "department", "police_station",
    "justice_office", "market_office", "land_office", "fire_station", "village_committee",
    "contractor", "other",
)  # fmt: skip
REQUIRED: dict[str, tuple[sa.types.TypeEngine[object], str]] = {
    "photos_before": (sa.SmallInteger(), "0"),
    "photos_after": (sa.SmallInteger(), "0"),
    "public": (sa.Boolean(), "false"),
    "offered": (sa.Boolean(), "false"),
    "questions": (JSONB(), "'[]'::jsonb"),
}
CHECKS = {
    "matters_kind_ck": "kind in ('component', 'event')",
    "matters_unit_kind_ck": f"unit_kind in {UNIT_KINDS}",
    "matters_photos_ck": "photos_before >= 0 AND photos_after >= 0",
}


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("matters", sa.Column(name, sa.Text(), nullable=True))
    for name, (kind, default) in REQUIRED.items():
        column = sa.Column(name, kind, server_default=sa.text(default), nullable=False)
        op.add_column("matters", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(name), "matters", condition)


def downgrade() -> None:
    for name in CHECKS:
        op.drop_constraint(op.f(name), "matters", type_="check")
    for name in (*REQUIRED, *TEXTS):
        op.drop_column("matters", name)
