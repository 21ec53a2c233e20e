"""Roads hang together, and only main roads cross the river."""

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.town import Town
from geo.roads import Roads
from layers.roads import queries, rules

MAIN = {"motorway", "trunk", "primary", "secondary"}


def arcs(town: Town) -> tuple[np.ndarray, int]:
    """End nodes of each road by identical coordinates, and how many nodes there are."""
    lines = town.roads.geometry.to_numpy()
    ends = [shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1)]
    nodes, node = np.unique(np.vstack(ends), axis=0, return_inverse=True)
    return node.reshape(2, -1).T, len(nodes)


def parts(pairs: np.ndarray, nodes: int, connection: str) -> int:
    graph = coo_array((np.ones(len(pairs)), pairs.T), (nodes, nodes))
    return int(connected_components(graph, connection=connection)[0])


def test_the_network_is_in_one_piece(town: Town) -> None:
    pairs, nodes = arcs(town)

    assert parts(pairs, nodes, "weak") == 1


def test_one_way_streets_leave_every_place_reachable(town: Town) -> None:
    pairs, nodes = arcs(town)
    oneway = town.roads["oneway"].to_numpy()

    both = np.vstack([pairs, pairs[~oneway][:, ::-1]])

    assert oneway.sum() > 20
    assert parts(both, nodes, "strong") == 1


def test_some_left_turns_of_main_streets_are_forbidden_and_nothing_is_cut_off(town: Town) -> None:
    found = town.roads.assign(motor=None, foot=None)
    turns = [turn for said in found["turns"].dropna() for turn in rules.turns(said)]

    network = queries.networks(found)[rules.Mode.DRIVING]
    corners = network.lonlat[network.first]
    seconds = Roads(network).soonest(corners[:1], corners)

    assert len(network.barred) == len(turns) >= 10
    assert np.isfinite(seconds).all()


def test_only_main_roads_cross_the_river_and_some_do(town: Town) -> None:
    river = town.water.geometry[town.water["kind"] == "river"].iloc[0]

    bridges = town.roads[town.roads.geometry.intersects(river)]

    assert len(bridges) >= 2
    assert set(bridges["class"]) <= MAIN


def test_streets_are_denser_in_town(town: Town) -> None:
    hall = town.places[town.places["kind"] == "hall"].geometry.iloc[0]
    centre = hall.buffer(0.01)

    whole = shapely.union_all(town.grids.geometry.to_numpy())
    lines = town.roads.geometry.to_numpy()
    inside = shapely.length(shapely.intersection(lines, centre)).sum() / centre.area

    assert inside > 4 * shapely.length(lines).sum() / whole.area


def test_a_faster_class_is_never_slower(town: Town) -> None:
    speed = town.roads.groupby("class")["speed_kmh"].agg(["min", "max"])

    order = ["motorway", "trunk", "primary", "secondary", "tertiary", "residential"]

    assert (speed["min"] == speed["max"]).all()
    assert speed["max"].loc[order].is_monotonic_decreasing
    assert set(speed.index) == set(order)


def test_every_kind_of_place_has_its_names(town: Town) -> None:
    kinds = {"village", "school", "market", "park", "station", "hall"}

    assert set(town.places["kind"]) == kinds
    assert (town.places["name"].str.len() >= 3).all()
