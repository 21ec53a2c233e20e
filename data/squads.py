"""The squads of each township: people, vehicles, home station and last known position."""

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.names import NUMERALS
from data.parts import Flags, Floats, Ints, nearest, stream
from data.plan import Plan
from data.roads import Roads
from data.seeds import TOWN

ZONE = "Asia/Shanghai"
ON_DUTY, FRESH, NEVER_SEEN = 0.75, 0.8, 0.06


@dataclass(frozen=True)
class Squads:
    """Per squad: township (row), its number in the township, station on the plan, and the visits
    that it makes in a week."""

    township: Ints
    number: Ints
    station: Floats
    visits: Ints


def make_squads(plan: Plan, roads: Roads) -> Squads:
    """At least one for each township, more where more blocks are built up; each has its station
    at a road junction in one of the township's most built-up grids."""
    rng = stream(plan.seed, "squads")
    built = np.bincount(plan.divisions.township, plan.grids.kind == TOWN)
    extra = np.resize(np.argsort(-built, kind="stable"), plan.scale.squads - len(built))
    township = np.sort(np.concatenate([np.arange(len(built)), extra]))
    number = np.arange(len(township)) - np.searchsorted(township, township)
    homes = plan.grids.xy[[_home(rng, plan, t) for t in township]]
    station = roads.corners()[nearest(roads.corners(), homes)[1]]
    return Squads(township, number, station, rng.integers(30, 41, len(township)))


def _home(rng: np.random.Generator, plan: Plan, township: int) -> int:
    rows = np.flatnonzero(plan.divisions.township == township)
    town = rows[plan.grids.kind[rows] == TOWN]
    return int(rng.choice(town if len(town) else rows))


def squad_frame(plan: Plan, roads: Roads, squads: Squads, until: date) -> gpd.GeoDataFrame:
    rng = stream(plan.seed, "squad positions")
    count = len(squads.township)
    on_duty = rng.random(count) < ON_DUTY
    seen = _seen(rng, on_duty, until)
    position = _positions(rng, plan, roads, squads)
    position[np.isnat(seen)] = np.nan
    codes = [plan.labels.township_code[t] for t in squads.township]
    columns = {
        "code": [f"{code}{n + 1:02}" for code, n in zip(codes, squads.number, strict=True)],
        "name": _names(plan, squads),
        "township": codes,
        "members": rng.integers(5, 15, count),
        "vehicles": rng.multinomial(plan.scale.vehicles, np.full(count, 1 / count)),
        "on_duty": on_duty,
        "position_lon": position[:, 0],
        "position_lat": position[:, 1],
        "position_at": pd.Series(seen).dt.tz_localize(ZONE),
    }
    home = gpd.points_from_xy(*plan.ground.lonlat(squads.station).T)
    frame = gpd.GeoDataFrame(columns, geometry=home, crs="EPSG:4326")
    return frame.sort_values("code", ignore_index=True)


def _names(plan: Plan, squads: Squads) -> list[str]:
    """城关中队, or 城关一中队 and 城关二中队 where there are several."""
    several = np.bincount(squads.township)[squads.township] > 1
    return [
        f"{plan.labels.township_stem[t]}{NUMERALS[n] if s else ''}中队"
        for t, n, s in zip(squads.township, squads.number, several, strict=True)
    ]


def _seen(rng: np.random.Generator, on_duty: Flags, until: date) -> npt.NDArray[np.datetime64]:
    """When each was last heard of: most on duty a moment ago, others long ago or never."""
    count = len(on_duty)
    fresh = on_duty & (rng.random(count) < FRESH)
    ago = np.where(fresh, rng.integers(5, 600, count), rng.integers(7_200, 400_000, count))
    seen = np.datetime64(until, "s") - ago.astype("timedelta64[s]")
    return np.where(rng.random(count) < NEVER_SEEN, np.datetime64("NaT"), seen)


def _positions(rng: np.random.Generator, plan: Plan, roads: Roads, squads: Squads) -> Floats:
    """At a road junction within a few kilometres of the station."""
    out = squads.station + rng.normal(0, 1_800, squads.station.shape)
    corners = roads.corners()
    return plan.ground.lonlat(corners[nearest(corners, out)[1]])
