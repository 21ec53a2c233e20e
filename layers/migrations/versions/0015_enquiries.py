"""Whoever outside the bureau brought a case and waits for an answer; what is alike; who checks"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import BUREAU, grid, guard, holds, unguard

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHANNELS = (
    "12345", "12319", "phone", "visit", "letter", "web", "open311", "media", "platform", "other",
)  # fmt: skip
CASE_IN_SIGHT = f"{BUREAU} OR EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)"
SEEN = f"{BUREAU} OR grid_id = ANY ((select sees_grid_ids())::int[])"
HELD = """
    OR reported_by = (select acts_as()) OR sent_to && (select sees_squads())::text[]
"""
TO_CHECK = f" OR {grid('check_grid')}"
KEPT = "SELECT, INSERT, UPDATE"
"""The application never deletes a row of these."""
ALIKE = {"similar_m": "50", "similar_h": "24"}


def upgrade() -> None:
    _make_enquiries()
    for name, default in ALIKE.items():
        op.add_column(
            "matters",
            sa.Column(name, sa.Integer(), server_default=sa.text(default), nullable=False),
        )
    op.create_check_constraint(
        op.f("matters_similar_ck"), "matters", "similar_m >= 0 AND similar_h >= 0"
    )
    op.add_column("incidents", sa.Column("check_grid", sa.Text(), nullable=True))
    op.create_index(
        "incidents_check_grid_ix", "incidents", ["check_grid"],
        postgresql_where=sa.text("check_grid IS NOT NULL"),
    )  # fmt: skip
    unguard("incidents")
    guard("incidents", SEEN + HELD + TO_CHECK, rights=KEPT)
    _find_who_checks()


def _make_enquiries() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outside_no", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=True),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=True),
        sa.Column("satisfied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(f"channel in {CHANNELS}", name=op.f("enquiries_channel_ck")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("enquiries_answer_ck")
        ),
        sa.CheckConstraint(
            "(reached IS NULL) = (called_back_at IS NULL)", name=op.f("enquiries_reached_ck")
        ),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("enquiries_satisfaction_ck")),
        sa.CheckConstraint(
            "(satisfaction IS NULL) = (satisfied_at IS NULL)", name=op.f("enquiries_satisfied_ck")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("enquiries_incident_id_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("enquiries_pk")),
        sa.UniqueConstraint("channel", "outside_no", name=op.f("enquiries_channel_outside_no_uq")),
        sa.UniqueConstraint("token_hash", name=op.f("enquiries_token_hash_uq")),
    )
    op.create_index("enquiries_incident_id_ix", "enquiries", ["incident_id"])
    op.create_index(
        "enquiries_waiting_ix", "enquiries", ["respond_by", "id"],
        postgresql_where=sa.text("called_back_at IS NULL"),
    )  # fmt: skip
    who = holds("contact", "file", "lead", "audit")
    guard("enquiries", f"({who}) AND ({CASE_IN_SIGHT})", holds("contact"),
          rights=KEPT)  # fmt: skip


def _find_who_checks() -> None:
    # Whoever sends a check need not know who checks: only the grid and a number are told. First the
    # case's own grid, then the nearest one that has somebody.
    op.execute("""
        CREATE FUNCTION checked_by(place geometry, own text, day date)
        RETURNS TABLE (grid text, workers bigint)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH staffed AS (
                SELECT area_code AS code, count(DISTINCT person_id) AS workers
                FROM powers JOIN people ON people.id = person_id AND people.state = 'active'
                WHERE role = 'grid_worker' AND area_kind = 'grid'
                    AND powers.valid_from <= day AND (powers.valid_to IS NULL OR day < powers.valid_to)
                GROUP BY area_code)
            SELECT code, workers FROM grids JOIN staffed USING (code)
            WHERE grids.valid_from <= day AND (grids.valid_to IS NULL OR day < grids.valid_to)
            ORDER BY code IS DISTINCT FROM own, shape <-> place, code LIMIT 1
        $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION checked_by(geometry, text, date)")
    unguard("incidents")
    guard("incidents", SEEN + HELD, rights=KEPT)
    op.drop_index("incidents_check_grid_ix", table_name="incidents")
    op.drop_column("incidents", "check_grid")
    op.drop_constraint(op.f("matters_similar_ck"), "matters", type_="check")
    for name in ALIKE:
        op.drop_column("matters", name)
    op.drop_table("enquiries")
