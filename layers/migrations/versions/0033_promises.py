"""By when somebody was promised to be there; how often a clock stood; which order was told as unseen"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import WORKER, holds

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OWN = "(select acts_as())"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("incidents", sa.Column("promised_by", moment, nullable=True))
    op.add_column("incidents", sa.Column("order_told", moment, nullable=True))
    op.add_column(
        "incidents",
        sa.Column("suspensions", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    # Extensions were counted for a state, and are for a case now.
    op.execute("""
        UPDATE incidents SET extensions = extended, suspensions = suspended FROM (
            SELECT incident_id, count(*) FILTER (WHERE verb = 'extend') AS extended,
                count(*) FILTER (WHERE verb = 'suspend') AS suspended
            FROM incident_steps WHERE verb IN ('extend', 'suspend') GROUP BY 1
        ) AS counted WHERE id = incident_id
    """)
    _let_tell("dispatch", "file", "lead")


def _let_tell(*powers: str) -> None:
    # A squad is told of its order by whoever sends it out, has it done again or lets it stand.
    op.execute("DROP POLICY jobs_insert ON jobs")
    op.execute(f"""
        CREATE POLICY jobs_insert ON jobs FOR INSERT WITH CHECK (
            actor = {OWN} AND token::text IS NOT DISTINCT FROM (select acts_by()) AND (
                name NOT IN ('grids.changed', 'keys.rotated', 'retention', 'blobs', 'resume',
                    'message')
                OR {WORKER}
                OR name = 'grids.changed' AND {holds("import")}
                OR name = 'message' AND ({holds(*powers)})
                OR name = 'keys.rotated' AND {OWN} = 'operator'))
    """)


def downgrade() -> None:
    _let_tell("dispatch")
    for name in ("suspensions", "order_told", "promised_by"):
        op.drop_column("incidents", name)
