"""Much that happens out of the sight of somebody."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from layers.access import Actor
from tests.api.walk.roles import FOREIGN_GRID, NAME, OUR_GRID
from tests.api.walk.world import World
from tests.cast import EAST, WEST


def stir(connection: Connection, world: World, noon: datetime, actor: Actor) -> None:
    """Much happens in the grids, townships and squads that the actor does not see."""
    seen = set(world.cast.grids) if actor.townships is None else actor.grids
    seen |= {grid for grid in world.cast.grids if grid[:9] in (actor.townships or ())}
    for lon, lat, grid in CORNERS:
        for days in (0, 1, 5, 800) if grid not in seen else ():
            world.cast.report(lon, lat, noon - timedelta(days=days, hours=1))
    hidden = {
        "own": world.own_case,
        "grids": sorted(set(world.cast.grids) - seen),
        "townships": sorted({WEST, EAST} - (actor.townships or set())),
        "squads": [code for code, home in (("S1", WEST), ("S2", EAST))
                   if code not in actor.squads and home not in (actor.townships or ())],
    }  # fmt: skip
    for statement in HAPPENINGS:
        connection.execute(text(statement), hidden)


CORNERS = (
    (119.9049, 29.7049, OUR_GRID), (119.9049, 29.7151, f"{WEST}001002"),
    (119.9153, 29.7042, FOREIGN_GRID), (119.9161, 29.7155, f"{EAST}001002"),
    (119.9102, 29.7098, FOREIGN_GRID), (119.9098, 29.7102, f"{WEST}001002"),
)  # fmt: skip
"""The last two lie within 50 m of our case."""
HAPPENINGS = (
    "UPDATE townships SET name = 'x', visits_per_week = 99 WHERE code = ANY(:townships)",
    "UPDATE townships SET shape = ST_Multi(ST_Expand(shape, 0.5)) WHERE code = ANY(:townships)",
    "UPDATE grids SET name = 'x', community = 'y', area_m2 = 1 WHERE code = ANY(:grids)",
    "UPDATE grids SET shape = ST_Multi(ST_Expand(shape, 0.5)) WHERE code = ANY(:grids)",
    "UPDATE plan_visits SET visits = 7, expected = 9 WHERE grid_code = ANY(:grids)",
    "UPDATE hotspot_cells SET z = 9, class = 3, count = 50 WHERE township_code = ANY(:townships)",
    "UPDATE squads SET on_duty = false, members = 1, name = 'x' WHERE code = ANY(:squads)",
    "INSERT INTO squads (code, name, township_code, home, on_duty, x, y, datum)"
    " SELECT 'S3', 'x', township_code, home, true, x, y, datum FROM squads"
    " WHERE code = ANY(:squads) AND code = 'S2'",
    "UPDATE shifts SET members = 9, note = 'x', ends_at = ends_at + interval '1 hour'"
    " WHERE squad_code = ANY(:squads)",
    "UPDATE fixes SET verdict = 'poor' WHERE device_code = 'P2' AND 'S2' = ANY(:squads)",
    f"UPDATE jobs SET state = 'failed' WHERE actor <> '{NAME}'",
    "INSERT INTO enquiries (id, incident_id, channel, received_at, content)"
    " SELECT gen_random_uuid(), incidents.id, 'phone', received_at, '' FROM incidents"
    " JOIN grids ON grids.id = grid_id WHERE grids.code = ANY(:grids) AND incidents.id <> :own",
    "UPDATE incidents SET case_no = '26-000099' WHERE id = (SELECT incidents.id FROM incidents"
    " JOIN grids ON grids.id = grid_id WHERE grids.code = ANY(:grids) AND incidents.id <> :own"
    " LIMIT 1)",
    "UPDATE enquiries SET answer = 'x', answered_at = now() WHERE incident_id <> :own",
    "INSERT INTO people (id, login, name, state, made_at)"
    " SELECT gen_random_uuid(), one, 'x', 'active', now() FROM unnest(CAST(:grids AS text[])) one",
    "INSERT INTO powers (person_id, role, area_kind, area_code, valid_from, granted_by)"
    " SELECT id, 'grid_worker', 'grid', login, '2026-01-01', 'x' FROM people"
    " WHERE login = ANY(:grids)",
)
