"""A day of the practice prefecture: squads on patrol, cases that come in, and who is sent.

Each minute whoever decides looks at all that wait and at all who are free. Squads on patrol move
between junctions around their station; one that is sent drives there by road, works and goes on
from there. The same seed gives the same day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from data.plan import make_plan
from data.roads import SPEED_KMH, make_roads
from data.scales import SCALES, Size
from geo.assignment import Pairs, Waiting, total, urgency, waiting
from geo.nearest import TravelTime
from geo.network import build
from geo.roads import Roads
from tests.bench.town import Town

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MINUTE, HOUR, DAY = 60, 3600, 86_400
PROMISED = 30 * MINUTE
PATROL_KMH, STRETCH_KM = 15.0, 2.5
DEGREE_KM = 111.2
CASES_A_SQUAD = 2_000 / 138
PRESSING = (0.8, 0.15, 0.05)
Decide = Callable[[Waiting], Pairs]


@dataclass(frozen=True)
class Day:
    """`spots` (cases, 2) and `home` (squads, 2) in lon/lat; `at`, `work` in seconds; `patrol`
    (squads, stops, 2) are the junctions between which a squad goes to and fro."""

    engine: TravelTime
    home: Floats
    patrol: Floats
    spots: Floats
    at: Floats
    work: Floats
    priority: Ints


@dataclass(frozen=True)
class Outcome:
    """Seconds from the report until somebody was there, of each case; seconds on the way; and of
    each decision the weighted lateness of both ways to decide it."""

    arrived: Floats
    driven: float
    late: list[tuple[float, float]]

    @property
    def in_time(self) -> float:
        return float(np.mean(self.arrived <= PROMISED))


def road_engine(size: Size) -> Roads:
    """The roads of the practice town, all of them driven on."""
    plan = make_plan(SCALES[size], 1)
    roads = make_roads(plan)
    lines = np.asarray(shapely.linestrings(plan.ground.lonlat(roads.curve)))
    everywhere = np.ones(len(lines), dtype=bool)
    kmh = SPEED_KMH[roads.web.rank].astype(float)
    return Roads(build(lines, everywhere, ~np.asarray(roads.oneway, dtype=bool), kmh))


def day_of(town: Town, engine: TravelTime, seed: int = 1) -> Day:
    """All squads of a town on duty, and as many cases as they have on a full day: taken from its
    history, each at its hour."""
    rng = np.random.default_rng(seed)
    home = np.column_stack([town.squads.geometry.x, town.squads.geometry.y])
    count = round(len(home) * CASES_A_SQUAD)
    rows = town.incidents.iloc[rng.choice(len(town.incidents), count, replace=False)]
    clock = rows["occurred_at"].dt
    second = (clock.hour * HOUR + clock.minute * MINUTE + rng.uniform(0, MINUTE, count)).to_numpy()
    order = np.argsort(second)
    around = rng.normal(0, STRETCH_KM / DEGREE_KM, (len(home), 12, 2))
    return Day(
        engine, home, home[:, None] + around, rows[["lon", "lat"]].to_numpy(float)[order],
        second[order], 20 * MINUTE * rng.lognormal(0, 0.5, count),
        rng.choice(3, count, p=PRESSING).astype(np.int64),
    )  # fmt: skip


def lived(day: Day, decide: Decide, other: Decide) -> Outcome:
    """The day with these decisions; `other` is asked each time as well, and never followed."""
    squads = _Squads(day)
    arrived = np.full(len(day.at), np.nan)
    driven, late = 0.0, []
    now = 0.0
    while np.isnan(arrived).any():
        now += MINUTE
        open_ = np.flatnonzero(np.isnan(arrived) & (day.at <= now))
        free = squads.free(now)
        if not len(open_) or not len(free):
            continue
        asked = _asked(day, squads.places(free, now), open_, now)
        pairs = decide(asked)
        late.append((total(asked, pairs)[0], total(asked, other(asked))[0]))
        for squad, case in pairs:
            way, which = asked.seconds[squad, case], open_[case]
            arrived[which] = now + way - day.at[which]
            driven += way
            squads.send(free[squad], day.spots[which], now + way + day.work[which])
    return Outcome(arrived, driven, late)


def _asked(day: Day, places: Floats, open_: Ints, now: float) -> Waiting:
    seconds, _ = day.engine.table(places, day.spots[open_])
    due = day.at[open_] + PROMISED - now
    weight = urgency(day.priority[open_], due)
    return waiting(seconds, due, weight, np.ones(len(places), np.int64))


class _Squads:
    """Where each is, and from when on it is free."""

    def __init__(self, day: Day) -> None:
        self._patrol = day.patrol
        self._from = day.home.copy()
        self._free_at = np.zeros(len(day.home))

    def free(self, now: float) -> Ints:
        return np.flatnonzero(self._free_at <= now)

    def send(self, squad: int, spot: Floats, until: float) -> None:
        self._from[squad], self._free_at[squad] = spot, until

    def places(self, which: Ints, now: float) -> Floats:
        """On the way back to the station's surroundings, and then to and fro between the stops."""
        gone = (now - self._free_at[which]) / HOUR * PATROL_KMH / STRETCH_KM
        leg = gone.astype(np.int64)
        stops, count = self._patrol[which], self._patrol.shape[1]
        row = np.arange(len(which))
        start = np.where((leg == 0)[:, None], self._from[which], stops[row, (leg - 1) % count])
        return np.asarray(start + (gone - leg)[:, None] * (stops[row, leg % count] - start))


def without_ways(day: Day) -> Day:
    """The same without the cases that no squad can get to by road."""
    seconds, _ = day.engine.table(day.home, day.spots)
    kept = np.isfinite(seconds).any(axis=0)
    parts = ("spots", "at", "work", "priority")
    return replace(day, **{name: getattr(day, name)[kept] for name in parts})
