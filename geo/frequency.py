"""How often each grid is patrolled: expected incidents, capacity, visits and the reason for each.

A township is an index 0 .. k-1 into its capacities; grids and townships come as arrays in one
order. A share of random patrols would be taken off `Limits.capacity` before `allocate`.
"""

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


# --- What is expected --------------------------------------------------------------------------


def weekly_rate(counts: ArrayLike, weights: ArrayLike) -> Floats:
    """Weighted mean number a week: sum(w y) / sum(w).

    `counts`: (n, weeks), may be weighted themselves; `weights`: (weeks,), 0 for a week that was
    not recorded. Raises ValueError where no week has weight.
    """
    w = np.asarray(weights, np.float64)
    if not w.sum() > 0:
        raise ValueError("no week has weight")
    return np.asarray(np.asarray(counts, np.float64) @ w / w.sum())


def effective_weeks(weights: ArrayLike) -> float:
    """How many equally weighted weeks tell as much: sum(w)^2 / sum(w^2) (Kish, 1965)."""
    w = np.asarray(weights, np.float64)
    return float(w.sum() ** 2 / (w**2).sum())


def carried(crosswalk: csr_array, cell_rates: ArrayLike, neighbours: csr_array) -> Floats:
    """The incidents a week that the surrounding cells would lead one to expect in each grid.

    `crosswalk`: (grids, cells) shared m2; `cell_rates`: (cells,) incidents a week;
    `neighbours`: (cells, cells) weights, itself included. Each cell gets the density of its
    surroundings (incidents over m2 inside the grids), each grid that density times what it shares.
    """
    inside = np.asarray(crosswalk.sum(axis=0), np.float64)
    around = neighbours @ inside
    density = np.zeros(len(inside))
    np.divide(
        neighbours @ np.asarray(cell_rates, np.float64), around, out=density, where=around > 0
    )
    return np.asarray(crosswalk @ density)


@dataclass(frozen=True)
class Expected:
    """Incidents a week in each grid, (n,), and the share that each source has in the rate.

    `own` + `neighbours` + `township` = 1, or all are 0 where the rate is 0.
    """

    rate: Floats
    own: Floats
    neighbours: Floats
    township: Floats


def expected(
    counts: ArrayLike,
    weights: ArrayLike,
    surroundings: ArrayLike,
    townships: ArrayLike,
    area: ArrayLike,
    trust: float = 0.5,
) -> Expected:
    """Expected incidents of a week per grid, shrunk towards neighbours and township.

    `counts`: (n, weeks) per grid and week; `weights`: (weeks,) decay; `surroundings`: (n,) as from
    `carried`; `townships`: (n,) index; `area`: (n,) m2, positive; `trust`: part of the prior that
    comes from the surroundings, 0 to 1, the rest being the township's rate by area.

    Gamma-Poisson, moments by township. With y the grid's weekly rate, m = effective weeks and the
    prior mean u = trust * surroundings + (1 - trust) * area * township density:
        E = m u,  O = m y,  b = sum O / sum E,
        s2 = sum E (O / E - b)^2 / sum E,  A = max(0, s2 - b / mean E),  C = A / (A + b / E),
        rate = C y + (1 - C) b u.
    Where grids differ no more than chance would make them (A = 0) the prior alone speaks.
    Sources: Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators,
    Applied Statistics 40; Clayton and Kaldor (1987), Biometrics 43.
    """
    group = np.asarray(townships, np.int64)
    y, metres2 = weekly_rate(counts, weights), np.asarray(area, np.float64)
    if not (metres2 > 0).all() or not (y >= 0).all() or not 0 <= trust <= 1:
        raise ValueError("areas must be positive, counts not negative, trust between 0 and 1")
    of_neighbours = trust * np.asarray(surroundings, np.float64)
    of_township = (1 - trust) * metres2 * _ratio(_sum(y, group), _sum(metres2, group))[group]
    prior = of_neighbours + of_township
    level, own = _shrinkage(y, prior, effective_weeks(weights), group)
    parts = own * y, (1 - own) * level * of_neighbours, (1 - own) * level * of_township
    rate = np.asarray(parts[0] + parts[1] + parts[2])
    return Expected(rate, *(_ratio(part, rate) for part in parts))


