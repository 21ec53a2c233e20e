"""Names of streets and roads, and the addresses made of them."""

import numpy as np

from data.names import street_names
from data.network import COUNTRY, MOTORWAY, RESIDENTIAL, SECONDARY
from data.parts import Texts, stream
from data.plan import Plan
from data.roads import Roads

SUFFIX = np.array(["", "大道", "大道", "路", "街", "巷"], dtype=object)


def road_names(plan: Plan, roads: Roads) -> Texts:
    """Streets have one name from end to end; country roads are named after where they are."""
    web, grid = roads.web, plan.grid_at(roads.middles())
    community = _texts(plan.labels.community_name)[plan.divisions.community[grid]]
    township = _texts(plan.labels.township_stem)[plan.divisions.township[grid]]
    through = township + np.where(web.rank <= SECONDARY, "公路", "支线")
    country = np.where(web.rank == RESIDENTIAL, community + "道", through)
    country[web.rank == MOTORWAY] = "江北高速"
    return np.where(web.street == COUNTRY, country, _streets(plan, roads)[web.street])


def _streets(plan: Plan, roads: Roads) -> Texts:
    """A street's kind is that of its smallest part: a thoroughfare may use a part of it."""
    web = roads.web
    in_town = web.street != COUNTRY
    rank = np.zeros(web.street.max() + 1, np.int64)
    np.maximum.at(rank, web.street[in_town], web.rank[in_town])
    stems = _texts(street_names(stream(plan.seed, "streets"), len(rank)))
    return np.asarray(stems + SUFFIX[rank])


def addresses(plan: Plan, roads: Roads, names: Texts) -> Texts:
    """Township and road, per road."""
    township = plan.divisions.township[plan.grid_at(roads.middles())]
    return np.asarray(_texts(plan.labels.township_name)[township] + names)


def _texts(words: list[str]) -> Texts:
    return np.array(words, dtype=object)
