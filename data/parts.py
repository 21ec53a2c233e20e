"""What all parts of the practice town share: arrays, tables of arrays, one random stream for each
part."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Rows:
    """Base of tables whose fields are arrays of equal length."""

    def take(self, rows: Ints | Flags) -> Self:
        return type(self)(*(getattr(self, f.name)[rows] for f in fields(self)))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def stream(seed: int, part: str) -> np.random.Generator:
    """A generator of its own for each part, so that changing one part leaves the others alone."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def draw(rng: np.random.Generator, shares: Floats, row: Ints) -> Ints:
    """For each given row of (rows, choices) shares, one choice."""
    edges = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
    stacked = (edges + np.arange(len(shares))[:, None]).ravel()
    found = np.searchsorted(stacked, row + rng.random(len(row)), side="right")
    return np.asarray(np.minimum(found - shares.shape[1] * row, shares.shape[1] - 1))


def nearest(points: Floats, queries: Floats) -> tuple[Floats, Ints]:
    """Distance to, and index of, the nearest of the points for each query."""
    distance, index = cKDTree(points).query(queries)
    return np.asarray(distance, float), np.asarray(index, np.int64)


def relax(free: Floats, samples: Floats, rounds: int, fixed: Floats | None = None) -> Floats:
    """Lloyd's rounds: each free point moves to the mean of the samples nearest to it."""
    held = np.empty((0, 2)) if fixed is None else fixed
    for _ in range(rounds):
        owner = nearest(np.vstack([free, held]), samples)[1]
        count, middle = means(owner, samples, len(free) + len(held))
        free = np.where(count > 0, middle, np.vstack([free, held]))[: len(free)]
    return free


def means(group: Ints, xy: Floats, groups: int) -> tuple[Ints, Floats]:
    """Size (n, 1) and mean point (n, 2) of each group; an empty group is at the origin."""
    count = np.bincount(group, minlength=groups)[:, None]
    total = np.column_stack([np.bincount(group, xy[:, k], groups) for k in (0, 1)])
    return count, total / np.maximum(count, 1)


def directions(step: Floats) -> Floats:
    """Vectors (n, 2) made one long; a vector of no length stays so."""
    return np.asarray(step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9))


def leftward(step: Floats) -> Floats:
    """Vectors (n, 2) of length one at right angles to these, to their left."""
    return directions(np.column_stack([-step[:, 1], step[:, 0]]))
