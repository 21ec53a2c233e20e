"""The road network on the plan as a graph: streets on and between block borders, country lanes
between hamlets and the ends of the towns' main streets."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import Delaunay

from data.parts import Flags, Floats, Ints, nearest
from data.seeds import OPEN_LAND, TOWN, Seeds
from data.settlements import Settlement

MOTORWAY, TRUNK, PRIMARY, SECONDARY, TERTIARY, RESIDENTIAL = range(6)
COUNTRY = -1


@dataclass(frozen=True)
class Web:
    """Per node: plan coordinates and town (or COUNTRY). Per edge: end nodes, rank of its class,
    street (edges of one street share a number; COUNTRY outside towns)."""

    xy: Floats
    town: Ints
    ends: Ints
    rank: Ints
    street: Ints

    def edges(self, rows: Flags) -> "Web":
        return replace(self, ends=self.ends[rows], rank=self.rank[rows], street=self.street[rows])

    def plus(self, ends: Ints, rank: int) -> "Web":
        """With more country edges."""
        return replace(
            self,
            ends=np.vstack([self.ends, ends]),
            rank=np.append(self.rank, np.full(len(ends), rank)),
            street=np.append(self.street, np.full(len(ends), COUNTRY)),
        )

    def over_river(self) -> Flags:
        """Edges with ends on different banks, or with one in the middle of the river."""
        y = self.xy[self.ends, 1]
        return np.asarray(y[:, 0] * y[:, 1] <= 0)

    def length(self) -> Floats:
        return np.asarray(np.linalg.norm(np.diff(self.xy[self.ends], axis=1)[:, 0], axis=1))


def make_web(rng: np.random.Generator, towns: list[Settlement], seeds: Seeds) -> Web:
    web = _join([_streets(rng, number, town) for number, town in enumerate(towns)])
    hamlets = seeds.xy[(seeds.kind == OPEN_LAND) & (rng.random(len(seeds.kind)) < 0.6)]
    gates = _gates(web)
    known = np.concatenate([gates, len(web.xy) + np.arange(len(hamlets))])
    web = replace(
        web,
        xy=np.vstack([web.xy, hamlets]),
        town=np.append(web.town, np.full(len(hamlets), COUNTRY)),
    )
    lanes = known[_relative_neighbours(web.xy[known])]
    return web.plus(lanes[_outside_towns(web, lanes, seeds)], RESIDENTIAL)


def _join(webs: list[Web]) -> Web:
    nodes = np.cumsum([0, *(len(w.xy) for w in webs)])
    streets = np.cumsum([0, *(w.street.max() + 1 for w in webs)])
    return Web(
        np.vstack([w.xy for w in webs]),
        np.concatenate([w.town for w in webs]),
        np.vstack([w.ends + n for w, n in zip(webs, nodes, strict=False)]),
        np.concatenate([w.rank for w in webs]),
        np.concatenate([w.street + s for w, s in zip(webs, streets, strict=False)]),
    )


def _streets(rng: np.random.Generator, number: int, town: Settlement) -> Web:
    """Streets along the block borders and lanes through the middle of the blocks."""
    x, y = _half_steps(town.columns), _half_steps(town.rows)
    nodes = np.arange(len(x) * len(y)).reshape(len(x), len(y))
    across, up = _passable(town.kept), _passable(town.kept.T).T
    rank_x, rank_y = _line_ranks(len(town.columns)), _line_ranks(len(town.rows))
    if town.on_river:
        middle = int(np.argmin(np.abs(y)))
        across[:, middle] = False
        up[rank_x > SECONDARY, middle - 1 : middle + 1] = False
        rank_y[[middle - 1, middle + 1]] = TERTIARY
    i, j = np.nonzero(across)
    k, m = np.nonzero(up)
    web = Web(
        town.place(np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)),
        np.full(nodes.size, number),
        np.vstack(
            [
                np.column_stack([nodes[i, j], nodes[i + 1, j]]),
                np.column_stack([nodes[k, m], nodes[k, m + 1]]),
            ]
        ),
        np.concatenate([rank_y[j], rank_x[k]]),
        np.concatenate([j, len(y) + k]),
    )
    return web.edges((web.rank < RESIDENTIAL) | (rng.random(len(web.rank)) < 0.72))


def _half_steps(centres: Floats) -> Floats:
    """Block centres and, between them, block borders: even places lanes, odd places streets."""
    return np.interp(np.arange(2 * len(centres) - 1) / 2, np.arange(len(centres)), centres)


def _passable(kept: Flags) -> Flags:
    """Per half step along the first axis and line along the second: is there ground for it? A
    lane needs its own block, a street the blocks on both sides."""
    lines = np.zeros((kept.shape[0], 2 * kept.shape[1] - 1), bool)
    lines[:, ::2] = kept
    lines[:, 1::2] = kept[:, 1:] & kept[:, :-1]
    return np.asarray(lines[(np.arange(2 * kept.shape[0] - 2) + 1) // 2])


def _line_ranks(blocks: int) -> Ints:
    """Every third street is a main street, the middle one of a larger town a primary road."""
    rank = np.full(2 * blocks - 1, RESIDENTIAL)
    off_middle = np.arange(blocks - 1) - (blocks - 1) // 2
    rank[1::2] = np.where(off_middle % 3 == 0, SECONDARY, TERTIARY)
    if blocks > 8:
        rank[1 + 2 * ((blocks - 1) // 2)] = PRIMARY
    return rank


def _gates(web: Web) -> Ints:
    """Where the main streets end."""
    main = web.ends[web.rank <= SECONDARY]
    return np.flatnonzero(np.bincount(main.ravel(), minlength=len(web.xy)) == 1)


def _relative_neighbours(xy: Floats) -> Ints:
    """Pairs of points with no third point nearer to both than they are to each other. Only
    Delaunay neighbours are tried as the third point, so a pair too many may stay."""
    pair = _delaunay_edges(xy)
    both = np.vstack([pair, pair[:, ::-1]])
    both = both[np.lexsort(both.T[::-1])]
    span = np.linalg.norm(xy[both[:, 0]] - xy[both[:, 1]], axis=1)
    start = np.searchsorted(both[:, 0], np.arange(len(xy) + 1))
    size = np.diff(start)[both[:, 0]]
    edge = np.repeat(np.arange(len(both)), size)
    third = start[both[edge, 0]] + np.arange(len(edge)) - np.repeat(np.cumsum(size) - size, size)
    far = np.linalg.norm(xy[both[third, 1]] - xy[both[edge, 1]], axis=1)
    witness = (span[third] < span[edge]) & (far < span[edge])
    lost = both[np.unique(edge[witness])]
    key = np.array([len(xy), 1])
    return np.asarray(pair[~np.isin(pair @ key, np.sort(lost, axis=1) @ key)])


def _delaunay_edges(xy: Floats) -> Ints:
    corners = Delaunay(xy).simplices
    sides = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    return np.unique(sides, axis=0).astype(np.int64)


def _outside_towns(web: Web, ends: Ints, seeds: Seeds) -> Flags:
    """Country lanes do not cut through blocks nor join two gates of the same town."""
    town = web.town[ends]
    same = (town[:, 0] == town[:, 1]) & (town[:, 0] != COUNTRY)
    a, b = web.xy[ends[:, 0]], web.xy[ends[:, 1]]
    on_the_way = (a + t * (b - a) for t in (0.35, 0.5, 0.65))
    through = [seeds.kind[nearest(seeds.xy, at)[1]] == TOWN for at in on_the_way]
    return np.asarray(~same & ~np.logical_and.reduce(through))


def hub(web: Web, number: int, town: Settlement) -> int:
    """The main-street node nearest to the middle of a town, on dry land."""
    main = np.unique(web.ends[(web.rank <= SECONDARY) & (web.street != COUNTRY)])
    dry = (web.xy[main, 1] != 0) | (not town.on_river)
    here = main[(web.town[main] == number) & dry]
    return int(here[np.argmin(((web.xy[here] - town.centre) ** 2).sum(axis=1))])
