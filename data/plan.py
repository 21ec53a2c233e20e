"""The plan of a practice town: the ground, its settlements and waters, and who is responsible for
what. Everything else (roads, places, squads, cases) is put on top of it."""

from dataclasses import dataclass

from data.codes import Labels, make_labels
from data.divisions import Divisions, make_divisions
from data.ground import Ground, make_ground
from data.land import Land, make_land
from data.parts import Floats, Ints, nearest, stream
from data.scales import Scale
from data.seeds import GHOST, Seeds, make_seeds
from data.settlements import Settlement, make_settlements
from data.water import Water, make_streams, make_water


@dataclass(frozen=True)
class Plan:
    """`grids` are the seeds of the grids, in the order of `land`, `divisions` and `labels`."""

    seed: int
    scale: Scale
    ground: Ground
    towns: list[Settlement]
    water: Water
    grids: Seeds
    land: Land
    divisions: Divisions
    labels: Labels

    def grid_at(self, xy: Floats) -> Ints:
        """The grid (row) whose seed is nearest to each point of the plan."""
        return nearest(self.grids.xy, xy)[1]


def make_plan(scale: Scale, seed: int) -> Plan:
    ground = make_ground(scale, seed)
    towns = make_settlements(scale, ground, seed)
    streams = make_streams(scale, ground, towns, seed)
    seeds = make_seeds(scale, ground, towns, streams, seed)
    land = make_land(ground, seeds, seed)
    grids = seeds.take(seeds.kind != GHOST)
    divisions = make_divisions(stream(seed, "divisions"), scale, towns, grids, land.neighbours)
    labels = make_labels(stream(seed, "labels"), towns, divisions, ground.lonlat(grids.xy))
    water = make_water(scale, ground, streams, seed)
    return Plan(seed, scale, ground, towns, water, grids, land, divisions, labels)
