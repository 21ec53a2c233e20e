"""What the database itself shows and lets through, whatever the application asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from api.jobs import FOLLOWING
from layers import migrations
from layers.access import DOOR, WORKER, Actor, Pass, Verb, acting, actor_of, nobody
from layers.db import Page, Table
from layers.grids import queries as grids
from layers.incidents import queries as incidents
from layers.migrations.wall import APPLICATION
from layers.people import actions as people
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.conftest import plans_of
from tests.crowd import crowd

BOX = (119.905, 29.705, 119.906, 29.706)
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


@contextmanager
def as_application(connection: Connection, actor: Actor | None) -> Iterator[Connection]:
    """The application on this transaction, for somebody; afterwards the owner again."""
    connection.execute(text(f"SET LOCAL ROLE {APPLICATION}"))
    acting(connection, actor or nobody(""))
    try:
        yield connection
    finally:
        connection.execute(text("RESET ROLE"))


@contextmanager
def refused(connection: Connection) -> Iterator[None]:
    """The database says no, and the transaction goes on."""
    attempt = connection.begin_nested()
    with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
        yield
    attempt.rollback()


def tables(connection: Connection) -> list[str]:
    return list(connection.execute(text(OURS)).scalars())


def counted(connection: Connection, table: str) -> int:
    return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


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


def test_nobody_writes_the_journal_in_anothers_name(connection: Connection):
    entry = """INSERT INTO journal (at, actor, verb, kind, subject, details)
        VALUES (now(), :by, 'a', 'b', 'c', '{}')"""
    with as_application(connection, nobody("me")) as ours:
        ours.execute(text(entry), {"by": "me"})
        with refused(ours):
            ours.execute(text(entry), {"by": "you"})


def test_a_row_by_a_token_names_it(connection: Connection):
    entry = """INSERT INTO journal (at, actor, verb, kind, subject, details)
        VALUES (now(), 'me', 'a', 'b', 'c', CAST(:details AS jsonb))"""
    named, unnamed = f'{{"by_token": "{PASS.token}"}}', "{}"
    with as_application(connection, replace(nobody("me"), token=PASS)) as ours:
        ours.execute(text(entry), {"details": named})
        with refused(ours):
            ours.execute(text(entry), {"details": unnamed})
    with as_application(connection, nobody("me")) as ours, refused(ours):
        ours.execute(text(entry), {"details": named})


PASS = Pass(UUID(int=7), "somebody")
EVERY_VERB = Actor("me", frozenset(Verb))
JOB = """INSERT INTO jobs (id, name, arguments, actor, token, state, run_after, made_at)
    VALUES (gen_random_uuid(), :name, '{}', :by, :token, 'waiting', now(), now())"""


@pytest.mark.parametrize(
    ("actor", "job"),
    [
        (EVERY_VERB, {"by": "you"}), (EVERY_VERB, {"by": "worker"}),
        (EVERY_VERB, {"by": "operator"}),
        (EVERY_VERB, {"token": PASS.token}), (replace(EVERY_VERB, token=PASS), {}),
    ],
)  # fmt: skip
def test_a_job_is_put_in_ones_own_name_alone(actor: Actor, job, connection: Connection):
    with as_application(connection, actor) as ours, refused(ours):
        ours.execute(text(JOB), {"name": "plan", "by": "me", "token": None} | job)


CAUSES = {
    "grids.changed": {Verb.IMPORT}, "calendar.changed": {Verb.IMPORT, Verb.MANAGE},
    "message": {Verb.DISPATCH, Verb.FILE, Verb.LEAD},
}  # fmt: skip
"""What follows from what people do, and what that takes; the rest follows from no request."""


@pytest.mark.parametrize("name", sorted(FOLLOWING))
def test_what_is_done_as_the_worker_is_put_by_what_causes_it_alone(name, connection: Connection):
    others = frozenset(Verb) - CAUSES.get(name, set())
    job = {"name": name, "by": "me", "token": None}

    with as_application(connection, replace(EVERY_VERB, verbs=others)) as ours, refused(ours):
        ours.execute(text(JOB), job)
    with as_application(connection, WORKER) as ours:
        ours.execute(text(JOB), job | {"by": "worker"})
    if name in CAUSES:
        with as_application(connection, EVERY_VERB) as ours:
            ours.execute(text(JOB), job)

    assert counted(connection, "jobs") == (2 if name in CAUSES else 1)


def test_what_a_job_is_and_in_whose_name_is_said_once(connection: Connection):
    with as_application(connection, EVERY_VERB) as ours:
        ours.execute(text(JOB), {"name": "plan", "by": "me", "token": None})
        ours.execute(text("UPDATE jobs SET state = 'failed'"))
        for change in (
            "name = 'retention'",
            "actor = 'worker'",
            "token = NULL",
            "arguments = '{}'",
        ):
            with refused(ours):
                ours.execute(text(f"UPDATE jobs SET {change}"))


def test_of_a_token_only_its_end_is_changed_and_by_its_person(connection: Connection, noon):
    person = people.add_person(connection, "zhang", "", actor=WORKER, at=noon)
    people.issue_token(connection, person, "gateway", b"t", [], life=None, actor=WORKER,
                       at=noon, today=DAY)  # fmt: skip
    ended = text("UPDATE tokens SET ended_at = now()")

    with as_application(connection, nobody("somebody")) as ours:
        others = ours.execute(ended).rowcount
    with as_application(connection, nobody(str(person))) as ours:
        with refused(ours):
            ours.execute(text("UPDATE tokens SET scopes = '{manage}'"))
        own = ours.execute(ended).rowcount

    assert (others, own) == (0, 1)


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


@pytest.fixture
def reported(connection: Connection, cast, noon) -> None:
    """A case in each township, and one outside every grid."""
    for lon, lat in ((119.905, 29.705), (119.915, 29.705), (120.5, 30.5)):
        cast.report(lon, lat, noon)


DAY = date(2026, 11, 16)
WEST = frozenset({"339901101"})


@pytest.mark.parametrize(
    ("actor", "seen"),
    [
        (nobody("x"), (0, 0, 0, 0)),
        (Actor("x", frozenset(), WEST), (1, 2, 1, 1)),
        (Actor("x", frozenset(), frozenset(), grids=frozenset({"339901102001001"})), (0, 1, 0, 1)),
        (Actor("x", frozenset(), frozenset(), squads=frozenset({"S2"})), (0, 0, 1, 0)),
        (Actor("x", frozenset()), (2, 4, 2, 3)),
    ],
)  # fmt: skip
def test_areas_bound_what_is_read(actor: Actor, seen: tuple[int, ...], connection, reported):
    with as_application(connection, actor) as ours:
        found = tuple(counted(ours, name) for name in ("townships", "grids", "squads", "incidents"))

    assert found == seen


def test_a_case_cannot_be_moved_out_of_sight(connection: Connection, cast, reported):
    foreign = cast.grids["339901102001001"]
    with as_application(connection, Actor("x", frozenset(Verb), WEST)) as ours, refused(ours):
        ours.execute(text("UPDATE incidents SET grid_id = :id"), {"id": foreign})


def test_land_is_changed_by_an_import_alone(connection: Connection, cast):
    wider = "UPDATE townships SET name = 'x' WHERE code = '339901101'"
    with as_application(connection, Actor("x", frozenset({Verb.PLAN}), WEST)) as ours:
        changed = ours.execute(text(wider)).rowcount
    with as_application(connection, Actor("x", frozenset({Verb.IMPORT}))) as ours:
        imported = ours.execute(text(wider)).rowcount

    assert (changed, imported) == (0, 1)


def test_tracks_are_shown_where_the_power_reaches_and_not_wherever_its_holder_sees(
    connection: Connection, cast, noon
):
    for statement in (
        "INSERT INTO shifts (squad_code, starts_at, ends_at)"
        " SELECT code, :at, :at + interval '8 hours' FROM squads",
        "INSERT INTO devices (code, name, squad_code) SELECT code, code, code FROM squads",
        "INSERT INTO fixes (shift_id, device_code, fix_time, received_at, place, verdict)"
        " SELECT id, squad_code, :at, :at, ST_Point(119.9, 29.7, 4326), 'good' FROM shifts",
    ):
        connection.execute(text(statement), {"at": noon})

    def seen(*grants: tuple[Role, Area]) -> list[str]:
        held = [Grant(role, area, DAY) for role, area in grants]
        with as_application(connection, actor_of("x", held, DAY)) as ours:
            shown = text("SELECT device_code FROM fixes ORDER BY 1")
            return list(ours.execute(shown).scalars())

    west, squad = Area(AreaKind.TOWNSHIP, "339901101"), Area(AreaKind.SQUAD, "S2")
    assert seen((Role.LEADER, BUREAU)) == ["S1", "S2"]
    assert seen((Role.LEADER, west)) == seen((Role.DISPATCHER, west)) == ["S1"]
    assert seen((Role.LEADER, west), (Role.ACCEPTOR, BUREAU)) == ["S1"]
    assert seen((Role.LEADER, west), (Role.SQUAD_MEMBER, squad)) == ["S1"]
    assert seen((Role.ACCEPTOR, BUREAU), (Role.SQUAD_MEMBER, squad)) == []


OF_CASES = (
    """INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
        happened_at, received_at, late, reason, details)
    SELECT id, 1, gen_random_uuid(), 'x', 'a', 'b', 'x', now(), now(), false, 'x', '{}'
    FROM incidents""",
    """INSERT INTO photos (id, incident_id, kind, sha256, blob, small, width, height, bytes,
        received_at, by)
    SELECT gen_random_uuid(), id, 'before', 'x', 'x', 'x', 1, 1, 1, now(), 'x' FROM incidents""",
)


@pytest.mark.parametrize(
    ("actor", "cases"),
    [
        (WORKER, 3), (Actor("operator", frozenset(Verb)), 3),
        (Actor("x", frozenset({Verb.CONTACT}), WEST), 1),
        (Actor("x", frozenset({Verb.MANAGE, Verb.LEAD, Verb.FILE})), 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "change", ["UPDATE incident_steps SET reason = NULL", "DELETE FROM photos"]
)
def test_only_time_and_who_redacts_take_anything_of_a_case_away(
    change, actor, cases, connection, reported
):
    for statement in OF_CASES:
        connection.execute(text(statement))

    with as_application(connection, actor) as ours:
        assert ours.execute(text(change)).rowcount == cases


def test_who_redacts_puts_no_other_words_in_place_of_a_steps(connection, reported):
    connection.execute(text(OF_CASES[0]))

    with as_application(connection, Actor("x", frozenset({Verb.CONTACT}), WEST)) as ours:
        for words in ("reason = 'y'", 'reason = NULL, details = \'{"text": "y"}\''):
            with refused(ours):
                ours.execute(text(f"UPDATE incident_steps SET {words}"))


# --- Functions in the owner's name ----------------------------------------------------------------

DEFINERS = """
    SELECT proname AS name, prorettype = 'trigger'::regtype AS follows,
        'search_path=public, pg_temp' = ANY (proconfig) AS bound,
        has_function_privilege(:role, oid, 'EXECUTE') AS ours,
        EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner)))
                WHERE grantee = 0) AS anybodys
    FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
