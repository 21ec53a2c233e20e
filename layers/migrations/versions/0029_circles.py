"""A circle that leaves its grid is drawn once, whatever asks for it"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

AT_THE_BORDER = """
    ST_DWithin(ST_Boundary({shape}), place, accuracy_m / (110000 * cos(radians(ST_Y(place)))))
"""
"""No degree is shorter than 110 km times the cosine of its latitude: a circle that does not come so
near to the border, in degrees, lies inside."""
CIRCLE = "CAST(ST_Buffer(CAST(place AS geography), accuracy_m) AS geometry)"


def upgrade() -> None:
    # As a part of one query the circle would be drawn anew for each grid that it is held against.
    _spreads(f"""
        DECLARE own record; circle geometry;
        BEGIN
            SELECT code, shape, greatest(valid_from, least(by_utc, valid_to - 1)) AS day INTO own
                FROM grids WHERE acts_as() IS NOT NULL AND id = home;
            IF NOT FOUND THEN RETURN NULL; END IF;
            IF ST_Covers(own.shape, place) AND NOT {AT_THE_BORDER.format(shape="own.shape")}
                THEN RETURN false; END IF;
            circle := {CIRCLE};
            RETURN (
                SELECT coalesce(sum(ST_Area(ST_Intersection(shape, circle))), 0)
                    > 0.2 * ST_Area(circle)
                FROM grids WHERE shape && circle AND code <> own.code
                    AND valid_from <= own.day AND (valid_to IS NULL OR valid_to > own.day));
        END
    """)  # fmt: skip


def _spreads(body: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION"
        " spreads(place geometry, accuracy_m float8, home int, by_utc date)"
        " RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER"
        f" SET search_path = public, pg_temp AS $$ {body} $$"
    )


def downgrade() -> None:
    _spreads(f"""
        BEGIN
            IF EXISTS (
                SELECT FROM grids WHERE acts_as() IS NOT NULL AND id = home
                    AND ST_Covers(shape, place) AND NOT {AT_THE_BORDER.format(shape="shape")}
            ) THEN RETURN false; END IF;
            RETURN (
                SELECT coalesce(sum(ST_Area(ST_Intersection(other.shape, circle))), 0)
                    > 0.2 * min(ST_Area(circle))
                FROM (
                    SELECT code, greatest(valid_from, least(by_utc, valid_to - 1)) AS day,
                        {CIRCLE} AS circle
                    FROM grids WHERE acts_as() IS NOT NULL AND id = home
                ) AS own
                LEFT JOIN grids AS other ON other.shape && circle AND other.code <> own.code
                    AND other.valid_from <= day AND (other.valid_to IS NULL OR other.valid_to > day)
            );
        END
    """)  # fmt: skip
