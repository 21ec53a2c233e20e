"""What the database itself shows and lets through, whatever the application asks."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from layers.access import DOOR, WORKER, Actor, Verb
from layers.db import Table
from layers.migrations.wall import APPLICATION
from tests.wall import as_application, counted

OURS = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
"""
COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind
    FROM pg_attribute a
    WHERE a.attrelid = CAST(:table AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attidentity = '' AND a.attgenerated = ''
"""
SAMPLES = {
    "text": "'x'", "integer": "1", "bigint": "1", "smallint": "1", "double precision": "1",
    "boolean": "true", "date": "date '2026-11-16'", "jsonb": "'{}'",
    "uuid": "'00000000-0000-4000-8000-000000000001'",
    "bytea": "'x'", "timestamp with time zone": "now()", "time without time zone": "time '08:00'",
    "numeric": "1", "character varying": "'x'",
    "geometry(Point": "ST_Point(119.905, 29.705, 4326)",
    "geometry(Polygon": "ST_MakeEnvelope(0, 0, 1, 1, 3857)",
    "geometry(MultiLineString": "ST_GeomFromText('MULTILINESTRING((0 0, 1 1))', 4326)",
    "geometry(MultiPolygon": "ST_Multi(ST_MakeEnvelope(119.90, 29.70, 119.91, 29.71, 4326))",
}  # fmt: skip


def tables(connection: Connection) -> list[str]:
    return list(connection.execute(text(OURS)).scalars())


@pytest.fixture
def everything(connection: Connection) -> Connection:
    """At least one row in every table there is, whatever its keys and checks ask for."""
    checks = connection.execute(text(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )).all()  # fmt: skip
    for table, name in checks:
        if not table.startswith("spatial_ref"):
            connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for table in tables(connection):
        if counted(connection, table) == 0:
            connection.execute(text(_row(connection, table)))
    return connection


def _row(connection: Connection, table: str) -> str:
    columns = connection.execute(text(COLUMNS), {"table": table}).all()
    values = (_sample(column.kind) for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(c.name for c in columns)}) VALUES ({', '.join(values)})"
    )


def _sample(kind: str) -> str:
    """`kind` as PostgreSQL writes it: numeric(16,2), geometry(Point,4326), text[]."""
    if kind.endswith("[]"):
        return "'{}'"
    return next(sample for name, sample in SAMPLES.items() if kind.startswith(name))


def test_no_table_shows_a_row_before_somebody_acts(everything: Connection):
    with as_application(everything, None) as connection:
        shown = {table: counted(connection, table) for table in tables(everything)}

    assert set(Table.metadata.tables) <= set(shown)
    assert {table for table, rows in shown.items() if rows} == set()


def test_a_session_whose_last_transaction_had_an_actor_begins_anew(everything: Connection):
    with as_application(everything, WORKER):
        pass
    everything.execute(text("SET gridpatrol.actor = ''"))

    with as_application(everything, None) as connection:
        assert counted(connection, "people") == counted(connection, "matters") == 0


def test_every_table_is_read_by_somebody(everything: Connection):
    seen: set[str] = set()
    for actor in (Actor("x", frozenset(Verb)), WORKER, DOOR):
        with as_application(everything, actor) as connection:
            seen |= {table for table in tables(everything) if counted(connection, table)}

    assert seen == set(tables(everything))


def test_the_application_owns_nothing_and_passes_by_no_policy(connection: Connection):
    role = connection.execute(text(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles"
        f" WHERE rolname = '{APPLICATION}'"
    )).one()  # fmt: skip
    owned = connection.execute(text(
        f"SELECT count(*) FROM pg_class WHERE relowner = '{APPLICATION}'::regrole"
    )).scalar_one()  # fmt: skip

    assert (*role, owned) == (False, False, False, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'somebody'", "DELETE FROM journal", "TRUNCATE journal",
        "UPDATE journal_seals SET number = 7", "DELETE FROM journal_seals",
        "UPDATE journal_texts SET text = 'another'", "ALTER TABLE journal DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)", "DROP POLICY journal_select ON journal",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)  # fmt: skip
def test_the_application_cannot(statement: str, connection: Connection):
    operator = Actor("operator", frozenset(Verb))
    with as_application(connection, operator) as ours:
        attempt = ours.begin_nested()
        with pytest.raises(ProgrammingError, match=r"denied|must be owner"):
            ours.execute(text(statement))
        attempt.rollback()


def test_the_application_deletes_from_no_table_but_these(connection: Connection):
    """Whatever else is to be deleted one day says so in a migration, and here."""
    asked = "SELECT has_table_privilege(:role, CAST(:table AS regclass), 'DELETE')"
    given = {
        table for table in tables(connection)
        if connection.execute(text(asked), {"role": APPLICATION, "table": table}).scalar_one()
    }  # fmt: skip

    assert given == {
        "duty_events", "fixes", "incident_counts", "job_attempts", "jobs", "journal_texts",
        "journal_unsealed", "personal_keys", "photos", "sessions", "sign_ins", "tokens",
    }  # fmt: skip