"""
CALLS = {
    "followed_cases": "",
    "grid_at": "ST_Point(119.905, 29.705, 4326), :day",
    "grid_coded": ":code, :day",
    "grid_told": ":grid",
    "checked_by": "ST_Point(119.905, 29.705, 4326), :code, :day",
    "spreads": "ST_Point(119.9099, 29.705, 4326), 50, :grid, :day",
    "merge_along": ":merged, :case",
    "squads_at_work": ":at",
    "squads_across": "ARRAY['S02'], ARRAY['339901101'], :day, :at",
    "hold_squads": "ARRAY['S1']",
    "units_manned": "",
    "squads_heard": "",
    "squad_names": "ARRAY['S1']",
    "township_at": "ST_Point(119.905, 29.705, 4326), :day",
    "layer_version": "'{people}'",
    "public_steps": "ARRAY[:part]",
    "beyond_own_grids": ":case, :day",
    "cases_touched": "CAST(:at AS timestamptz) + interval '1 hour', 'infinity'",
    "hold_incidents": "",
    "unkey_incidents": "",
}
"""What each is asked to tell something of the small town."""


@pytest.fixture
def busy(connection: Connection, cast, noon) -> dict[str, object]:
    """A grid with a worker, and a case in it that somebody follows, beside one with another merged
    into it."""
    case, merged, part = (cast.report(119.905, 29.705, noon) for _ in range(3))
    code = "339901101001001"
    person = people.add_person(connection, "zhang", "", actor=WORKER, at=noon)
    area = Area(AreaKind.GRID, code)
    people.grant(connection, person, Role.GRID_WORKER, area, actor=WORKER, at=noon, today=DAY)
    given = {"case": case, "merged": merged, "part": part, "at": noon}
    connection.execute(text("UPDATE incidents SET merged_into = :merged WHERE id = :part"), given)
    connection.execute(text(SENT), given)
    connection.execute(text("UPDATE matters SET public = true"))
    connection.execute(text(STEPPED), given)
    for statement in TOLD_OF:
        connection.execute(text(statement))
    connection.execute(text(FOLLOW), given)
    return given | {"code": code, "grid": cast.grids[code], "day": DAY}


SENT = "UPDATE incidents SET squad_code = 'S1', state = 'dispatched' WHERE id = :part"
TOLD_OF = (
    "INSERT INTO units (code, name, kind, valid_from) VALUES ('U', 'x', 'other', '2020-01-01')",
    "INSERT INTO jurisdictions (unit_code, part, valid_from) VALUES ('U', 'joint', '2020-01-01')",
    "UPDATE squads SET unit_code = 'U' WHERE code = 'S2'",
    "UPDATE incidents SET reported_by = people.id::text FROM people",
    "INSERT INTO devices (code, name, squad_code) VALUES ('D', 'x', 'S1')",
    "INSERT INTO devices_heard (device_code, heard_at) VALUES ('D', now())",
)
STEPPED = """
    INSERT INTO incident_steps (event_id, incident_id, version, verb, from_state, to_state, by,
        happened_at, received_at, late, details)
    VALUES (gen_random_uuid(), :part, 1, 'dispatch', 'filed', 'dispatched', 'x',
        CAST(:at AS timestamptz) + interval '1 hour', :at, false, '{}')
