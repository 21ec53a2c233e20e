"""Where incidents cluster: decay, Getis-Ord Gi*, false discovery rate, suspected default points.

The study area is all cells of the bureau, zeros included: leaving empty cells out changes z.
Every result is the same to the bit for the same input (with the same library versions): cells are
sorted first, sums run in a fixed order, and nothing is drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import erfc

from geo import cells as h3

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

_ROUNDING = 1e-13  # a spread below this share of the mean is rounding, not variance


def decay(age_weeks: ArrayLike, half_life: float) -> Floats:
    """Weight 2^(-age / half_life) of what happened `age_weeks` ago; both in weeks.

    Raises ValueError for a half-life that is not positive and for ages that are negative.
    """
    age = np.asarray(age_weeks, np.float64)
    if not half_life > 0 or not (age >= 0).all():
        raise ValueError("half-life must be positive, ages at least 0 weeks")
    return np.asarray(np.exp2(-age / half_life))


def gi_star(values: ArrayLike, weights: csr_array, groups: Groups | None = None) -> Floats:
    """Getis-Ord Gi* as a z value, closed form, positive where high values cluster.

    `values`: (n,) one per cell of the study area, zeros included. `weights`: (n, n) CSR whose
    diagonal carries the weight of the cell itself. With `groups`, (n,) labels, each group is a
    study area of its own: mean, variance and number of cells are the group's, and `weights` must
    not reach across groups. z is 0 where it is not defined: no variance, or a cell whose
    neighbours are the whole study area. Raises ValueError for values that are not finite.
    Source: Ord and Getis (1995), Local spatial autocorrelation statistics, equation 14, with the
    variance over n; z_i = (sum_j w_ij x_j - mean W_i) / (s sqrt((n S_1i - W_i^2) / (n - 1))).
    """
    x = np.asarray(values, np.float64)
    if not np.isfinite(x).all():
        raise ValueError("a value is not finite")
    n, mean, variance = _moments(x, groups)
    total, squares = weights.sum(axis=1), weights.power(2).sum(axis=1)
    spread = np.maximum(variance * (n * squares - total**2) / np.maximum(n - 1, 1), 0.0)
    spread[variance <= (_ROUNDING * mean) ** 2] = 0.0
    z = np.zeros(len(x))
    np.divide(weights @ x - mean * total, np.sqrt(spread), out=z, where=spread > 0)
    return z


def _moments(x: Floats, groups: Groups | None) -> tuple[Floats, Floats, Floats]:
    """Number, mean and variance of the study area that each cell belongs to."""
    if groups is None:
        of_all = (float(len(x)), x.mean() if len(x) else 0.0, x.var() if len(x) else 0.0)
        n, mean, variance = (np.full(len(x), each) for each in of_all)
        return n, mean, variance
    _, group = np.unique(groups, return_inverse=True)
    size = np.bincount(group)
    mean = (np.bincount(group, x) / size)[group]
    variance = (np.bincount(group, (x - mean) ** 2) / size)[group]
    return size[group].astype(np.float64), mean, variance


def p_two_sided(z: ArrayLike) -> Floats:
    """Chance of a standard normal value at least as far from 0 as z."""
    return np.asarray(erfc(np.abs(np.asarray(z, np.float64)) / np.sqrt(2.0)))


def adjusted(p: ArrayLike, groups: Groups | None = None) -> Floats:
    """P values adjusted for the false discovery rate, within each group of its own.

    `p`: (n,) in [0, 1]. Source: Benjamini and Hochberg (1995), step-up: the least of m p / rank
    among the p values at least as large.
    """
    p = np.asarray(p, np.float64)
    group = (
        np.zeros(len(p), np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    )
    order = np.lexsort((p, group))
    size = np.bincount(group)
    before = np.cumsum(size) - size
    rank = np.arange(1, len(p) + 1) - before[group[order]]
    stepped = np.minimum(p[order] * size[group[order]] / rank, 1.0)
    result = np.empty(len(p))
    result[order] = _least_from_here(stepped, group[order])
    return result


def _least_from_here(values: Floats, group: NDArray[np.intp]) -> Floats:
    """The least value from each place to the end of its group; groups stand in rising order.

    Done on ranks, lifted by group, so that one running minimum serves all groups exactly.
    """
    levels, level = np.unique(values, return_inverse=True)
    lifted = level + group * len(levels)
    least = np.minimum.accumulate(lifted[::-1])[::-1]
    return np.asarray(levels[least - group * len(levels)])


def classes(z: ArrayLike, p_adjusted: ArrayLike) -> NDArray[np.int8]:
    """3, 2, 1 for hot at 99, 95, 90 % by the adjusted p; negative for cold; 0 for neither."""
    p = np.asarray(p_adjusted, np.float64)
    level = (p <= 0.10).astype(np.int8) + (p <= 0.05) + (p <= 0.01)
    return (np.sign(z) * level).astype(np.int8)


def few_neighbours(weights: csr_array, least: int) -> NDArray[np.bool_]:
    """Cells with fewer than `least` cells in their sum, themselves included.

    There the normal approximation is poor: islands, tips, the rim of the bureau.
    """
    return np.asarray(np.diff(weights.indptr) < least)


@dataclass(frozen=True, kw_only=True)
class Local:
    """Gi* of each cell against its study area; arrays (n,).

    `p_adjusted`: by the false discovery rate. `classes`: see `classes`; 0 where
    `insufficient`, because there are too few neighbours. `neighbours`: cells summed, itself too.
    """

    z: Floats
    p: Floats
    p_adjusted: Floats
    classes: NDArray[np.int8]
    neighbours: NDArray[np.int64]
    insufficient: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Study(Local):
    """A hotspot run over the whole area, all arrays in the rising order of `cell`.

    `within` (None without groups) is the same with each group as a study area of its own:
    mountains make every town look hot against the whole.
    """

    cell: NDArray[np.int64]
    value: Floats
    within: Local | None


def study(
    cells: ArrayLike,
    values: ArrayLike,
    ring: int = 1,
    least_neighbours: int = 4,
    groups: ArrayLike | None = None,
) -> Study:
    """Neighbours, Gi* and false discovery rate from end to end.

    `cells`: (n,) all H3 cells of the study area, of one resolution, in any order; `values`: (n,)
    counts or weighted counts, zeros included; `ring`: steps to the farthest neighbour; `groups`:
    (n,) label, such as the township, of each cell. Raises ValueError for repeated cells, mixed
    resolutions, values that are not finite and arrays of unequal length.
    """
    cell, value = np.asarray(cells, np.int64), np.asarray(values, np.float64)
    order = np.argsort(cell)
    if len(cell) != len(value):
        raise ValueError("cells and values differ in number")
    cell, value = cell[order], value[order]
    weights = h3.neighbours(cell, ring)
    within = None
    if groups is not None:
        group = np.asarray(groups, np.int64)[order]
        within = _local(value, _inside(weights, group), least_neighbours, group)
    whole = _local(value, weights, least_neighbours)
    return Study(cell=cell, value=value, within=within, **vars(whole))


def _inside(weights: csr_array, groups: Groups) -> csr_array:
    """The weights between cells of the same group."""
    pairs = weights.tocoo()
    same = groups[pairs.row] == groups[pairs.col]
    kept = (pairs.data[same], (pairs.row[same], pairs.col[same]))
    return csr_array(kept, shape=weights.shape)


def _local(values: Floats, weights: csr_array, least: int, groups: Groups | None = None) -> Local:
    z = gi_star(values, weights, groups)
    p = p_two_sided(z)
    p_adjusted = adjusted(p, groups)
    insufficient = few_neighbours(weights, least)
    return Local(
        z=z,
        p=p,
        p_adjusted=p_adjusted,
        classes=np.where(insufficient, 0, classes(z, p_adjusted)).astype(np.int8),
        neighbours=np.diff(weights.indptr).astype(np.int64),
        insufficient=insufficient,
    )


@dataclass(frozen=True)
class Piles:
    """Suspected default locations among n cases.

    `lonlat` (k, 2) and `counts` (k,): the coordinates, fullest first. `of_case` (n,): which pile a
    case lies on, or -1. `ordinary`: cases on the fullest coordinate that is no pile.
    """

    lonlat: Floats
    counts: NDArray[np.int64]
    of_case: NDArray[np.int64]
    ordinary: int


def piles(lonlat: ArrayLike, least: int = 50, factor: float = 5.0) -> Piles:
    """Coordinates with so many cases that they look like a default, not a place.

    `lonlat`: (n, 2) degrees, compared to a millionth of a degree (0.1 m). The k fullest are piles
    for the largest k at which each has at least `least` cases and `factor` times the 99.9th
    percentile of the counts of all coordinates but these k. A gap, and not a limit, so that two
    equal defaults do not hide each other. Why 5: in three cities without a known default the
    busiest stations and shops reach 2 to 7 times that percentile, one coordinate each at most
    beyond 5, while a real default (a city hall with 8 % of all cases) reaches a hundred times.
    Where all coordinates are alike, or there is only one, nothing can be told and there are none.
    """
    points = np.asarray(lonlat, np.float64).reshape(-1, 2)
    micro = np.rint(points * 1e6).astype(np.int64)
    _, first, place, counts = np.unique(
        (micro[:, 0] << 32) + micro[:, 1],
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    fullest = np.argsort(-counts, kind="stable")
    k = _gap(counts[fullest], least, factor)
    rank = np.empty(len(counts), np.int64)
    rank[fullest] = np.arange(len(counts))
    of_case = np.where(rank < k, rank, -1)[place]
    ordinary = int(counts[fullest[k]]) if len(counts) else 0
    return Piles(points[first[fullest[:k]]], counts[fullest[:k]], of_case, ordinary)


def _gap(falling: NDArray[np.int64], least: int, factor: float) -> int:
    """How many of the falling counts stand clear of the rest; never all of them."""
    k = np.arange(1, len(falling))
    percentile = falling[k + (len(falling) - k) // 1000]
    clear = falling[:-1] >= np.maximum(least, factor * percentile)
    return int(k[clear].max(initial=0))


def cap(found: Piles) -> Floats:
    """Weight (n,) of each case: a pile weighs as much as the fullest ordinary coordinate."""
    weight_of_pile = np.append(found.ordinary / found.counts, 1.0)
    return np.asarray(weight_of_pile[found.of_case])
