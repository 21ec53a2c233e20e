"""What the owner's functions tell, they tell somebody; what time forgets, nobody else does"""

from alembic import op

from layers.migrations.wall import APPLICATION, WORKER, holds

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ANYBODY = ("grid_at(geometry, date)", "checked_by(geometry, text, date)",
           "merge_along(uuid, uuid)", "spreads(geometry, float8, int, date)")  # fmt: skip
"""What whoever reaches the database could call so far."""
SOMEBODY = "acts_as() IS NOT NULL"
OF_A_CASE = "EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id)"
FORGOTTEN = (("incident_steps", "update"), ("photos", "delete"))
TENDING = f"({OF_A_CASE}) AND ({WORKER} OR {holds('manage')})"
TIME = f"({OF_A_CASE}) AND ({WORKER} OR (select acts_as()) = 'operator')"


def upgrade() -> None:
    _tell(SOMEBODY)
    for function in ANYBODY:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APPLICATION}")
    # What time does is not whoever manages people's to do before its time.
    _let_forget(TIME)


def _let_forget(who: str) -> None:
    for table, verb in FORGOTTEN:
        op.execute(f"ALTER POLICY {table}_{verb} ON {table} USING ({who})")


def _tell(whom: str) -> None:
    _tell_of_grids(whom)
    _tell_who_checks(whom)
    _tell_doubtful_grids(whom)
    _function("merge_along(parted uuid, root uuid)", "void", "VOLATILE", f"""
        UPDATE incidents SET merged_into = root
        WHERE {whom} AND merged_into = parted AND holds('file')
    """)  # fmt: skip


def _tell_of_grids(whom: str) -> None:
    # Asked at each report: a session plans this language's statement once, and not at each call.
    _function("grid_at(place geometry, day date)", "int", "STABLE", f"""
        BEGIN RETURN (
            SELECT id FROM grids
            WHERE {whom} AND shape && place AND ST_Covers(shape, place)
                AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)
            ORDER BY code LIMIT 1
        ); END
    """, language="plpgsql")  # fmt: skip
    _function("grid_coded(wanted text, day date)", "int", "STABLE", f"""
        SELECT id FROM grids WHERE {whom} AND code = wanted
            AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)
    """)  # fmt: skip
    told = "code text, name text, township text, lon float8, lat float8, metres float8"
    _function("grid_told(version int)", f"TABLE ({told})", "STABLE", f"""
        SELECT grids.code, grids.name, townships.name, ST_X(inside), ST_Y(inside),
            sqrt(grids.area_m2 / pi())::float8
        FROM grids JOIN townships ON townships.code = township_code
        CROSS JOIN ST_PointOnSurface(grids.shape) AS inside WHERE {whom} AND grids.id = version
    """)  # fmt: skip


def _tell_who_checks(whom: str) -> None:
    asked = "checked_by(place geometry, own text, day date)"
    _function(asked, "TABLE (grid text, workers bigint)", "STABLE", f"""
        WITH staffed AS (
            SELECT area_code AS code, count(DISTINCT person_id) AS workers
            FROM powers JOIN people ON people.id = person_id AND people.state = 'active'
            WHERE {whom} AND role = 'grid_worker' AND area_kind = 'grid'
                AND powers.valid_from <= day AND (powers.valid_to IS NULL OR day < powers.valid_to)
            GROUP BY area_code)
        SELECT code, workers FROM grids JOIN staffed USING (code)
        WHERE grids.valid_from <= day AND (grids.valid_to IS NULL OR day < grids.valid_to)
        ORDER BY code IS DISTINCT FROM own, shape <-> place, code LIMIT 1
    """)  # fmt: skip


def _tell_doubtful_grids(whom: str) -> None:
    asked = "spreads(place geometry, accuracy_m float8, home int, by_utc date)"
    _function(asked, "boolean", "STABLE", f"""
        SELECT coalesce(sum(ST_Area(ST_Intersection(other.shape, circle))), 0)
            > 0.2 * min(ST_Area(circle))
        FROM (
            SELECT code, greatest(valid_from, least(by_utc, valid_to - 1)) AS day,
                CAST(ST_Buffer(CAST(place AS geography), accuracy_m) AS geometry) AS circle
            FROM grids WHERE {whom} AND id = home
        ) AS own
        LEFT JOIN grids AS other ON other.shape && circle AND other.code <> own.code
            AND other.valid_from <= day AND (other.valid_to IS NULL OR other.valid_to > day)
    """)  # fmt: skip


def _function(asked: str, told: str, volatility: str, body: str, *, language: str = "sql") -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {asked} RETURNS {told} LANGUAGE {language} {volatility}"
        f" SECURITY DEFINER SET search_path = public, pg_temp AS $$ {body} $$"
    )


def downgrade() -> None:
    _let_forget(TENDING)
    for function in ANYBODY:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM {APPLICATION}")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC")
    _tell("true")