"""
FOLLOW = """
    INSERT INTO enquiries (id, incident_id, channel, received_at, content, token_hash)
    VALUES (gen_random_uuid(), :case, 'web', :at, '', decode('aa', 'hex'))
"""


def test_functions_in_the_owners_name_are_the_applications_alone(connection: Connection):
    found = connection.execute(text(DEFINERS), {"role": APPLICATION}).all()

    asked = [one for one in found if not one.follows]
    assert {one.name for one in asked} == set(CALLS), "say in CALLS how each new one is asked"
    assert [one.name for one in asked if one.anybodys or not one.ours] == []
    assert [one.name for one in found if not one.bound] == []


@pytest.mark.parametrize("name", CALLS)
def test_functions_in_the_owners_name_tell_nothing_before_somebody_acts(name, connection, busy):
    somebody = Actor("resident:aa", frozenset({Verb.FILE, Verb.DISPATCH}), WEST)
    asked = text(f"SELECT count(told) FROM {name}({CALLS[name]}) AS told")

    def effect(actor: Actor) -> int:
        """What is told, and what is done."""
        with as_application(connection, actor) as ours:
            told = ours.execute(asked, busy).scalar_one()
        moved = text("SELECT count(*) FROM incidents WHERE merged_into = :case")
        return told + connection.execute(moved, busy).scalar_one()

    assert effect(replace(somebody, name="")) == 0
    assert effect(somebody) == 1


def test_who_sees_no_township_is_not_told_which_cases_a_period_touched(connection, busy):
    with as_application(connection, Actor("x", frozenset(Verb), frozenset())) as ours:
        asked = text(f"SELECT count(*) FROM cases_touched({CALLS['cases_touched']})")

        assert ours.execute(asked, busy).scalar_one() == 0


def test_whoever_sees_the_bureau_sees_steps_without_a_look_at_their_cases(connection, busy):
    with as_application(connection, Actor("x", frozenset(Verb))) as ours:
        asked = text("EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*) FROM incident_steps")
        looks = [line for line in ours.execute(asked).scalars() if " on incidents" in line]

    assert looks
    assert [line for line in looks if "never executed" not in line] == []


# --- The spatial index, behind the policies -------------------------------------------------------


@pytest.mark.parametrize("sight", [None, WEST])
def test_a_box_is_searched_by_the_spatial_index(sight, connection, cast):
    crowd(connection)
    actor = Actor("x", frozenset(), sight)
    wanted = incidents.Wanted(bbox=BOX)

    with as_application(connection, actor) as ours:
        (plan,) = plans_of(ours, lambda: incidents.listed(ours, actor, wanted, after="", limit=5))

    assert "incidents_place_ix" in plan and "Seq Scan on incidents" not in plan


@pytest.mark.parametrize("sight", [None, WEST])
def test_grids_in_a_box_are_searched_by_the_spatial_index(sight, connection, cast):
    crowd(connection)
    actor = Actor("x", frozenset(), sight)

    with as_application(connection, actor) as ours:
        (plan,) = plans_of(
            ours, lambda: grids.grid_page(ours, actor, Page(), grids.Wanted(DAY, bbox=BOX))
        )

    assert "grids_shape_ix" in plan


def test_the_migration_has_told_that_boxes_leak_nothing(connection: Connection):
    assert migrations.usable(connection)
