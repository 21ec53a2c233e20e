"""What the database shows of the areas that somebody sees, and lets them change there."""

from datetime import date

import pytest
from sqlalchemy import Connection, text

from layers import migrations
from layers.access import WORKER, Actor, Verb, actor_of, nobody
from layers.db import Page
from layers.grids import queries as grids
from layers.incidents import queries as incidents
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.conftest import plans_of
from tests.crowd import crowd
from tests.wall import as_application, counted, refused

BOX = (119.905, 29.705, 119.906, 29.706)
DAY = date(2026, 11, 16)
WEST = frozenset({"339901101"})


@pytest.fixture
def reported(connection: Connection, cast, noon) -> None:
    """A case in each township, and one outside every grid."""
    for lon, lat in ((119.905, 29.705), (119.915, 29.705), (120.5, 30.5)):
        cast.report(lon, lat, noon)


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
