"""What was wrong where and when: at hot places and at any road, in the rhythm of each matter."""

import numpy as np
import pandas as pd

from data.hot import Events, HotPlaces, hot_events
from data.matters import MATTERS, column, day_weights
from data.network import COUNTRY
from data.parts import Flags, Floats, Ints, draw, leftward, means, stream
from data.plan import Plan
from data.roads import Roads
from data.water import half_width

RIVER_LITTER = MATTERS.index("S10")
# More candidates than wanted, because the rhythm takes many away.
CANDIDATES = 2.7
IN_HOT_PLACES = 0.62
# What goes on along a metre of road of each class, in town and in the country.
IN_TOWN = np.array([0, 1.5, 2.4, 2.2, 1.3, 0.8])
IN_COUNTRY = np.array([0, 0.16, 0.22, 0.2, 0.22, 0.12])
ON_A_BRIDGE = 0.05


def busyness(plan: Plan, roads: Roads) -> Floats:
    """How much goes on at each road: more in the middle of large towns, and uneven."""
    rng = stream(plan.seed, "busy")
    web, in_town = roads.web, roads.web.street != COUNTRY
    town, at = web.town[web.ends[:, 0]], web.xy[web.ends[:, 0]]
    streets, centre = means(town[in_town], at[in_town], len(plan.towns))
    size = streets[town, 0]
    away = np.linalg.norm(at - centre[town], axis=1)
    middle = 0.35 + 2 * np.exp(-away / (45 * np.sqrt(size) + 1))
    middle *= (size / size.max()) ** 0.25
    weight = np.where(in_town, IN_TOWN[web.rank] * middle, IN_COUNTRY[web.rank])
    weight *= np.where(web.over_river(), ON_A_BRIDGE, 1)
    return np.asarray(weight * web.length() * rng.lognormal(0, 0.7, len(weight)))


def make_events(
    plan: Plan, roads: Roads, hot: HotPlaces, busy: Floats, calendar: pd.DatetimeIndex, count: int
) -> Events:
    """So many events on the days of the calendar, in no order."""
    rng = stream(plan.seed, "events")
    at_hot = round(CANDIDATES * count * IN_HOT_PLACES)
    anywhere = _anywhere(rng, roads, busy, round(CANDIDATES * count) - at_hot, len(calendar))
    both = Events.join([hot_events(rng, roads, hot, at_hot), anywhere])
    kept = rng.permutation(np.flatnonzero(_in_rhythm(rng, both, calendar)))
    if len(kept) < count:
        raise ValueError("too few candidates are left for the history")
    return _at_the_river(rng, plan, both.take(kept[:count]))


def _anywhere(
    rng: np.random.Generator, roads: Roads, busy: Floats, count: int, days: int
) -> Events:
    road = draw(rng, busy[None], np.zeros(count, np.int64))
    along = rng.random(count)
    country = (roads.web.street[road] == COUNTRY).astype(np.int64)
    shares = np.vstack([column("share"), column("country")])
    return Events(
        road=road,
        along=along,
        matter=draw(rng, shares, country),
        day=rng.uniform(0, days, count),
        xy=_beside(rng, roads, road, along),
    )


def _beside(rng: np.random.Generator, roads: Roads, road: Ints, along: Floats) -> Floats:
    """Some metres to the left or right of the road."""
    pieces = roads.curve.shape[1] - 1
    piece = np.minimum((along * pieces).astype(np.int64), pieces - 1)
    start = roads.curve[road, piece]
    step = roads.curve[road, piece + 1] - start
    metres = rng.choice([-1.0, 1.0], len(road)) * rng.gamma(3, 4.5, len(road))
    return np.asarray(
        start + (along * pieces - piece)[:, None] * step + leftward(step) * metres[:, None]
    )


def _in_rhythm(rng: np.random.Generator, events: Events, calendar: pd.DatetimeIndex) -> Flags:
    """Which candidates fall into the history and survive the week and year of their matter."""
    weights = day_weights(calendar.day_of_week.to_numpy(), calendar.day_of_year.to_numpy())
    inside = (events.day >= 0) & (events.day < len(calendar))
    day = np.clip(events.day, 0, len(calendar) - 1).astype(np.int64)
    return np.asarray(inside & (rng.random(len(day)) < weights[events.matter, day]))


def _at_the_river(rng: np.random.Generator, plan: Plan, events: Events) -> Events:
    """River litter lies at one of the banks."""
    litter = np.flatnonzero(events.matter == RIVER_LITTER)
    x, y = events.xy[litter].T
    bank = half_width(plan.scale, x) - rng.uniform(-6, 12, len(x))
    events.xy[litter, 1] = np.where(y < 0, -bank, bank)
    return events
