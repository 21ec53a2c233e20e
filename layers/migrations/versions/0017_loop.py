"""What the loop keeps of its steps"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from layers.migrations.wall import APPLICATION, WORKER, holds

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


FORGOTTEN = (("incident_steps", "update"), ("photos", "delete"))
OF_A_CASE = "EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)"
TENDING = f"({OF_A_CASE}) AND ({WORKER} OR {holds('manage')})"


def upgrade() -> None:
    op.add_column("bureau", sa.Column("acknowledge", sa.Text(), nullable=True))
    op.add_column(
        "incident_steps",
        sa.Column(
            "photos",
            postgresql.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'::uuid[]"),
            nullable=False,
        ),
    )
    op.add_column("incidents", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "incidents", sa.Column("returned", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute("""
        UPDATE incidents SET sent_at = (
            SELECT max(happened_at) FROM incident_steps
            WHERE incident_id = incidents.id AND verb IN ('dispatch', 'resume'))
        WHERE state = 'dispatched' AND suspended_until IS NULL
    """)
    _merge_along()
    _tell_doubtful_grids()
    _let_time_take()
    # Done as the worker: only what changes the calendar puts it.
    op.execute(
        "CREATE POLICY jobs_calendar ON jobs AS RESTRICTIVE FOR INSERT WITH CHECK"
        f" (name <> 'calendar.changed' OR {WORKER} OR {holds('import', 'manage')})"
    )


def _merge_along() -> None:
    # What was merged into a case goes with it into the next, also where whoever merges does not
    # see it: the power over both cases was asked before. Nothing is told of it.
    op.execute("""
        CREATE FUNCTION merge_along(parted uuid, root uuid) RETURNS void
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            UPDATE incidents SET merged_into = root WHERE merged_into = parted AND holds('file')
        $$
    """)


def _tell_doubtful_grids() -> None:
    # Over a fifth of the accuracy circle lies in other grids. Only that is told of grids that may
    # be out of sight. The day by which the case was given its grid, in whatever zone, lies within
    # that grid's version (LEAST leaves out what is NULL).
    op.execute("""
        CREATE FUNCTION spreads(place geometry, accuracy_m float8, home int, by_utc date)
        RETURNS boolean
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT coalesce(sum(ST_Area(ST_Intersection(other.shape, circle))), 0)
                > 0.2 * min(ST_Area(circle))
            FROM (
                SELECT code, greatest(valid_from, least(by_utc, valid_to - 1)) AS day,
                    CAST(ST_Buffer(CAST(place AS geography), accuracy_m) AS geometry) AS circle
                FROM grids WHERE id = home
            ) AS own
            LEFT JOIN grids AS other ON other.shape && circle AND other.code <> own.code
                AND other.valid_from <= day AND (other.valid_to IS NULL OR other.valid_to > day)
        $$
    """)


def _let_time_take() -> None:
    # A step is never changed and a photograph never deleted, but for what was kept long enough.
    for table, verb in FORGOTTEN:
        op.execute(f"DROP POLICY {table}_{verb} ON {table}")
        op.execute(f"CREATE POLICY {table}_{verb} ON {table} FOR {verb} USING ({TENDING})")
    op.execute(f"GRANT UPDATE (reason, details) ON incident_steps TO {APPLICATION}")
    op.execute(f"GRANT DELETE ON photos TO {APPLICATION}")


def downgrade() -> None:
    op.execute("DROP POLICY jobs_calendar ON jobs")
    op.execute(f"REVOKE DELETE ON photos FROM {APPLICATION}")
    op.execute(f"REVOKE UPDATE (reason, details) ON incident_steps FROM {APPLICATION}")
    for table, verb in FORGOTTEN:
        op.execute(f"DROP POLICY {table}_{verb} ON {table}")
        op.execute(f"CREATE POLICY {table}_{verb} ON {table} FOR {verb} USING ({OF_A_CASE})")
    op.execute("DROP FUNCTION spreads(geometry, float8, int, date)")
    op.execute("DROP FUNCTION merge_along(uuid, uuid)")
    op.drop_column("incidents", "returned")
    op.drop_column("incidents", "sent_at")
    op.drop_column("incident_steps", "photos")
    op.drop_column("bureau", "acknowledge")
