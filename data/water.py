"""The river, its tributaries and the reservoirs, on the plan and as polygons on the map."""

from dataclasses import dataclass

import numpy as np
import shapely

from data.ground import Ground
from data.names import place_names
from data.parts import Floats, Shapes, leftward, nearest, stream
from data.scales import Scale
from data.settlements import Settlement


@dataclass(frozen=True)
class Water:
    """Kind (river, tributary, reservoir), name and lon/lat polygon; the river comes first."""

    kind: list[str]
    name: list[str]
    shape: Shapes


def make_streams(scale: Scale, ground: Ground, towns: list[Settlement], seed: int) -> list[Floats]:
    """Centre lines on the plan: the river along y = 0, then the tributaries from their mouths."""
    rng = stream(seed, "streams")
    reach = 0.56 * scale.width
    river = np.column_stack([np.linspace(-reach, reach, 400), np.zeros(400)])
    return [river, *_tributaries(rng, scale, ground, towns)]


def _tributaries(
    rng: np.random.Generator, scale: Scale, ground: Ground, towns: list[Settlement]
) -> list[Floats]:
    """Mouths apart from each other, sides in turn; each wanders away from the river."""
    built = np.vstack([t.blocks() for t in towns])
    even = np.linspace(-0.42, 0.42, scale.tributaries)
    mouths = scale.width * (even + rng.uniform(-0.02, 0.02, scale.tributaries))
    for town in towns:
        mouths = _beside(mouths, town)
    side = np.where(np.arange(scale.tributaries) % 2 == 0, 1.0, -1.0)
    found: list[Floats] = []
    for mouth, bank in zip(mouths, side, strict=True):
        path = _wander(rng, ground, built, np.array([mouth, 0.0]), bank)
        found.append(_alone(path, ground, found))
    return [path for path in found if len(path) > 5]


def _alone(path: Floats, ground: Ground, others: list[Floats]) -> Floats:
    """The path up to where it leaves the area or comes close to another stream."""
    stop = ~ground.contains(path)
    if others:
        stop |= nearest(np.vstack(others), path)[0] < 1_500
    return path[: np.argmax(stop)] if stop.any() else path


def _beside(mouths: Floats, town: Settlement) -> Floats:
    """No mouth in the middle of a river town: move it to the nearer end of the town."""
    if not town.on_river:
        return mouths
    away = mouths - town.centre[0]
    reach = np.abs(town.columns).max() + 900
    return np.where(
        np.abs(away) < reach, town.centre[0] + np.where(away < 0, -reach, reach), mouths
    )


def _wander(
    rng: np.random.Generator, ground: Ground, built: Floats, mouth: Floats, side: float
) -> Floats:
    """A walk uphill in steps of 400 m that turns away from towns in front of it."""
    length = int(rng.uniform(0.55, 0.85) * ground.half[1] / 400)
    turn = rng.normal(0, 0.16, length).cumsum() * 0.5 + rng.normal(0, 0.3)
    path = [mouth]
    for bearing in np.pi / 2 * side + np.clip(turn, -0.9, 0.9):
        step = path[-1] + 400 * np.array([np.cos(bearing), np.sin(bearing)])
        gap = step - built[np.argmin(((built - step) ** 2).sum(axis=1))]
        away = np.linalg.norm(gap)
        path.append(step + gap / away * max(0.0, 700 - away))
    return np.array(path)


def make_water(scale: Scale, ground: Ground, streams: list[Floats], seed: int) -> Water:
    rng = stream(seed, "water")
    river = _river(scale, ground, streams[0])
    lakes = [_lake(rng, ground, s[int(0.8 * len(s))]) for s in streams[1::3]]
    rest = shapely.union_all([river, *lakes])
    brooks = [shapely.difference(_brook(scale, ground, s), rest) for s in streams[1:]]
    kinds = ["river"] + ["tributary"] * len(brooks) + ["reservoir"] * len(lakes)
    shapes = np.array([river, *brooks, *lakes], dtype=object)
    return Water(kinds, _names(stream(seed, "water names"), kinds), shapes)


def _names(rng: np.random.Generator, kinds: list[str]) -> list[str]:
    ends = {"river": "江", "tributary": "溪", "reservoir": "水库"}
    stems = place_names(rng, len(kinds))
    return [s + ends[k] for s, k in zip(stems, kinds, strict=True)]


def half_width(scale: Scale, x: Floats) -> Floats:
    """Half the river's width at x on the plan: narrow upstream, wider downstream."""
    swell = 1 + 0.14 * np.sin(x / 1_700) + 0.08 * np.sin(x / 610 + 1)
    return np.asarray(scale.river_width / 2 * swell * (0.8 + 0.3 * x / scale.width))


def _river(scale: Scale, ground: Ground, line: Floats) -> shapely.Geometry:
    x = np.linspace(line[0, 0], line[-1, 0], int(scale.width / 60))
    centre = np.column_stack([x, np.zeros_like(x)])
    return _ribbon(ground, centre, half_width(scale, x))


def _brook(scale: Scale, ground: Ground, line: Floats) -> shapely.Geometry:
    """Wide at the mouth, narrow at the source."""
    path = shapely.segmentize(shapely.LineString(_smooth(line)), 80)
    centre = shapely.get_coordinates(path)
    return _ribbon(ground, centre, np.linspace(0.13 * scale.river_width, 9, len(centre)))


def _ribbon(ground: Ground, centre: Floats, half: Floats) -> shapely.Geometry:
    """The ground within the given distances of a line, as a lon/lat polygon."""
    side = leftward(np.gradient(centre, axis=0)) * half[:, None]
    ring = np.concatenate([centre + side, (centre - side)[::-1]])
    return shapely.make_valid(shapely.Polygon(ground.lonlat(ring)))


def _smooth(line: Floats) -> Floats:
    """Two rounds of Chaikin's corner cutting."""
    for _ in range(2):
        cut = np.stack([0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]], 1)
        line = np.vstack([line[:1], cut.reshape(-1, 2), line[-1:]])
    return line


def _lake(rng: np.random.Generator, ground: Ground, centre: Floats) -> shapely.Geometry:
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    k = np.arange(2, 8)
    wobble = (0.5 / k * np.cos(angle[:, None] * k + rng.uniform(0, 6.28, 6))).sum(axis=1)
    radius = rng.uniform(0.008, 0.014) * ground.half[0] * (1 + 0.7 * wobble)
    shore = radius[:, None] * np.column_stack([np.cos(angle), 0.7 * np.sin(angle)])
    return shapely.Polygon(ground.lonlat(centre + shore))
