"""Grid polygons: Voronoi cells of the seeds whose borders are roughened, then bent to the map."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from data.ground import Ground
from data.parts import Flags, Floats, Ints, Shapes, leftward, stream
from data.seeds import GHOST, Seeds

PIECES = 17
SAME_CORNER = 3.0


@dataclass(frozen=True)
class Land:
    """One polygon for each seed that is no ghost, and which of them share a border."""

    polygons: Shapes
    neighbours: Ints


def make_land(ground: Ground, seeds: Seeds, seed: int) -> Land:
    cells = Voronoi(seeds.xy)
    ridges, corners = _merge_corners(cells)
    pairs = cells.ridge_points[ridges].astype(np.int64)
    curves = _borders(stream(seed, "land"), cells, seeds, pairs, corners)
    lines = np.asarray(shapely.linestrings(ground.lonlat(curves)))
    inner = seeds.kind[pairs] != GHOST
    polygons = _polygons(lines, ground.lonlat(seeds.xy[seeds.kind != GHOST]))
    return Land(polygons, pairs[inner.all(axis=1)])


def _merge_corners(cells: Voronoi) -> tuple[Ints, Ints]:
    """Ridges that bound a grid, with corners a few metres apart made one (crossroads)."""
    ends = np.array(cells.ridge_vertices)
    close = cKDTree(cells.vertices).query_pairs(SAME_CORNER, output_type="ndarray")
    count = len(cells.vertices)
    graph = coo_array((np.ones(len(close)), (close[:, 0], close[:, 1])), (count, count))
    _, label = connected_components(graph, directed=False)
    first = np.unique(label, return_index=True)[1][label]
    merged = first[ends]
    real = (ends >= 0).all(axis=1) & (merged[:, 0] != merged[:, 1])
    return np.flatnonzero(real), merged[real]


def _borders(
    rng: np.random.Generator, cells: Voronoi, seeds: Seeds, pairs: Ints, corners: Ints
) -> Floats:
    """Each border as a polyline on the plan: straight in town and at the river, else rough."""
    ghost = (seeds.kind[pairs] == GHOST).all(axis=1)
    corners[ghost] = corners[ghost, :1]
    start, end = cells.vertices[corners[:, 0]], cells.vertices[corners[:, 1]]
    room = _room(seeds.xy[pairs[:, 0]], start, end)
    offset = np.clip(roughness(rng, start, end, PIECES, 0.16), -0.8 * room, 0.8 * room)
    offset[_straight(seeds, pairs)] = 0
    return displace(start, end, offset)


def _straight(seeds: Seeds, pairs: Ints) -> Flags:
    kind, group = seeds.kind[pairs], seeds.group[pairs]
    together = (kind[:, 0] == kind[:, 1]) & (group[:, 0] == group[:, 1])
    return np.asarray(together & (group[:, 0] >= 0))


def roughness(
    rng: np.random.Generator,
    start: Floats,
    end: Floats,
    pieces: int,
    height: float,
    terms: int = 7,
) -> Floats:
    """Sideways offsets at pieces + 1 points of each line, zero at its ends: a sine series whose
    terms fall off like those of a natural border."""
    t = np.linspace(0, 1, pieces + 1)
    length = np.linalg.norm(end - start, axis=1, keepdims=True)
    total = np.zeros((len(start), pieces + 1))
    for k in range(1, terms + 1):
        total += rng.normal(0, k**-1.3, (len(start), 1)) * np.sin(np.pi * k * t)
    return np.asarray(height * length * total)


def displace(start: Floats, end: Floats, offset: Floats) -> Floats:
    t = np.linspace(0, 1, offset.shape[1])[:, None]
    step = end - start
    curve = start[:, None] + t * step[:, None] + offset[..., None] * leftward(step)[:, None]
    curve[:, -1] = end
    return np.asarray(curve)


def _room(seed: Floats, start: Floats, end: Floats) -> Floats:
    """How far each point of a border may move towards the seed and stay in the triangle that it
    forms with the border. These triangles never overlap, so roughened borders never cross."""
    step = end - start
    length = np.maximum(np.linalg.norm(step, axis=1), 1e-9)
    to_seed = seed - start
    foot = (to_seed * step).sum(axis=1) / length**2
    height = np.abs(step[:, 0] * to_seed[:, 1] - step[:, 1] * to_seed[:, 0]) / length
    t = np.linspace(0, 1, PIECES + 1)
    rise = t / np.maximum(foot, 1)[:, None]
    fall = (1 - t) / np.maximum(1 - foot, 1)[:, None]
    return np.asarray(height[:, None] * np.minimum(rise, fall))


def _polygons(lines: Shapes, inside: Floats) -> Shapes:
    """The faces between the lines, in the order of the points that lie inside them."""
    faces = shapely.get_parts(shapely.polygonize(lines))
    point, face = shapely.STRtree(faces).query(shapely.points(inside), predicate="intersects")
    if not np.array_equal(point, np.arange(len(inside))):
        raise ValueError("the borders do not part every seed from the others")
    return np.asarray(shapely.normalize(faces[face]))
