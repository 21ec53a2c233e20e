"""Towns on the plan: where they stand and how their blocks are laid out.

A town is a lattice of block centres with uneven rows and columns. The borders between blocks,
half-way between the centres, are its streets, and they are grid borders too.
"""

from dataclasses import dataclass

import numpy as np

from data.ground import Ground
from data.parts import Flags, Floats, nearest, relax, stream
from data.scales import Scale

CITY, COUNTY_TOWN, SEAT = 0, 1, 2
EMBANKMENT = 110.0


@dataclass(frozen=True)
class Settlement:
    rank: int
    centre: Floats
    angle: float
    columns: Floats
    rows: Floats
    kept: Flags
    on_river: bool

    def place(self, local: Floats) -> Floats:
        """From the town's own axes to the plan."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        return np.asarray(self.centre + local @ np.array([[c, s], [-s, c]]))

    def blocks(self) -> Floats:
        """The centres of its blocks on the plan."""
        i, j = np.nonzero(self.kept)
        return self.place(np.column_stack([self.columns[i], self.rows[j]]))


def make_settlements(scale: Scale, ground: Ground, seed: int) -> list[Settlement]:
    """The city first, then the county towns, then the rural seats."""
    rng = stream(seed, "settlements")
    centres = _centres(rng, scale, ground)
    ranks = np.repeat([CITY, COUNTY_TOWN, SEAT], [1, scale.counties - 1, scale.seats])
    return [_settle(rng, scale, int(r), c) for r, c in zip(ranks, centres, strict=True)]


def _centres(rng: np.random.Generator, scale: Scale, ground: Ground) -> Floats:
    count = scale.counties - 1 + scale.seats
    samples = ground.samples(rng, 60 * count)
    samples = samples[np.hypot(*samples.T) > 0.5 * 340 * scale.city_blocks[0] + 1_500]
    seats = relax(samples[:count], samples, 6)
    middles = relax(seats[rng.permutation(count)[: scale.counties - 1]], seats, 12)
    town = np.unique(nearest(seats, middles)[1]) if len(middles) else np.empty(0, np.int64)
    order = np.concatenate([town, np.setdiff1d(np.arange(count), town)])
    return np.vstack([np.zeros((1, 2)), _to_the_bank(seats[order], scale)])


def _to_the_bank(centres: Floats, scale: Scale) -> Floats:
    """Towns close to the river stand at it."""
    close = np.abs(centres[:, 1]) < 0.06 * scale.height
    return np.column_stack([centres[:, 0], np.where(close, 0.0, centres[:, 1])])


def _settle(rng: np.random.Generator, scale: Scale, rank: int, centre: Floats) -> Settlement:
    shape = (scale.city_blocks, scale.county_blocks, scale.seat_blocks)[rank]
    on_river = bool(centre[1] == 0)
    columns, rows = shape + (rng.integers(0, 2, 2) if rank else np.zeros(2, int))
    rows += 3 if on_river and rank == SEAT else 0
    xs = _spaced(rng, int(columns))
    ys = _both_banks(rng, int(rows), scale.river_width) if on_river else _spaced(rng, int(rows))
    angle = 0.0 if on_river else float(rng.uniform(-0.6, 0.6))
    return Settlement(rank, centre, angle, xs, ys, _built_up(rng, xs, ys, rank, on_river), on_river)


def _spaced(rng: np.random.Generator, count: int) -> Floats:
    """Block centres along one axis: narrow in the middle of the town, wider outside."""
    outward = np.abs(np.arange(count - 1) - (count - 2) / 2)
    at = np.concatenate([[0], np.cumsum((250 + 13 * outward) * rng.uniform(0.75, 1.3, count - 1))])
    return np.asarray(at - at[-1] / 2)


def _both_banks(rng: np.random.Generator, count: int, river_width: float) -> Floats:
    """Rows that mirror each other at the river for the first row on either side."""
    north, south = (np.cumsum(_gaps(rng, n)) for n in (count - count // 2, count // 2))
    first = river_width / 2 + EMBANKMENT
    return np.concatenate([-(first + south - south[0])[::-1], first + north - north[0]])


def _gaps(rng: np.random.Generator, count: int) -> Floats:
    return (250 + 13 * np.arange(count)) * rng.uniform(0.75, 1.3, count)


def _built_up(rng: np.random.Generator, xs: Floats, ys: Floats, rank: int, on_river: bool) -> Flags:
    """An uneven oval of blocks; a seat at the river leans on one bank."""
    x, y = np.meshgrid(xs / np.abs(xs).max(), ys / np.abs(ys).max(), indexing="ij")
    angle, phase = np.arctan2(y, x), rng.uniform(0, 2 * np.pi, 4)
    k = np.array([1, 2, 3, 5])
    edge = (1.08 if rank == CITY else 1.2) + (0.14 * np.cos(angle[..., None] * k + phase)).sum(
        axis=-1
    )
    kept = np.hypot(x, y) < edge
    if on_river:
        kept &= (y > 0) | (rank != SEAT)
        first = np.flatnonzero(ys < 0)[-1]
        kept[:, first] = kept[:, first + 1] = kept[:, first] | kept[:, first + 1]
    return np.asarray(kept)
