"""What is asked at each report and each list is planned once; answers on the way to the last one"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CIRCLE = "CAST(ST_Buffer(CAST(place AS geography), accuracy_m) AS geometry)"
SPREADS = f"""
    SELECT coalesce(sum(ST_Area(ST_Intersection(other.shape, circle))), 0)
        > 0.2 * min(ST_Area(circle))
    FROM (
        SELECT code, greatest(valid_from, least(by_utc, valid_to - 1)) AS day,
            {CIRCLE} AS circle
        FROM grids WHERE acts_as() IS NOT NULL AND id = home
    ) AS own
    LEFT JOIN grids AS other ON other.shape && circle AND other.code <> own.code
        AND other.valid_from <= day AND (other.valid_to IS NULL OR other.valid_to > day)
"""
QUEUED = (
    "state IN ('to_check', 'filed', 'dispatched', 'accepted', 'on_scene', 'handling', 'handled',"
    " 'to_recheck') OR state = 'reported' AND case_no IS NOT NULL"
)
ALL = "coalesce((SELECT array_agg(id) FROM grids), '{}')"


def upgrade() -> None:
    _ask_for_grids_once()
    _measure_circles_where_they_may_leave()
    op.create_index(
        op.f("incidents_open_ix"), "incidents", ["state", "occurred_at", "id"],
        postgresql_where=sa.text(QUEUED),
    )  # fmt: skip
    op.add_column("enquiries", sa.Column("interim", sa.Text(), nullable=True))
    op.add_column("enquiries", sa.Column("interim_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("enquiries_interim_ck"), "enquiries", "interim IS NULL OR interim_at IS NOT NULL"
    )


def _ask_for_grids_once() -> None:
    # The policy's own condition begins with the whole bureau, and would read every grid.
    _sees_grid_ids(f"""
        DECLARE there text[] := sees_townships(); own text[] := sees_grids();
        BEGIN
            IF sees_bureau() THEN RETURN {ALL}; END IF;
            RETURN ARRAY(SELECT id FROM grids WHERE township_code = ANY (there)
                UNION SELECT id FROM grids WHERE code = ANY (own));
        END
    """, language="plpgsql")  # fmt: skip


def _measure_circles_where_they_may_leave() -> None:
    # No degree is shorter than 110 km times the cosine of its latitude: a circle that does not come
    # so near to the border, in degrees, lies inside.
    _spreads(f"""
        BEGIN
            IF EXISTS (
                SELECT FROM grids WHERE acts_as() IS NOT NULL AND id = home
                    AND ST_Covers(shape, place) AND NOT ST_DWithin(ST_Boundary(shape), place,
                        accuracy_m / (110000 * cos(radians(ST_Y(place)))))
            ) THEN RETURN false; END IF;
            RETURN ({SPREADS});
        END
    """, language="plpgsql")  # fmt: skip


def _sees_grid_ids(body: str, *, language: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION sees_grid_ids() RETURNS int[] LANGUAGE {language}"
        f" STABLE PARALLEL SAFE AS $$ {body} $$"
    )


def _spreads(body: str, *, language: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION"
        " spreads(place geometry, accuracy_m float8, home int, by_utc date)"
        f" RETURNS boolean LANGUAGE {language} STABLE SECURITY DEFINER"
        f" SET search_path = public, pg_temp AS $$ {body} $$"
    )


def downgrade() -> None:
    op.drop_index(op.f("incidents_open_ix"), "incidents")
    op.drop_constraint(op.f("enquiries_interim_ck"), "enquiries")
    op.drop_column("enquiries", "interim_at")
    op.drop_column("enquiries", "interim")
    _spreads(SPREADS, language="sql")
    _sees_grid_ids(f"SELECT {ALL}", language="sql")
