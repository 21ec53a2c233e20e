"""Named places: villages, schools, markets, parks, stations and town halls."""

from dataclasses import dataclass

import numpy as np

from data.names import street_names
from data.network import hub
from data.parts import Floats, means, nearest, stream
from data.plan import Plan
from data.roads import Roads
from data.seeds import TOWN
from data.settlements import CITY

# One in so many town blocks has a market, a school, a park.
BLOCKS_PER = {"market": 11, "school": 9, "park": 18}
SUFFIX = {
    "market": ("农贸市场", "小商品市场"),
    "school": ("小学", "中学"),
    "park": ("公园", "广场"),
}


@dataclass(frozen=True)
class Places:
    """Plan coordinates, kind and name."""

    xy: Floats
    kind: list[str]
    name: list[str]

    def halls(self) -> Floats:
        return self.xy[[k == "hall" for k in self.kind]]


def make_places(plan: Plan, roads: Roads) -> Places:
    rng = stream(plan.seed, "places")
    parts = [_villages(plan), *_civic(plan, roads)]
    parts += [_in_town(rng, plan, number) for number in range(len(plan.towns))]
    return Places(
        np.vstack([p.xy for p in parts]),
        [k for p in parts for k in p.kind],
        [n for p in parts for n in p.name],
    )


def _villages(plan: Plan) -> Places:
    """At the grid in the middle of each rural community."""
    divisions = plan.divisions
    middle = means(divisions.community, plan.grids.xy, len(divisions.rural))[1]
    rural = np.flatnonzero(divisions.rural)
    at = plan.grids.xy[nearest(plan.grids.xy, middle[rural])[1]]
    return Places(at, ["village"] * len(rural), [plan.labels.community_name[c] for c in rural])


def _civic(plan: Plan, roads: Roads) -> list[Places]:
    """A hall and a station for every town, named after its first township."""
    web, towns = roads.web, plan.towns
    first = np.unique(plan.divisions.seat, return_index=True)[1]
    stems = [plan.labels.township_stem[t] for t in first]
    at = web.xy[[hub(web, number, town) for number, town in enumerate(towns)]]
    kinds = ["火车站" if t.rank == CITY else "汽车站" for t in towns]
    return [
        Places(at, ["hall"] * len(towns), [f"{s}市民中心" for s in stems]),
        Places(
            at + np.array([430.0, 60.0]),
            ["station"] * len(towns),
            [s + k for s, k in zip(stems, kinds, strict=True)],
        ),
    ]


def _in_town(rng: np.random.Generator, plan: Plan, number: int) -> Places:
    """Markets, schools and parks, each in a block of its own."""
    grids = plan.grids
    blocks = rng.permutation(np.flatnonzero((grids.kind == TOWN) & (grids.group == number)))
    kinds = [k for k, per in BLOCKS_PER.items() for _ in range(1 + len(blocks) // per)]
    kinds = kinds[: len(blocks)]
    ends = [SUFFIX[k][int(rng.random() < 0.35)] for k in kinds]
    stems = street_names(rng, len(kinds))
    beside = rng.uniform(-70, 70, (len(kinds), 2))
    return Places(
        grids.xy[blocks[: len(kinds)]] + beside,
        kinds,
        [s + e for s, e in zip(stems, ends, strict=True)],
    )
