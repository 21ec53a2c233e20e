"""How events became cases: who reported them and at what hour, and the faults of real files."""

from dataclasses import dataclass, replace

import numpy as np

from data.ground import METRES_PER_DEGREE
from data.hot import Events
from data.matters import (
    HOTLINE,
    MEDIA,
    OFFICE,
    PATROL,
    RESIDENT,
    day_shares,
    hour_shares,
    source_shares,
)
from data.network import SECONDARY
from data.parts import Flags, Floats, Ints, Rows, draw, nearest, stream
from data.places import Places
from data.plan import Plan
from data.roads import Roads
from data.squads import Squads

DAY, HOUR = 86_400, 3_600
AT_THE_HALL = 0.02
LOST_FIX = 1 / 20_000
NO_ROAD = -1


@dataclass(frozen=True)
class Cases(Rows):
    """Road (row, or NO_ROAD) and how far along it, matter and source (rows), local second since
    the start of the history, lon/lat."""

    road: Ints
    along: Floats
    matter: Ints
    source: Ints
    second: Ints
    lonlat: Floats


def make_cases(plan: Plan, roads: Roads, squads: Squads, events: Events) -> Cases:
    rng = stream(plan.seed, "cases")
    patrol = _found_by_patrols(rng, roads, squads, events)
    others = source_shares()
    others[:, PATROL] = 0
    source = np.where(patrol, PATROL, draw(rng, others, events.matter))
    second = _seconds(rng, events, patrol)
    lonlat = plan.ground.lonlat(events.xy)
    return Cases(events.road, events.along, events.matter, source, second, lonlat)


def _found_by_patrols(
    rng: np.random.Generator, roads: Roads, squads: Squads, events: Events
) -> Flags:
    """Patrols find what is on their way: near their stations and along main roads."""
    near = 0.35 + 1.1 * np.exp(-nearest(squads.station, events.xy)[0] / 2_500)
    main = np.where(roads.web.rank[events.road] <= SECONDARY, 1.3, 0.9)
    chance = source_shares()[events.matter, PATROL] * near * main
    return np.asarray(rng.random(len(chance)) < np.minimum(chance, 0.95))


def _seconds(rng: np.random.Generator, events: Events, patrol: Flags) -> Ints:
    """Patrols find things in working hours, others when they happen."""
    shares = np.vstack([hour_shares(), day_shares(OFFICE)])
    hour = draw(rng, shares, np.where(patrol, len(shares) - 1, events.matter))
    return events.day.astype(np.int64) * DAY + hour * HOUR + rng.integers(0, HOUR, len(hour))


def with_faults(plan: Plan, places: Places, cases: Cases, count: int, end: int) -> Cases:
    """Repeats up to the wanted count, a pile at the town halls, lost positions."""
    rng = stream(plan.seed, "faults")
    cases = Cases.join([cases, _repeats(rng, cases, count - len(cases.road), end)])
    return _lost(rng, _piled(rng, cases, plan.ground.lonlat(places.halls())))


def _repeats(rng: np.random.Generator, cases: Cases, count: int, end: int) -> Cases:
    """The same thing reported again by somebody else within a day and 50 m."""
    early = np.flatnonzero(cases.second < end - DAY)
    again = cases.take(rng.choice(early, count, replace=False))
    angle, metres = rng.uniform(0, 2 * np.pi, count), rng.uniform(0, 45, count)
    shift = metres[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    later = np.minimum(rng.exponential(5 * HOUR, count), DAY - 1).astype(np.int64)
    return replace(
        again,
        source=rng.choice([RESIDENT, HOTLINE, MEDIA], count, p=[0.45, 0.5, 0.05]),
        second=again.second + later,
        lonlat=again.lonlat + shift / METRES_PER_DEGREE,
    )


def _piled(rng: np.random.Generator, cases: Cases, halls: Floats) -> Cases:
    """Hotline cases whose address could not be found stand at the nearest town hall."""
    lost = (cases.source == HOTLINE) & (rng.random(len(cases.road)) < AT_THE_HALL)
    hall = halls[nearest(halls, cases.lonlat)[1]]
    return replace(
        cases,
        lonlat=np.where(lost[:, None], hall, cases.lonlat),
        road=np.where(lost, NO_ROAD, cases.road),
    )


def _lost(rng: np.random.Generator, cases: Cases) -> Cases:
    """A few positions are wrong by a hundred kilometres and more."""
    count = max(2, round(LOST_FIX * len(cases.road)))
    far = rng.choice(np.flatnonzero(cases.source == PATROL), count, replace=False)
    angle = rng.uniform(0, 2 * np.pi, count)
    lonlat = cases.lonlat.copy()
    lonlat[far] += rng.uniform(1.2, 3, (count, 1)) * np.column_stack([np.cos(angle), np.sin(angle)])
    return replace(cases, lonlat=lonlat)
