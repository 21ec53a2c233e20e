"""Townships and communities as groups of neighbouring grids, each in one piece."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from data.parts import Flags, Floats, Ints, nearest, relax
from data.scales import Scale
from data.seeds import TOWN, Seeds
from data.settlements import CITY, COUNTY_TOWN, Settlement

GRIDS_PER_COMMUNITY = 7.5
ACROSS_THE_RIVER = 4.0


@dataclass(frozen=True)
class Divisions:
    """Row numbers: per grid its township and community, per township its settlement; per
    community whether most of it is open land."""

    township: Ints
    community: Ints
    seat: Ints
    rural: Flags


def make_divisions(
    rng: np.random.Generator, scale: Scale, towns: list[Settlement], grids: Seeds, neighbours: Ints
) -> Divisions:
    graph = _graph(grids.xy, neighbours)
    centres, seat = _offices(rng, scale, towns)
    township = _reach(graph, nearest(grids.xy, centres)[1])
    community = _communities(graph, township)
    rural = np.bincount(community, grids.kind != TOWN) > 0.5 * np.bincount(community)
    return Divisions(township, community, seat, rural)


def _graph(xy: Floats, neighbours: Ints) -> csr_array:
    """Neighbouring grids and their distance; the river counts as a long way."""
    a, b = xy[neighbours[:, 0]], xy[neighbours[:, 1]]
    length = np.linalg.norm(a - b, axis=1) * np.where(a[:, 1] * b[:, 1] < 0, ACROSS_THE_RIVER, 1)
    both = np.concatenate([neighbours, neighbours[:, ::-1]])
    return coo_array((np.tile(length, 2), both.T), (len(xy), len(xy))).tocsr()


def _offices(
    rng: np.random.Generator, scale: Scale, towns: list[Settlement]
) -> tuple[Floats, Ints]:
    """Where each township has its office, and in which settlement; large towns have several."""
    shares = {CITY: scale.city_offices, COUNTY_TOWN: scale.county_offices}
    count = [shares.get(t.rank, 1) for t in towns]
    blocks = [t.blocks() for t in towns]
    centres = [
        relax(b[rng.permutation(len(b))[:c]], b, 15) for b, c in zip(blocks, count, strict=True)
    ]
    return np.vstack(centres), np.repeat(np.arange(len(towns)), count)


def _reach(graph: csr_array, sources: Ints) -> Ints:
    """Which source each grid is nearest to along the neighbourhood: always in one piece."""
    found = dijkstra(graph, indices=sources, min_only=True, return_predecessors=True)[2]
    return np.asarray(np.argsort(sources)[np.searchsorted(np.sort(sources), found)])


def _communities(graph: csr_array, township: Ints) -> Ints:
    community = np.zeros(len(township), np.int64)
    total = 0
    for number in range(township.max() + 1):
        rows = np.flatnonzero(township == number)
        count = max(1, round(len(rows) / GRIDS_PER_COMMUNITY))
        community[rows] = total + _parts(dijkstra(graph[rows][:, rows]), count)
        total += count
    return community


def _parts(distance: Floats, count: int) -> Ints:
    """Farthest-first centres, then each grid to its nearest centre, then once more from the
    middles; nearest centres by walking distance keep each part in one piece."""
    centres = [int(distance.sum(axis=1).argmin())]
    while len(centres) < count:
        centres.append(int(distance[centres].min(axis=0).argmax()))
    for _ in range(2):
        part = distance[centres].argmin(axis=0)
        centres = [_middle(distance, np.flatnonzero(part == k)) for k in range(count)]
    return np.asarray(distance[centres].argmin(axis=0))


def _middle(distance: Floats, rows: Ints) -> int:
    return int(rows[distance[np.ix_(rows, rows)].sum(axis=1).argmin()])
