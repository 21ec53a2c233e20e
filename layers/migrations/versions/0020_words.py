"""What a resident says apart from what is noted on a call; words that are taken out"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import WORKER, holds

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TIME = f"{WORKER} AND {holds('manage')}"
WHO_REDACTS = holds("contact")
OF_A_CASE = "EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)"
WORDLESS = "reason IS NULL AND NOT jsonb_exists(details, 'text')"
POLICIES = (
    ("enquiries", "tended_seen", f"FOR SELECT USING ({TIME})"),
    ("enquiries", "tended", f"FOR UPDATE USING ({TIME})"),
    ("incident_steps", "redacted",
     f"FOR UPDATE USING (({WHO_REDACTS}) AND {OF_A_CASE}) WITH CHECK ({WORDLESS})"),
    ("photos", "redacted", f"FOR DELETE USING (({WHO_REDACTS}) AND {OF_A_CASE})"),
)  # fmt: skip
"""Whoever calls people takes words out of a step and puts none in; time takes them everywhere."""


def upgrade() -> None:
    op.add_column("enquiries", sa.Column("opinion", sa.Text(), nullable=True))
    op.add_column(
        "enquiries",
        sa.Column("own_rating", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    # A call notes the time of its rating as its own: any other time is a rating by the link.
    op.execute("""
        UPDATE enquiries SET own_rating = true, opinion = remark, remark = NULL
        WHERE satisfied_at IS DISTINCT FROM called_back_at AND satisfied_at IS NOT NULL
    """)
    op.drop_constraint(op.f("enquiries_answer_ck"), "enquiries", type_="check")
    op.create_check_constraint(
        op.f("enquiries_answer_ck"), "enquiries", "answer IS NULL OR answered_at IS NOT NULL"
    )
    _let_change("'satisfaction', 'satisfied_at', 'opinion', 'own_rating'")
    for table, name, bound in POLICIES:
        op.execute(f"CREATE POLICY {table}_{name} ON {table} {bound}")


def _let_change(columns: str) -> None:
    """What a resident may change of an enquiry (0016)."""
    op.execute(f"""
        CREATE OR REPLACE FUNCTION residents_only_rate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_jsonb(new) - ARRAY[{columns}] <> to_jsonb(old) - ARRAY[{columns}] THEN
                RAISE insufficient_privilege USING MESSAGE = 'permission denied to residents';
            END IF;
            RETURN new;
        END $$
    """)


def downgrade() -> None:
    for table, name, _ in POLICIES:
        op.execute(f"DROP POLICY {table}_{name} ON {table}")
    _let_change("'satisfaction', 'satisfied_at', 'remark'")
    op.execute("UPDATE enquiries SET answer = '' WHERE answer IS NULL AND answered_at IS NOT NULL")
    op.drop_constraint(op.f("enquiries_answer_ck"), "enquiries", type_="check")
    op.create_check_constraint(
        op.f("enquiries_answer_ck"), "enquiries", "(answer IS NULL) = (answered_at IS NULL)"
    )
    op.execute("UPDATE enquiries SET remark = coalesce(opinion, remark)")
    op.drop_column("enquiries", "own_rating")
    op.drop_column("enquiries", "opinion")
