"""Squads across the border of who sends them, where the table of jurisdiction allows it"""

from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ACROSS = "squads_across(text[], text[], date, timestamptz)"
HOLD = "hold_squads(text[])"
MANNED = "units_manned()"
NAMES = "squad_names(text[])"
COMPETENT = "competent_units(text[], text[], date)"
ROW = """
    code text, name text, township_code text, unit_code text, crews smallint, vehicles int,
    on_duty boolean, home geometry, "position" geometry, position_at timestamptz,
    out_of_service text, out_of_service_at timestamptz, shift uuid, starts_at timestamptz,
    ends_at timestamptz, vehicle text, coming boolean
"""
SENDS = "acts_as() IS NOT NULL AND holds('dispatch')"
STAFF = "(sees_bureau() OR cardinality(sees_townships()) > 0)"


def upgrade() -> None:
    _tell_who_is_competent()
    _tell_who_may_come_across()
    # Says of no squad anything but that it is held, in one order for all who hold several.
    _let_ours_call(HOLD, f"""
        CREATE FUNCTION hold_squads(codes text[]) RETURNS SETOF text
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT code FROM squads WHERE code = ANY (codes) AND {SENDS}
            ORDER BY code FOR NO KEY UPDATE
        $$
    """)  # fmt: skip
    # A case for which nobody is competent is so for everybody who sees it.
    _let_ours_call(
        MANNED,
        """
        CREATE FUNCTION units_manned() RETURNS SETOF text
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT DISTINCT unit_code FROM squads
            WHERE unit_code IS NOT NULL AND acts_as() IS NOT NULL
        $$
    """,
    )
    # Whoever sees a case at the desk may know what the squad is called that has it.
    _let_ours_call(NAMES, f"""
        CREATE FUNCTION squad_names(codes text[]) RETURNS TABLE (code text, name text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT s.code, s.name FROM squads s WHERE s.code = ANY (codes)
                AND acts_as() IS NOT NULL AND ({STAFF} OR s.code = ANY (sees_squads()))
        $$
    """)  # fmt: skip


def _let_ours_call(function: str, made: str) -> None:
    op.execute(made)
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APPLICATION}")


def _tell_who_is_competent() -> None:
    # The most specific rows that fit, and the units that stand under those that they name.
    in_force = "{0}.valid_from <= day AND (day < {0}.valid_to OR {0}.valid_to IS NULL)"
    op.execute(f"""
        CREATE FUNCTION competent_units(of_matters text[], in_townships text[], day date)
        RETURNS TABLE (matter text, township text, unit text, part text)
        LANGUAGE sql STABLE AS $$
            WITH RECURSIVE asked AS (
                SELECT said.matter, said.township, m.kind, m.class_code
                FROM unnest(of_matters, in_townships) AS said(matter, township)
                LEFT JOIN matters m ON m.code = said.matter
            ), fitting AS (
                SELECT asked.matter, asked.township, j.unit_code AS unit, j.part,
                    rank() OVER (PARTITION BY asked.matter, asked.township ORDER BY
                        j.matter_code IS NULL, j.class_code IS NULL, j.township_code IS NULL
                    ) AS place
                FROM asked JOIN jurisdictions j
                    ON (j.matter_code = asked.matter OR j.matter_code IS NULL
                        AND (j.class_code IS NULL OR j.class_code = asked.class_code
                            AND j.matter_kind IS NOT DISTINCT FROM asked.kind))
                    AND (j.township_code = asked.township OR j.township_code IS NULL)
                WHERE {in_force.format("j")}
            ), below AS (
                SELECT f.matter, f.township, f.unit, f.part FROM fitting f
                JOIN units u ON u.code = f.unit AND {in_force.format("u")} WHERE f.place = 1
                UNION
                SELECT b.matter, b.township, u.code, b.part FROM below b
                JOIN units u ON u.parent_code = b.unit
                WHERE {in_force.format("u")}
            ) SELECT b.matter, b.township, b.unit, b.part FROM below b
        $$
    """)


def _tell_who_may_come_across() -> None:
    # Those in sight are read as they are. Of others whoever may send them learns what ranking
    # needs, and only if they are competent for a matter in a township where the actor sends.
    _let_ours_call(ACROSS, f"""
        CREATE FUNCTION squads_across(
            of_matters text[], in_townships text[], day date, moment timestamptz
        ) RETURNS TABLE ({ROW})
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN RETURN QUERY
            SELECT s.code, s.name, s.township_code, s.unit_code, s.crews, s.vehicles, s.on_duty,
                s.home, s.position, s.position_at, s.out_of_service, s.out_of_service_at,
                last.id, last.starts_at, last.ends_at, last.vehicle, EXISTS (
                    SELECT FROM shifts c WHERE c.squad_code = s.code AND c.starts_at > moment
                        AND c.starts_at < moment + interval '1 day')
            FROM squads s LEFT JOIN LATERAL (
                SELECT f.* FROM shifts f WHERE f.squad_code = s.code AND f.starts_at <= moment
                ORDER BY f.starts_at DESC LIMIT 1
            ) AS last ON true
            WHERE {SENDS} AND NOT sees_bureau()
                AND (s.township_code = ANY (sees_townships())) IS NOT TRUE
                AND s.code <> ALL (sees_squads())
                AND s.unit_code IN (
                    SELECT u.unit FROM competent_units(of_matters, in_townships, day) u
                    WHERE u.township = ANY (reaches_townships('dispatch')));
        END $$
    """)  # fmt: skip


def downgrade() -> None:
    for function in (NAMES, MANNED, HOLD, ACROSS, COMPETENT):
        op.execute(f"DROP FUNCTION {function}")
