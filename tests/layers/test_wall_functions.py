"""What functions in the owner's name tell, and to whom."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, text

from layers.access import WORKER, Actor, Verb
from layers.migrations.wall import APPLICATION
from layers.people import actions as people
from layers.roles import Area, AreaKind, Role
from tests.wall import as_application

DAY = date(2026, 11, 16)
WEST = frozenset({"339901101"})
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
    "cases_rated": "CAST(:at AS timestamptz), 'infinity'",
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
    INSERT INTO enquiries (id, incident_id, channel, received_at, content, token_hash, satisfaction,
        satisfied_at)
    VALUES (gen_random_uuid(), :case, 'web', :at, '', decode('aa', 'hex'), 5, :at)
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
