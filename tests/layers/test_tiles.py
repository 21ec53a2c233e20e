"""How PostgreSQL finds what a tile shows, behind the row policies."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from sqlalchemy import Connection

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
from tests.crowd import crowd
from tests.wall import as_application

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


@pytest.fixture
def crowded(connection: Connection, cast, noon) -> Connection:
    """The town, with much around it."""
    cast.report(119.905, 29.705, noon)
    crowd(connection)
    return connection


@pytest.mark.parametrize("sight", [None, frozenset({"339901101"})])
@pytest.mark.parametrize("layer", MADE)
def test_a_tile_is_found_by_the_spatial_index(layer, sight, crowded):
    actor = Actor("x", frozenset(), sight)
    with as_application(crowded, actor) as ours:
        (plan,) = plans_of(ours, lambda: MADE[layer](ours, actor, NEAR), "ST_AsMVT(")

    few = sight is not None and "townships_pk" in plan
    assert few or [index for index in INDEXES[layer] if index not in plan] == []


@pytest.mark.parametrize("sight", [None, frozenset({"339901101"})])
@pytest.mark.parametrize(
    ("tile", "index"), [(NEAR, "incidents_place_ix"), (FAR, "incident_counts_level_x_y_ix")]
)
def test_cases_of_a_tile_are_found_by_where_they_are(tile, index, sight, crowded, noon):
    actor = Actor("x", frozenset(), sight)
    with as_application(crowded, actor) as ours:
        (plan,) = plans_of(ours, lambda: of_cases(noon)(ours, actor, tile), "ST_AsMVT(")

    assert index in plan and "Seq Scan on incident" not in plan
