"""The ground itself. Everything is laid out on a flat plan, where the river is the line y = 0,
and then bent once by a smooth one-to-one map: what fits on the plan fits on the map.
"""

from dataclasses import dataclass

import numpy as np

from data.parts import Flags, Floats, stream
from data.scales import Scale

# Near the edge of an H3 icosahedron face, so that the awkward cells stay in play.
ORIGIN = (119.9, 29.7)
METRES_PER_DEGREE = (111_320.0 * np.cos(np.radians(ORIGIN[1])), 110_850.0)


@dataclass(frozen=True)
class Waves:
    """A sum of cosines over the plane: direction and frequency, phase, amplitude in metres."""

    frequency: Floats
    phase: Floats
    amplitude: Floats

    def __call__(self, xy: Floats) -> Floats:
        total = np.zeros((*xy.shape[:-1], self.amplitude.shape[1]))
        for f, p, a in zip(self.frequency, self.phase, self.amplitude, strict=True):
            total += a * np.cos(xy[..., :1] * f[0] + xy[..., 1:] * f[1] + p)
        return total


def waves(rng: np.random.Generator, lengths: Floats, slopes: Floats, angles: Floats) -> Waves:
    """Two-component waves of these lengths whose steepest slope is about the one given."""
    k = 2 * np.pi / lengths
    frequency = np.column_stack([k * np.cos(angles), k * np.sin(angles)])
    sway = rng.normal(size=(len(k), 2))
    sway /= np.linalg.norm(sway, axis=1, keepdims=True)
    return Waves(frequency, rng.uniform(0, 2 * np.pi, (len(k), 2)), sway * (slopes / k)[:, None])


@dataclass(frozen=True)
class Ground:
    """Outline of the area on the plan, its hills, and the bend from plan to map."""

    half: Floats
    reach: Floats
    meander: Waves
    drift: Waves
    hills: Waves

    def rim(self, angle: Floats) -> Floats:
        """How far the area reaches at this angle, as a share of the half extents."""
        known = np.linspace(0, 2 * np.pi, len(self.reach))
        return np.interp(angle, known, self.reach, period=2 * np.pi)

    def contains(self, xy: Floats) -> Flags:
        scaled = xy / self.half
        away = np.hypot(scaled[:, 0], scaled[:, 1])
        return np.asarray(away < self.rim(np.arctan2(scaled[:, 1], scaled[:, 0])))

    def samples(self, rng: np.random.Generator, count: int) -> Floats:
        """Points spread evenly over the area."""
        box = rng.uniform(-1.1, 1.1, (2 * count, 2)) * self.half
        return np.asarray(box[self.contains(box)][:count])

    def mountains(self, xy: Floats) -> Floats:
        """0 in the valley plain, 1 in the mountains away from the river."""
        height = np.abs(xy[:, 1]) / self.half[1] * 1.5 - 0.25 + self.hills(xy)[:, 0]
        return np.asarray(np.clip(height, 0, 1))

    def bend(self, xy: Floats) -> Floats:
        """From the plan to the map, both in metres."""
        fade = np.exp(-((xy[..., 1:] / (0.45 * self.half[1])) ** 2))
        along = np.stack([xy[..., 0], np.zeros_like(xy[..., 0])], axis=-1)
        sway = self.meander(along)[..., :1] * fade
        return np.asarray(xy + self.drift(xy) + np.concatenate([0 * sway, sway], axis=-1))

    def lonlat(self, xy: Floats) -> Floats:
        """From the plan to degrees, to seven places (one centimetre)."""
        return np.round(np.array(ORIGIN) + self.bend(xy) / METRES_PER_DEGREE, 7)


def make_ground(scale: Scale, seed: int) -> Ground:
    rng = stream(seed, "ground")
    return Ground(
        half=np.array([scale.width, scale.height]) / 2,
        reach=_reach(rng),
        meander=_meander(rng, scale),
        drift=_drift(rng, scale),
        hills=_hills(rng, scale),
    )


def _reach(rng: np.random.Generator) -> Floats:
    """A rounded square with lobes: how far the area reaches at angles from 0 to a full turn."""
    angle, k = np.linspace(0, 2 * np.pi, 4_001), np.arange(2, 16)
    squared = (np.abs(np.cos(angle)) ** 3 + np.abs(np.sin(angle)) ** 3) ** (-1 / 3)
    lobes = (
        rng.normal(0, 0.2, len(k)) / k * np.cos(angle[:, None] * k + rng.uniform(0, 6.28, len(k)))
    )
    return np.asarray(0.91 * squared * (1 + lobes.sum(axis=1)))


def _hills(rng: np.random.Generator, scale: Scale) -> Waves:
    """Up to a quarter of the mountains' height."""
    lengths = np.array([0.5, 0.3, 0.2]) * scale.width
    return waves(rng, lengths, 0.25 * 2 * np.pi / lengths, rng.uniform(0, np.pi, 3))


def _meander(rng: np.random.Generator, scale: Scale) -> Waves:
    lengths = np.array([0.62 * scale.width, 21_000, 9_000, 4_300])
    made = waves(rng, lengths, np.array([0.3, 0.28, 0.24, 0.15]), np.zeros(4))
    # A river swings across its course only: put the whole sway into one component.
    across = np.column_stack([np.linalg.norm(made.amplitude, axis=1), np.zeros(4)])
    return Waves(made.frequency, made.phase, across)


def _drift(rng: np.random.Generator, scale: Scale) -> Waves:
    lengths = np.repeat([0.5 * scale.width, 0.22 * scale.width, 5_200], 4) * rng.uniform(
        0.8, 1.25, 12
    )
    slopes = np.repeat([0.12, 0.1, 0.08], 4)
    return waves(rng, lengths, slopes, rng.uniform(0, 2 * np.pi, 12))