def _shrinkage(y: Floats, prior: Floats, weeks: float, group: Ints) -> tuple[Floats, Floats]:
    """b, the level of the township against its priors, and C, the weight of the grid's own rate."""
    exposure = weeks * prior
    risk = _ratio(y, prior)
    total = _sum(exposure, group)
    level = _ratio(_sum(weeks * y, group), total)
    spread = _ratio(_sum(exposure * (risk - level[group]) ** 2, group), total)
    chance = _ratio(level * np.bincount(group), total)
    between = np.maximum(spread - chance, 0.0)[group]
    return level[group], _ratio(between * exposure, between * exposure + level[group])


def _sum(values: Floats, group: Ints) -> Floats:
    return np.asarray(np.bincount(group, values), np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, and 0 where below is 0."""
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=below > 0)


def hottest(crosswalk: csr_array, classes: ArrayLike, least_share: float = 0.1) -> NDArray[np.int8]:
    """The highest hotspot class among the cells of each grid, for information; 0 without a cell.

    A cell counts where it shares at least `least_share` of the smaller of cell and grid.
    """
    pairs = crosswalk.tocoo()
    of_grid, of_cell = crosswalk.sum(axis=1), crosswalk.sum(axis=0)
    counts = pairs.data >= least_share * np.minimum(of_grid[pairs.row], of_cell[pairs.col])
    highest = np.full(crosswalk.shape[0], -4, np.int8)
    np.maximum.at(highest, pairs.row[counts], np.asarray(classes, np.int8)[pairs.col[counts]])
    return np.where(highest == -4, 0, highest).astype(np.int8)


# --- Who gets the visits -----------------------------------------------------------------------


class Reason(IntFlag):
    """Why a grid has the visits it has; several may hold."""

    FLOOR = 1  # it has its floor and no more
    CEILING = 2  # one more would pay, but the ceiling is reached
    CAPACITY = 4  # one more would pay, but the township's visits are spent
    CHANGE_LIMITED_UP = 8  # one more would pay, but it would rise too much in a week
    CHANGE_LIMITED_DOWN = 16  # it has fallen as far as it may in a week
    FLOOR_LOST = 32  # fewer than the floor: the capacity is below the sum of floors
    CHANGE_BROKEN = 64  # changed by more than the limit: floor, ceiling or capacity came first
    RISING = 128
    FALLING = 256


@dataclass(frozen=True)
class Limits:
    """What binds a plan.

    `capacity`: (k,) visits a week per township, at least 0. `floor`, `ceiling`: (n,) or one for
    all. `previous`: (n,) visits of the plan before, -1 where there was none. `most_change`: by
    how many visits a grid may rise or fall from there, None for no limit.
    """

    capacity: ArrayLike
    floor: ArrayLike
    ceiling: ArrayLike
    previous: ArrayLike = -1
    most_change: int | None = None


@dataclass(frozen=True)
class Allocation:
    """Visits of the week per grid, (n,), and why.

    `reasons`: bits of `Reason`. `last_gain`: incidents a week more likely met by the last visit
    given (0 without any); `next_gain`: what the next one would have added; `met`: incidents
    a week expected to be met. `spare`: (k,) visits that the township has left.
    """

    visits: Ints
    reasons: Ints
    last_gain: Floats
    next_gain: Floats
    met: Floats
    spare: Ints


def allocate(
    rates: ArrayLike, townships: ArrayLike, limits: Limits, detect: float = 0.3
) -> Allocation:
    """Whole visits per grid that maximise the incidents met within the limits.

    `rates`: (n,) expected incidents a week, at least 0; `townships`: (n,) index into the
    capacities; `detect`: chance that one visit meets an incident. n visits meet
    rate (1 - (1 - detect)^n): each adds less than the one before, so giving the next visit where it
    adds most is exact. Visits that add nothing are not given beyond floor and change limit.

    Where limits collide: capacity comes first, then the ceiling and the floor, then the limit on
    change. Floors above the capacity are given whole by falling rate, the rest of the capacity to
    the next grid. Of the visits owed to the limit on falling, those that add most come first. Ties
    go to fewer visits, then to the order of the grids. Raises ValueError for negative or
    contradicting limits.
    """
    rate, group = np.asarray(rates, np.float64), np.asarray(townships, np.int64)
    bounds = _bounds(limits, group)
    if not ((rate >= 0) & np.isfinite(rate)).all() or not 0 < detect <= 1:
        raise ValueError("rates must be at least 0, detect above 0 and at most 1")
    visits = _greedy(rate, group, bounds, detect)
    last, following = (_gain(rate, visits - 1, detect), _gain(rate, visits, detect))
    return Allocation(
        visits=visits,
        reasons=_reasons(visits, following > 0, bounds),
        last_gain=np.where(visits > 0, last, 0.0),
        next_gain=following,
        met=rate * (1 - (1 - detect) ** visits),
        spare=bounds.capacity - _total(visits, group, len(bounds.capacity)),
    )


def _total(visits: Ints, group: Ints, townships: int) -> Ints:
    return np.bincount(group, visits, minlength=townships).astype(np.int64)


def _gain(rate: Floats, before: Ints, detect: float) -> Floats:
    """What the visit after `before` visits adds."""
    return np.asarray(rate * detect * (1 - detect) ** np.maximum(before, 0))


@dataclass(frozen=True)
class _Bounds:
    """floor <= low <= high <= ceiling, where low and high also hold the limit on change."""

    capacity: Ints
    floor: Ints
    low: Ints
    high: Ints
    ceiling: Ints
    previous: Ints
    falls_to: Ints
    rises_to: Ints


def _bounds(limits: Limits, group: Ints) -> _Bounds:
    capacity = np.asarray(limits.capacity, np.int64)
    floor, ceiling, previous = (
        np.broadcast_to(np.asarray(each, np.int64), group.shape)
        for each in (limits.floor, limits.ceiling, limits.previous)
    )
    if (floor > ceiling).any() or min(floor.min(initial=0), capacity.min(initial=0)) < 0:
        raise ValueError("a floor above its ceiling, or a negative limit")
    if limits.most_change is not None and limits.most_change < 0:
        raise ValueError("a negative limit on change")
    free = (previous < 0) | (limits.most_change is None)
    change = limits.most_change or 0
    falls_to = np.where(free, 0, previous - change)
    rises_to = np.where(free, np.iinfo(np.int64).max, previous + change)
    low, high = np.clip(falls_to, floor, ceiling), np.clip(rises_to, floor, ceiling)
    return _Bounds(capacity, floor, low, high, ceiling, previous, falls_to, rises_to)


def _greedy(rate: Floats, group: Ints, bounds: _Bounds, detect: float) -> Ints:
    """Every visit that may be given, put in order and given until the township has no more."""
    most = np.minimum(bounds.high, bounds.capacity[group])
    grid = np.repeat(np.arange(len(rate)), most)
    before = np.arange(len(grid)) - np.repeat(np.cumsum(most) - most, most)
    tier = (before >= bounds.floor[grid]).astype(np.int64) + (before >= bounds.low[grid])
    gain = _gain(rate[grid], before, detect)
    pays = (tier < 2) | (gain > 0)
    grid, before, tier, gain = grid[pays], before[pays], tier[pays], gain[pays]
    # Floors go whole to one grid after the other; the rest goes visit by visit to the best.
    worth, turn = np.where(tier == 0, rate[grid], gain), np.where(tier == 0, 0, before)
    order = np.lexsort((before, grid, turn, -worth, tier, group[grid]))
    town = group[grid[order]]
    first = np.searchsorted(town, town)
    given = order[np.arange(len(order)) - first < bounds.capacity[town]]
    return np.bincount(grid[given], minlength=len(rate)).astype(np.int64)


def _reasons(visits: Ints, pays: NDArray[np.bool_], bounds: _Bounds) -> Ints:
    known = bounds.previous >= 0
    full = visits == bounds.high
    holds = {
        Reason.FLOOR: (visits > 0) & (visits == bounds.floor),
        Reason.CEILING: pays & full & (visits == bounds.ceiling),
        Reason.CAPACITY: pays & ~full,
        Reason.CHANGE_LIMITED_UP: pays & full & (visits < bounds.ceiling),
        Reason.CHANGE_LIMITED_DOWN: (visits == bounds.falls_to) & (visits > bounds.floor),
        Reason.FLOOR_LOST: visits < bounds.floor,
        Reason.CHANGE_BROKEN: (visits < bounds.falls_to) | (visits > bounds.rises_to),
        Reason.RISING: known & (visits > bounds.previous),
        Reason.FALLING: known & (visits < bounds.previous),
    }
    bits = [np.where(true, int(reason), 0) for reason, true in holds.items()]
    return np.asarray(np.sum(bits, axis=0), np.int64)
