"""What residents report by themselves"""

from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TAKEN_UP = """
    NOT withdrawn
    AND state IN ('filed', 'dispatched', 'accepted', 'on_scene', 'handling', 'handled',
                  'to_recheck', 'closed')
    AND matter_code = ANY (ARRAY(SELECT code FROM matters WHERE public))
"""
PUBLIC = "(select acts_as()) = 'public'"
RESIDENT = "(select acts_as() LIKE 'resident:%')"
FOLLOWED = "(select CASE WHEN acts_as() LIKE 'resident:%' THEN followed_cases() END)::uuid[]"
OWN_REPORT = """
    source = 'resident' AND state = 'reported' AND version = 1 AND NOT released
    AND merged_into IS NULL AND case_no IS NOT NULL
    AND matter_code = ANY (ARRAY(SELECT code FROM matters WHERE public AND offered))
"""
BOUNDS = (
    ("incidents", "insert", f"FOR INSERT WITH CHECK (NOT {RESIDENT} OR {OWN_REPORT})"),
    ("incidents", "update", f"FOR UPDATE USING (NOT {RESIDENT})"),
    ("incident_steps", "insert",
     f"FOR INSERT WITH CHECK (NOT {RESIDENT} OR verb = 'report' AND to_state = 'reported')"),
    ("incident_steps", "select",
     f"FOR SELECT USING (NOT {RESIDENT} OR incident_id = ANY ({FOLLOWED}))"),
    ("photos", "own", f"USING (NOT {RESIDENT} OR by = (select acts_as()))"),
)  # fmt: skip
"""Whatever else would let a resident do it: new reports of what everybody may report, and nothing
done to them afterwards but photographs."""
MINE = "token_hash = (select held_link())"
SAID = "'satisfaction', 'satisfied_at', 'remark'"


def upgrade() -> None:
    _know_the_link()
    op.execute(
        f"ALTER POLICY incidents_public ON incidents USING (({PUBLIC} OR {RESIDENT}) AND {TAKEN_UP})"
    )
    op.execute(
        f"CREATE POLICY incidents_followed ON incidents FOR SELECT USING (id = ANY ({FOLLOWED}))"
    )
    for table, name, bound in BOUNDS:
        op.execute(f"CREATE POLICY {table}_resident_{name} ON {table} AS RESTRICTIVE {bound}")
    _let_ask()
    _tell_of_grids()


def _know_the_link() -> None:
    # Who holds the link is named after its digest; no other actor's name begins so.
    op.execute(r"""
        CREATE FUNCTION held_link() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT CASE WHEN acts_as() ~ '^resident:([0-9a-f]{2})+$'
                THEN decode(substr(acts_as(), 10), 'hex') END
        $$
    """)
    # The case that a link leads to, wherever it lies, and what that was merged into.
    op.execute("""
        CREATE FUNCTION followed_cases() RETURNS uuid[]
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT array_agg(DISTINCT followed) FROM enquiries
            JOIN incidents ON incidents.id = incident_id
            CROSS JOIN unnest(ARRAY[incidents.id, merged_into]) AS followed
            WHERE token_hash = held_link()
        $$
    """)


def _let_ask() -> None:
    op.execute(f"CREATE POLICY enquiries_resident ON enquiries FOR SELECT USING ({MINE})")
    op.execute(f"CREATE POLICY enquiries_resident_rate ON enquiries FOR UPDATE USING ({MINE})")
    op.execute(f"""
        CREATE POLICY enquiries_resident_ask ON enquiries FOR INSERT WITH CHECK (
            {MINE} AND channel = 'web' AND outside_no IS NULL AND respond_by IS NULL
            AND answer IS NULL AND called_back_at IS NULL AND satisfaction IS NULL
            AND EXISTS (SELECT FROM incidents WHERE incidents.id = incident_id))
    """)
    # A policy bounds rows and not columns.
    op.execute(f"""
        CREATE FUNCTION residents_only_rate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_jsonb(new) - ARRAY[{SAID}] <> to_jsonb(old) - ARRAY[{SAID}] THEN
                RAISE insufficient_privilege USING MESSAGE = 'permission denied to residents';
            END IF;
            RETURN new;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER residents_only_rate BEFORE UPDATE ON enquiries FOR EACH ROW
        WHEN (acts_as() LIKE 'resident:%') EXECUTE FUNCTION residents_only_rate()
    """)


def _tell_of_grids() -> None:
    # What is posted in a street names its grid. Whoever could read grids would see their cases.
    op.execute("""
        CREATE FUNCTION grid_coded(wanted text, day date) RETURNS int
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT id FROM grids WHERE code = wanted
                AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)
        $$
    """)
    op.execute("""
        CREATE FUNCTION grid_told(version int) RETURNS TABLE (
            code text, name text, township text, lon float8, lat float8, metres float8)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT grids.code, grids.name, townships.name, ST_X(inside), ST_Y(inside),
                sqrt(grids.area_m2 / pi())::float8
            FROM grids JOIN townships ON townships.code = township_code
            CROSS JOIN ST_PointOnSurface(grids.shape) AS inside WHERE grids.id = version
        $$
    """)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APPLICATION}")


FUNCTIONS = ("followed_cases()", "grid_coded(text, date)", "grid_told(int)")


def downgrade() -> None:
    for function in reversed(FUNCTIONS[1:]):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TRIGGER residents_only_rate ON enquiries")
    op.execute("DROP FUNCTION residents_only_rate()")
    for name in ("resident", "resident_rate", "resident_ask"):
        op.execute(f"DROP POLICY enquiries_{name} ON enquiries")
    for table, name, _ in reversed(BOUNDS):
        op.execute(f"DROP POLICY {table}_resident_{name} ON {table}")
    op.execute("DROP POLICY incidents_followed ON incidents")
    op.execute(f"ALTER POLICY incidents_public ON incidents USING ({PUBLIC} AND {TAKEN_UP})")
    op.execute("DROP FUNCTION followed_cases()")
    op.execute("DROP FUNCTION held_link()")
