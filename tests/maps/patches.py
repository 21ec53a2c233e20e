"""A made-up partition for drawing tests: squares whose common edges wander, exactly shared."""

import numpy as np
import shapely

WEST, SOUTH = 117.0, 31.0


def partition(columns, rows, *, points=21, side=0.012, seed=7):
    """Polygons that tile a rectangle; each side has `points` vertices and is shared as it is."""
    random = np.random.default_rng(seed)
    nodes = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), axis=-1) * side
    nodes = nodes + random.uniform(-0.2, 0.2, nodes.shape) * side + [WEST, SOUTH]
    flat = _wandering(nodes[:, :-1], nodes[:, 1:], points, random)
    upright = _wandering(nodes[:-1], nodes[1:], points, random)
    rings = np.concatenate(
        [
            flat[:-1, :, :-1],
            upright[:, 1:, :-1],
            flat[1:, :, :0:-1],
            upright[:, :-1, :0:-1],
        ],
        axis=2,
    ).reshape(rows * columns, -1, 2)
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    return shapely.polygons(closed)


def _wandering(start, end, points, random):
    along = np.linspace(0, 1, points)[:, None]
    line = start[..., None, :] * (1 - along) + end[..., None, :] * along
    across = (end - start)[..., None, ::-1] * [-1, 1]
    walk = np.cumsum(random.normal(0, 0.012, (*start.shape[:-1], points, 1)), axis=-2)
    pinned = walk - walk[..., :1, :] * (1 - along) - walk[..., -1:, :] * along
    return line + across * pinned
