"""Roads: the network with main routes chosen as travellers would, a motorway, and real curves."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from data.land import displace, roughness
from data.network import (
    COUNTRY,
    MOTORWAY,
    PRIMARY,
    SECONDARY,
    TERTIARY,
    TRUNK,
    Web,
    hub,
    make_web,
)
from data.parts import Flags, Floats, Ints, means, nearest, stream
from data.plan import Plan
from data.settlements import SEAT, Settlement

CLASSES = np.array(["motorway", "trunk", "primary", "secondary", "tertiary", "residential"])
SPEED_KMH = np.array([100, 70, 60, 50, 40, 25])
PIECES = 8
# How a traveller weighs a kilometre of each class when the main routes are found.
EFFORT = np.array([0.5, 0.6, 0.7, 0.8, 1.0, 1.5])
BRIDGE = 4.0


@dataclass(frozen=True)
class Roads:
    """The network and, per edge, the plan curve (n, PIECES + 1, 2) and the one-way flag."""

    web: Web
    curve: Floats
    oneway: Flags

    def middles(self) -> Floats:
        return self.curve[:, PIECES // 2]

    def corners(self) -> Floats:
        """Plan coordinates of the junctions that a patrol can stop at."""
        return self.web.xy[np.unique(self.web.ends[self.web.rank > MOTORWAY])]


def make_roads(plan: Plan) -> Roads:
    rng = stream(plan.seed, "roads")
    web = _arteries(rng, make_web(rng, plan.towns, plan.grids), plan.towns)
    web = _smooth(_motorway(web, plan))
    curve = _curves(rng, web)
    dry = _dry(plan, web, curve)
    whole = _largest(web.edges(dry))
    web, curve = web.edges(dry).edges(whole), curve[dry][whole]
    return Roads(web, curve, _one_way(rng, web))


def _arteries(rng: np.random.Generator, web: Web, towns: list[Settlement]) -> Web:
    """City to county towns, these to the seats, seats to their neighbours, seats to villages."""
    hubs = np.array([hub(web, n, t) for n, t in enumerate(towns)])
    rank = np.array([t.rank for t in towns])
    heads = hubs[rank < SEAT]
    hamlets = np.flatnonzero(web.town == COUNTRY)
    villages = rng.permutation(hamlets)[: len(hamlets) // 3]
    web = _route(web, hubs[:1], heads[1:], TRUNK)
    web = _route(web, heads, hubs[rank == SEAT], PRIMARY)
    web = _between(web, hubs, SECONDARY)
    return _route(web, hubs, villages, TERTIARY)


def _route(web: Web, sources: Ints, targets: Ints, rank: int) -> Web:
    """Raise the class of the easiest way from each target to its nearest source."""
    before = dijkstra(_effort(web), indices=sources, min_only=True, return_predecessors=True)[1]
    return _raise(web, [(before, targets)], rank)


def _between(web: Web, hubs: Ints, rank: int) -> Web:
    """Raise the easiest ways from each hub to the two hubs next to it."""
    effort, before = dijkstra(_effort(web), indices=hubs, return_predecessors=True)
    near = np.argsort(effort[:, hubs], axis=1)[:, 1:3]
    return _raise(web, [(b, hubs[n]) for b, n in zip(before, near, strict=True)], rank)


def _effort(web: Web) -> csr_array:
    wet = (web.street == COUNTRY) & web.over_river()
    cost = web.length() * EFFORT[web.rank] * np.where(wet, BRIDGE, 1)
    both = np.vstack([web.ends, web.ends[:, ::-1]])
    return coo_array((np.tile(cost, 2), both.T), (len(web.xy), len(web.xy))).tocsr()


def _raise(web: Web, trees: list[tuple[Ints, Ints]], rank: int) -> Web:
    """Walk from the targets back to the roots of the trees and raise every edge passed."""
    steps = [np.empty((0, 2), np.int64)]
    for before, targets in trees:
        at = np.unique(targets[before[targets] >= 0])
        while len(at):
            steps.append(np.column_stack([at, before[at]]))
            at = np.unique(before[at])
            at = at[before[at] >= 0]
    walked = np.sort(np.vstack(steps), axis=1) @ [len(web.xy), 1]
    passed = np.isin(np.sort(web.ends, axis=1) @ [len(web.xy), 1], walked)
    return replace(web, rank=np.where(passed, np.minimum(web.rank, rank), web.rank))


def _motorway(web: Web, plan: Plan) -> Web:
    """One motorway past the city through the whole area, with a few interchanges."""
    width, height = 2 * plan.ground.half
    x = np.linspace(-0.5, 0.5, max(9, int(width / 2_500))) * width
    y = plan.towns[0].rows.max() + 1_600 + 0.02 * height * np.sin(x / width * 9 + 1)
    path = np.column_stack([x, y])
    path = path[plan.ground.contains(path * 1.03)]
    at = len(web.xy) + np.arange(len(path))
    main = np.unique(web.ends[web.rank <= SECONDARY])
    web = replace(
        web, xy=np.vstack([web.xy, path]), town=np.append(web.town, np.full(len(path), COUNTRY))
    )
    exits = at[2::5]
    ramps = np.column_stack([exits, main[nearest(web.xy[main], web.xy[exits])[1]]])
    return web.plus(np.column_stack([at[:-1], at[1:]]), MOTORWAY).plus(ramps, TRUNK)


def _smooth(web: Web) -> Web:
    """Take the kinks out of main roads in the country: bends move to between their neighbours."""
    main = web.ends[web.rank <= SECONDARY]
    both = np.vstack([main, main[:, ::-1]])
    degree = np.bincount(both[:, 0], minlength=len(web.xy))
    moves = ((degree == 2) & (web.town == COUNTRY))[:, None]
    xy = web.xy
    for _ in range(4):
        between = means(both[:, 0], xy[both[:, 1]], len(xy))[1]
        xy = np.where(moves, (xy + between) / 2, xy)
    return replace(web, xy=xy)


def _curves(rng: np.random.Generator, web: Web) -> Floats:
    start, end = web.xy[web.ends[:, 0]], web.xy[web.ends[:, 1]]
    sway = np.array([0.015, 0.03, 0.045, 0.05, 0.07, 0.08])[web.rank]
    sway[web.street != COUNTRY] = 0
    offset = roughness(rng, start, end, PIECES, 1.0, terms=3) * sway[:, None]
    return displace(start, end, offset)


def _dry(plan: Plan, web: Web, curve: Floats) -> Flags:
    """Only main roads bridge the river, and anything but lanes the other waters."""
    lines = np.asarray(shapely.linestrings(plan.ground.lonlat(curve)))
    river, brooks = plan.water.shape[0], shapely.union_all(plan.water.shape[1:])
    shapely.prepare([river, brooks])
    over_river = (web.rank > SECONDARY) & shapely.intersects(river, lines)
    over_brook = (web.rank > TERTIARY) & shapely.intersects(brooks, lines)
    return np.asarray(~(over_river | over_brook))


def _largest(web: Web) -> Flags:
    """The edges of the largest connected part."""
    graph = _effort(web)
    label = connected_components(graph, directed=False)[1][web.ends[:, 0]]
    return np.asarray(label == np.bincount(label).argmax())


def _one_way(rng: np.random.Generator, web: Web) -> Flags:
    """Some town streets, but never so that a place can be left and not reached again."""
    street = (web.street != COUNTRY) & (web.rank >= TERTIARY)
    chosen = street & (rng.random(web.street.max() + 1)[web.street] < 0.14)
    two_way = web.ends[~chosen][:, ::-1]
    arcs = np.vstack([web.ends, two_way])
    graph = coo_array((np.ones(len(arcs)), arcs.T), (len(web.xy), len(web.xy)))
    part = connected_components(graph, directed=True, connection="strong")[1][web.ends]
    return np.asarray(chosen & (part[:, 0] == part[:, 1]))
