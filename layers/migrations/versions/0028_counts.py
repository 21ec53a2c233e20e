"""How many cases lie where, kept beside them, so that a map from afar costs the same however many"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import WORKER, guard, township

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "incident_counts_follow()", "incident_counts_follow_grids()",
    "tile_x(geometry, int)", "tile_y(geometry, int)", "cell_over(bigint, int)",
)  # fmt: skip
KEY = "level, x, y, cell, township, state"
LEVELS = "(VALUES (9, 13), (7, 11), (5, 8)) AS levels (level, zoom)"
"""Resolutions of H3, and the deepest zoom whose tiles each serves."""


def upgrade() -> None:
    _make_counts()
    _say_where()
    _follow_cases()
    _follow_grids()
    op.execute(_tallied(_cases(1, "incidents"), OF_GRID))


def _make_counts() -> None:
    op.create_table(
        "incident_counts",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("lon", sa.BigInteger(), nullable=False),
        sa.Column("lat", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index("incident_counts_level_x_y_ix", "incident_counts", ["level", "x", "y"])
    op.create_index(
        "incident_counts_new_ix", "incident_counts", ["level"],
        postgresql_where=sa.text("NOT folded"),
    )  # fmt: skip
    guard("incident_counts", township("township"), WORKER, rights="SELECT, INSERT, DELETE")


def _say_where() -> None:
    # Plain expressions, which PostgreSQL writes out in the statement that calls them.
    across = "(ST_X(place) + 180) / 360"
    down = "(1 - asinh(tan(radians(ST_Y(place)))) / pi()) / 2"
    for name, share in (("tile_x", across), ("tile_y", down)):
        body = f"least(greatest(floor({share} * (1 << zoom)), 0), (1 << zoom) - 1)::int"
        _plain(f"{name}(place geometry, zoom int)", "int", body)
    # By H3's bits: the resolution's and, all set, those of the levels below it.
    _plain("cell_over(cell bigint, level int)", "bigint",
           "(cell & ~(15::bigint << 52)) | (level::bigint << 52)"
           " | ((1::bigint << 3 * (15 - level)) - 1)")  # fmt: skip


def _plain(asked: str, told: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {asked} RETURNS {told} LANGUAGE sql IMMUTABLE PARALLEL SAFE"
        f" AS $$ SELECT {body} $$"
    )


def _tallied(rows: str, township: str) -> str:
    """Adds what `rows` change, with their `sign`, at each level: rows that cancel out add nothing.
    Places are summed in whole numbers, which come to nothing again when all are taken away.
    `township` says it of a row's `home`, which is asked for each that differs: a session plans this
    statement once, be it for one report or for a file."""
    return f"""
        WITH near AS MATERIALIZED (
            SELECT tile_x(place, 13) AS x, tile_y(place, 13) AS y, cell, home, state,
                sum(sign)::int AS n, sum(sign * round(ST_X(place) * 1e7))::bigint AS lon,
                sum(sign * round(ST_Y(place) * 1e7))::bigint AS lat
            FROM ({rows}) AS changed GROUP BY 1, 2, 3, 4, 5)
        INSERT INTO incident_counts ({KEY}, n, lon, lat)
        SELECT level, x >> 13 - zoom, y >> 13 - zoom, cell_over(cell, level),
            coalesce({township}, ''), state, sum(n), sum(lon), sum(lat)
        FROM near CROSS JOIN {LEVELS} WHERE (n, lon, lat) <> (0, 0, 0)
        GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    """


OF_GRID = "(SELECT township_code FROM grids WHERE id = home)"


def _cases(sign: int, rows: str) -> str:
    return f"""
        SELECT {sign} AS sign, grid_id AS home, cell, state, place FROM {rows} WHERE NOT withdrawn
    """


def _follow_cases() -> None:
    # For each statement, so that a file costs one. Only ever added to: reports that come at the
    # same time do not wait for each other. The owner's, because who reports sees no grid.
    came, went = _cases(1, "came"), _cases(-1, "went")
    _trigger_function(
        "incident_counts_follow",
        f"""
        IF TG_OP = 'INSERT' THEN {_tallied(came, OF_GRID)};
        ELSIF TG_OP = 'UPDATE' THEN {_tallied(f"{came} UNION ALL {went}", OF_GRID)};
        ELSIF TG_OP = 'DELETE' THEN {_tallied(went, OF_GRID)};
        ELSE DELETE FROM incident_counts;
        END IF;
    """,
    )
    for verb, told in (
        ("INSERT", "REFERENCING NEW TABLE AS came"),
        ("UPDATE", "REFERENCING OLD TABLE AS went NEW TABLE AS came"),
        ("DELETE", "REFERENCING OLD TABLE AS went"),
        ("TRUNCATE", ""),
    ):
        op.execute(f"""
            CREATE TRIGGER incident_counts_{verb.lower()} AFTER {verb} ON incidents {told}
            FOR EACH STATEMENT EXECUTE FUNCTION incident_counts_follow()
        """)


def _follow_grids() -> None:
    # Reports on their way are waited for: none may be counted in the township that was.
    moved = "went JOIN came USING (id) WHERE went.township_code <> came.township_code"
    was, now = (
        f"""SELECT {sign} AS sign, moved.home, cell, state, place
        FROM incidents JOIN (SELECT id, {rows}.township_code AS home FROM {moved}) AS moved
            ON moved.id = grid_id WHERE NOT withdrawn"""
        for sign, rows in ((-1, "went"), (1, "came"))
    )
    _trigger_function(
        "incident_counts_follow_grids",
        f"""
        IF EXISTS (SELECT FROM {moved}) THEN
            LOCK TABLE incidents IN SHARE ROW EXCLUSIVE MODE;
            {_tallied(f"{was} UNION ALL {now}", "home")};
        END IF;
    """,
    )
    op.execute("""
        CREATE TRIGGER incident_counts_update AFTER UPDATE ON grids
        REFERENCING OLD TABLE AS went NEW TABLE AS came
        FOR EACH STATEMENT EXECUTE FUNCTION incident_counts_follow_grids()
    """)


def _trigger_function(name: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = public, pg_temp"
        f" AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER incident_counts_update ON grids")
    for verb in ("insert", "update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER incident_counts_{verb} ON incidents")
    op.drop_table("incident_counts")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
