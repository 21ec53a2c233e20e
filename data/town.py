"""A practice town from a seed: districts, water, roads, places, squads and years of cases.

    town = make("small")
    town.grids, town.incidents, ...

All frames are in WGS 84 (EPSG:4326). The same seed gives the same town to the bit with the same
versions of the packages in the lock file. Nothing in it is a real place, name or official code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.histories import make_histories, with_grid_workers
from data.incidents import make_incidents
from data.matters import read_matters
from data.parts import Shapes, Texts
from data.places import Places, make_places
from data.plan import Plan, make_plan
from data.roads import CLASSES, SPEED_KMH, Roads, make_roads
from data.scales import SCALES, Size
from data.squads import Squads, make_squads, squad_frame
from data.streets import addresses, road_names
from data.turns import forbidden_turns, road_codes

CRS = "EPSG:4326"


@dataclass(frozen=True)
class Town:
    """townships: code, name, visits_per_week. grids: code, name, township (code), community.
    water: name, kind. roads: code, name, class, oneway, speed_kmh, turns. places: name, kind.
    squads: see data.squads. matters: see matters.csv. incidents: see data.incidents. histories:
    steps of some of them, see data.histories."""

    townships: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    squads: gpd.GeoDataFrame
    matters: pd.DataFrame
    incidents: pd.DataFrame
    histories: pd.DataFrame


def make(size: Size, seed: int = 1, until: date = date(2026, 11, 16)) -> Town:
    """The town of this size; its cases end before `until`, which must be a Monday."""
    if until.weekday() != 0:
        raise ValueError("until must be a Monday")
    plan = make_plan(SCALES[size], seed)
    roads = make_roads(plan)
    places = make_places(plan, roads)
    squads = make_squads(plan, roads)
    names = road_names(plan, roads)
    reachable = addresses(plan, roads, names)
    on_call, matters = squad_frame(plan, roads, squads, until), read_matters()
    cases = make_incidents(plan, roads, places, squads, reachable, until)
    cases = with_grid_workers(seed, cases, until)
    return Town(
        townships=township_frame(plan, squads),
        grids=grid_frame(plan),
        water=_frame({"name": plan.water.name, "kind": plan.water.kind}, plan.water.shape),
        roads=_roads(plan, roads, names),
        places=_places(plan, places),
        squads=on_call,
        matters=matters,
        incidents=cases,
        histories=make_histories(seed, cases, matters, on_call, until),
    )


def township_frame(plan: Plan, squads: Squads) -> gpd.GeoDataFrame:
    township, count = plan.divisions.township, len(plan.labels.township_code)
    shapes = [shapely.coverage_union_all(plan.land.polygons[township == t]) for t in range(count)]
    columns = {
        "code": plan.labels.township_code,
        "name": plan.labels.township_name,
        "visits_per_week": np.bincount(squads.township, squads.visits).astype(np.int64),
    }
    return _frame(columns, np.array(shapes)).sort_values("code", ignore_index=True)


def grid_frame(plan: Plan) -> gpd.GeoDataFrame:
    labels, divisions = plan.labels, plan.divisions
    columns = {
        "code": labels.grid_code,
        "name": labels.grid_name,
        "township": [labels.township_code[t] for t in divisions.township],
        "community": [labels.community_name[c] for c in divisions.community],
    }
    return _frame(columns, plan.land.polygons).sort_values("code", ignore_index=True)


def _roads(plan: Plan, roads: Roads, names: Texts) -> gpd.GeoDataFrame:
    rank = roads.web.rank
    columns = {
        "code": road_codes(roads),
        "name": names,
        "class": CLASSES[rank],
        "oneway": roads.oneway,
        "speed_kmh": SPEED_KMH[rank],
        "turns": forbidden_turns(plan.seed, roads),
    }
    return _frame(columns, np.asarray(shapely.linestrings(plan.ground.lonlat(roads.curve))))


def _places(plan: Plan, places: Places) -> gpd.GeoDataFrame:
    points = np.asarray(shapely.points(plan.ground.lonlat(places.xy)))
    return _frame({"name": places.name, "kind": places.kind}, points)


def _frame(columns: Mapping[str, object], geometry: Shapes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)
