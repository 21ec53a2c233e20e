"""How PostgreSQL finds what a tile shows, behind the row policies."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from sqlalchemy import Connection, text

from geo.tiles import Tile
from layers.access import Actor
from layers.grids import queries as grids
from layers.hotspots import queries as hotspots
from layers.incidents import queries as incidents
from layers.incidents.queries import Wanted
from layers.places import queries as places
from layers.plans import queries as plans
from layers.rivers import queries as rivers
from layers.roads import queries as roads
from tests.conftest import plans_of
from tests.layers.test_wall import as_application

DAY = date(2026, 11, 16)
NEAR, FAR = Tile(16, 54598, 27145), Tile(10, 853, 424)
Make = Callable[[Connection, Actor, Tile], bytes]


def of_cases(noon) -> Make:
    return partial(incidents.tile, wanted=Wanted(), at=noon)


MADE: dict[str, Make] = {
    "townships": grids.township_tile,
    "grids": partial(grids.grid_tile, on=DAY),
    "rivers": lambda connection, _, tile: rivers.tile(connection, tile),
    "roads": lambda connection, _, tile: roads.tile(connection, tile),
    "places": lambda connection, _, tile: places.tile(connection, tile),
    "hexagons": hotspots.tile,
    "labels": partial(rivers.label_tile, on=DAY),
    "frequency": plans.tile,
}
INDEXES = {
    "townships": ["townships_shape_ix"], "grids": ["grids_shape_ix"],
    "rivers": ["rivers_shape_ix"], "roads": ["roads_shape_ix"], "places": ["places_place_ix"],
    "hexagons": ["hexagons_mercator_ix"], "frequency": ["grids_shape_ix"],
    "labels": ["townships_shape_ix", "grids_shape_ix", "rivers_shape_ix"],
}  # fmt: skip
OTHERWISE = """
    SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relam <> (SELECT oid FROM pg_am WHERE amname = 'gist') AND NOT indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        AND indrelid IN ('grids'::regclass, 'incidents'::regclass)
"""


MANY_HEXAGONS = """
    WITH run AS (
        INSERT INTO hotspot_runs
            (as_of, weeks, resolution, parameters, version, found, made_at, made_by)
        VALUES ('2026-11-16', 12, 9, '{}', '', '{}', now(), '') RETURNING id),
    drawn AS (
        INSERT INTO hexagons
        SELECT n, ST_Transform(ST_Buffer(ST_Point(n % 180, 0, 4326), 0.1), 3857)
        FROM generate_series(1, 2000) AS n RETURNING cell)
    INSERT INTO hotspot_cells (run_id, cell, township_code, share, count, value, z, p, class,
        township_z, township_class, neighbours, insufficient)
    SELECT id, cell, '339901101', 1, 1, 1, 1, 1, 1, 1, 1, 6, false FROM run, drawn
"""


@pytest.fixture
def small(connection: Connection, cast, noon) -> Connection:
    """In so small a town any other index would do as well: there is none."""
    cast.report(119.905, 29.705, noon)
    connection.execute(text("ALTER TABLE grids DROP CONSTRAINT grids_one_version_at_a_time"))
    for (name,) in connection.execute(text(OTHERWISE)).all():
        connection.execute(text(f"DROP INDEX {name}"))
    connection.execute(text(MANY_HEXAGONS))
    connection.execute(text("ANALYZE"))
    return connection


@pytest.mark.parametrize("sight", [None, frozenset({"339901101"})])
@pytest.mark.parametrize("layer", MADE)
def test_a_tile_is_found_by_the_spatial_index(layer, sight, small):
    actor = Actor("x", frozenset(), sight)
    with as_application(small, actor) as ours:
        (plan,) = plans_of(ours, lambda: MADE[layer](ours, actor, NEAR), "ST_AsMVT(")

    few = sight is not None and "townships_pk" in plan
    assert few or [index for index in INDEXES[layer] if index not in plan] == []


@pytest.mark.parametrize("sight", [None, frozenset({"339901101"})])
@pytest.mark.parametrize(
    ("tile", "index"), [(NEAR, "incidents_place_ix"), (FAR, "incident_counts_level_x_y_ix")]
)
def test_cases_of_a_tile_are_found_by_where_they_are(tile, index, sight, small, noon):
    actor = Actor("x", frozenset(), sight)
    with as_application(small, actor) as ours:
        (plan,) = plans_of(ours, lambda: of_cases(noon)(ours, actor, tile), "ST_AsMVT(")

    assert index in plan and "Seq Scan on incident" not in plan
