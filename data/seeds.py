"""One seed for each grid: town blocks, pairs that face each other across the water, open land."""

from dataclasses import dataclass

import numpy as np
import shapely

from data.ground import Ground
from data.parts import Floats, Ints, Rows, directions, leftward, nearest, relax, stream
from data.scales import Scale
from data.settlements import Settlement

OPEN_LAND, TOWN, BANK, GHOST = 0, 1, 2, 3
TOWN_AREA = 90_000.0


@dataclass(frozen=True)
class Seeds(Rows):
    """Plan coordinates; `group` is the town for town blocks, the pair for banks, else -1."""

    xy: Floats
    kind: Ints
    group: Ints


@dataclass(frozen=True)
class Spacing:
    """How large a grid is where: street blocks in town, square kilometres in the mountains."""

    ground: Ground
    built: Floats
    stretch: float = 1.0

    def area(self, xy: Floats) -> Floats:
        """Square metres, before lengths are stretched."""
        open_land = 700_000 + 3_000_000 * self.ground.mountains(xy)
        away = np.maximum(nearest(self.built, xy)[0] - 200, 0)
        return np.minimum(open_land, TOWN_AREA + 420 * away)

    def width(self, xy: Floats) -> Floats:
        return np.asarray(self.stretch * np.sqrt(self.area(xy)))


def make_seeds(
    scale: Scale, ground: Ground, towns: list[Settlement], streams: list[Floats], seed: int
) -> Seeds:
    """Exactly one seed for each grid, followed by ghosts that close the area off."""
    rng = stream(seed, "seeds")
    fixed = _town_blocks(towns)
    pool = ground.samples(rng, 60 * scale.grids)
    spacing = _spacing(scale, ground, fixed.xy, pool)
    for line in streams:
        fixed = Seeds.join([fixed, _banks(rng, spacing, fixed, line)])
    fixed = fixed.take(ground.contains(fixed.xy))
    free = _open_land(rng, spacing, fixed.xy, pool, scale.grids - len(fixed.xy))
    inner = Seeds.join([fixed, _alone(free, OPEN_LAND)])
    return Seeds.join([inner, _alone(_ring(ground, inner.xy), GHOST)])


def _alone(xy: Floats, kind: int) -> Seeds:
    return Seeds(xy, np.full(len(xy), kind), np.full(len(xy), -1))


def _town_blocks(towns: list[Settlement]) -> Seeds:
    blocks = [t.blocks() for t in towns]
    group = np.repeat(np.arange(len(towns)), [len(b) for b in blocks])
    return Seeds(np.vstack(blocks), np.full(len(group), TOWN), group)


def _spacing(scale: Scale, ground: Ground, built: Floats, pool: Floats) -> Spacing:
    """Lengths stretched so that the open land takes just the grids that are left."""
    spacing = Spacing(ground, built)
    outside = pool[nearest(built, pool)[0] > 200]
    total = float(shapely.area(shapely.polygons(_rim(ground, 720)))) * len(outside) / len(pool)
    fitting = total * float(np.mean(1 / spacing.area(outside)))
    return Spacing(ground, built, float(np.sqrt(fitting / (scale.grids - len(built)))))


def _rim(ground: Ground, count: int) -> Floats:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    direction = np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(direction * ground.rim(angle)[:, None] * ground.half)


def _banks(rng: np.random.Generator, spacing: Spacing, fixed: Seeds, line: Floats) -> Seeds:
    """Pairs of seeds facing each other across a stream: their common border is the stream."""
    at, along = _steps(rng, spacing, line)
    half = 0.42 * spacing.width(at)[:, None]
    left, right = at + half * leftward(along), at - half * leftward(along)
    room = np.minimum(nearest(fixed.xy, left)[0], nearest(fixed.xy, right)[0])
    xy = np.stack([left, right], axis=1)[room > 1.1 * half[:, 0]].reshape(-1, 2)
    pair = fixed.group.max() + 1 + np.arange(len(xy)) // 2
    return Seeds(xy, np.full(len(xy), BANK), pair)


def _steps(rng: np.random.Generator, spacing: Spacing, line: Floats) -> tuple[Floats, Floats]:
    """Points along a line, one grid's width apart, with the line's direction there."""
    path, where = shapely.LineString(line), [0.0]
    while where[-1] < path.length:
        here = shapely.get_coordinates(path.interpolate(where[-1]))
        where.append(where[-1] + float(spacing.width(here)[0]) * rng.uniform(0.85, 1.2))
    middle = np.array(where[:-1])
    at, ahead, behind = (
        shapely.get_coordinates(shapely.line_interpolate_point(path, np.maximum(middle + d, 0)))
        for d in (0, 150, -150)
    )
    return at, directions(ahead - behind)


def _open_land(
    rng: np.random.Generator, spacing: Spacing, fixed: Floats, pool: Floats, count: int
) -> Floats:
    weight = 1 / spacing.area(pool)
    samples = pool[rng.random(len(pool)) < weight / weight.max() * 4]
    apart = nearest(fixed, samples)[0] > 0.5 * np.sqrt(spacing.area(samples))
    start = rng.permutation(np.flatnonzero(apart))[:count]
    return relax(samples[start], samples, 5, fixed)


def _ring(ground: Ground, inner: Floats) -> Floats:
    """Ghost seeds just outside, as dense as the seeds that they face, and a few far away."""
    rim = _rim(ground, 6_000)
    gap = nearest(inner, rim)[0]
    step = np.linalg.norm(np.diff(rim, axis=0, append=rim[:1]), axis=1)
    turn = np.floor(np.cumsum(step / np.maximum(1.5 * gap, 200)))
    near = np.flatnonzero(np.diff(turn, prepend=-1))
    return np.vstack([rim[near] + directions(rim[near]) * gap[near, None], 4 * rim[::200]])
