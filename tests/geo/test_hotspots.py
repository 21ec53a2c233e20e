"""Gi* against esda, spdep's published values and scipy; default locations on made-up towns."""

import json

import esda
import h3.api.numpy_int as h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist
from scipy.stats import false_discovery_control, norm

from geo import cells, hotspots

counts = st.lists(st.integers(0, 30), min_size=37, max_size=37)
chances = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60)


def disk(rings):
    return np.sort(h3.grid_disk(h3.latlng_to_cell(30.27, 120.15, 9), rings).astype(np.int64))


def within_distance(points, distance):
    return csr_array((cdist(points, points) <= distance).astype(float))


def of_esda(values, weights):
    graph = Graph.from_sparse(weights.tocoo())
    return esda.G_Local(values, graph, transform="B", star=True, permutations=0).Zs


def test_decay_halves_with_each_half_life():
    assert hotspots.decay([0, 6, 12], 6).tolist() == [1.0, 0.5, 0.25]


@pytest.mark.parametrize(("age", "half_life"), [(-1, 6), (1, 0), (1, -2), (np.nan, 6)])
def test_decay_refuses_the_future_and_no_half_life(age, half_life):
    with pytest.raises(ValueError, match="half-life"):
        hotspots.decay([age], half_life)


def test_gi_star_of_the_sixteen_by_sixteen_pixels_is_as_published(shared):
    folder = shared / "ref_getis_ord"
    pixels = pd.read_csv(folder / "getisord_16x16.csv")
    published = json.loads((folder / "getisord_16x16_expected.json").read_text())["published"]

    z = hotspots.gi_star(pixels["val"], within_distance(pixels[["x", "y"]], 30))

    assert z[published["row_1based"] - 1] == pytest.approx(published["GiStar_30"], abs=5e-6)


def test_gi_star_of_six_points_is_as_published(shared):
    six = json.loads((shared / "ref_getis_ord" / "esda_six_points.json").read_text())

    z = hotspots.gi_star(six["y"], within_distance(six["points"], six["distance"]))

    assert z[0] == pytest.approx(six["Zs0_GiStar_B"], abs=1e-7)


@given(counts)
@settings(max_examples=30, deadline=None)
def test_gi_star_equals_esda(values):
    values = np.array([*values[:-1], 31.0])  # never all equal
    weights = cells.neighbours(disk(3))

    z = hotspots.gi_star(values, weights)

    assert z == pytest.approx(of_esda(values, weights), abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, 7.0, 1e9])
def test_gi_star_is_zero_without_variance(value):
    z = hotspots.gi_star(np.full(37, value), cells.neighbours(disk(3)))

    assert (z == 0).all()


def test_gi_star_is_zero_where_the_neighbours_are_everything():
    z = hotspots.gi_star(np.arange(7.0), csr_array(np.ones((7, 7))))

    assert (z == 0).all()


def test_gi_star_of_one_cell_and_of_none_is_defined():
    assert hotspots.gi_star([3.0], csr_array(np.ones((1, 1)))).tolist() == [0.0]
    assert hotspots.gi_star([], csr_array((0, 0))).tolist() == []


def test_gi_star_refuses_values_that_are_not_finite():
    with pytest.raises(ValueError, match="finite"):
        hotspots.gi_star([1.0, np.nan], csr_array(np.eye(2)))


def test_p_is_two_sided_and_keeps_its_digits_far_out():
    p = hotspots.p_two_sided([0.0, 1.959963984540054, -1.959963984540054, 30.0])

    assert p == pytest.approx([1.0, 0.05, 0.05, 2 * norm.sf(30.0)], rel=1e-12)


@given(chances)
def test_adjusted_p_is_scipys(p):
    assert hotspots.adjusted(p) == pytest.approx(false_discovery_control(p), rel=1e-14)


@given(chances, st.integers(1, 5), st.randoms())
def test_adjusted_p_by_group_is_that_of_each_group_alone(p, groups, random):
    p = np.array(p)
    group = np.array([random.randrange(groups) for _ in p])

    together = hotspots.adjusted(p, group)

    for each in np.unique(group):
        alone = false_discovery_control(p[group == each])
        assert together[group == each] == pytest.approx(alone, rel=1e-14)


def test_discoveries_are_those_of_benjamini_and_hochberg_in_1995():
    """The 15 p values of their example, of which four are found at 0.05."""
    p = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
    ]

    assert (hotspots.adjusted(p) <= 0.05).tolist() == [True] * 4 + [False] * 11


def test_classes_are_signed_and_their_limits_belong_to_the_stronger():
    z = [5.0, 4.0, 3.0, 2.0, -5.0, -4.0, -3.0, 0.0]
    p = [0.01, 0.05, 0.10, 0.11, 0.005, 0.02, 0.06, 0.5]

    found = hotspots.classes(z, p)

    assert found.tolist() == [3, 2, 1, 0, -3, -2, -1, 0]
    assert found.dtype == np.int8


def test_a_study_finds_the_one_place_where_incidents_cluster():
    area = disk(20)
    centre = h3.latlng_to_cell(30.27, 120.15, 9)
    values = np.where(np.isin(area, h3.grid_disk(centre, 1)), 5.0, 0.0)

    found = hotspots.study(area, values)

    assert found.cell[found.z.argmax()] == centre
    hot = set(found.cell[found.classes == 3].tolist())
    assert set(h3.grid_disk(centre, 1).tolist()) <= hot <= set(h3.grid_disk(centre, 2).tolist())


@given(st.permutations(list(range(37))), counts)
@settings(max_examples=25, deadline=None)
def test_a_study_is_the_same_to_the_bit_in_any_order(order, values):
    area, values, towns = disk(3), np.array(values) / 3, np.arange(37) % 3

    shuffled = hotspots.study(area[order], values[order], groups=towns[order])

    straight = hotspots.study(area, values, groups=towns)
    for name in ("cell", "value", "z", "p_adjusted", "classes", "neighbours"):
        assert getattr(shuffled, name).tobytes() == getattr(straight, name).tobytes()
    assert shuffled.within.z.tobytes() == straight.within.z.tobytes()


def test_a_study_within_townships_is_that_of_each_township_alone():
    rng = np.random.default_rng(5)
    area = disk(12)
    values, towns = rng.poisson(1.5, len(area)), rng.permutation(np.arange(len(area)) // 120)
    towns = np.sort(towns)

    found = hotspots.study(area, values, groups=towns).within

    for town in np.unique(towns):
        own = towns == town
        alone = hotspots.study(area[own], values[own])
        assert found.z[own] == pytest.approx(alone.z, abs=1e-9)
        assert found.p_adjusted[own] == pytest.approx(alone.p_adjusted, rel=1e-7)
        assert (found.neighbours[own] == alone.neighbours).all()


def test_a_cell_with_too_few_neighbours_is_marked_and_never_classed():
    lone = np.array([h3.latlng_to_cell(31.5, 120.15, 9)], np.int64)
    area = np.concatenate([disk(8), lone])
    values = np.where(area == lone, 50.0, 0.0)

    found = hotspots.study(area, values, least_neighbours=4)

    marked = found.cell == lone
    assert found.insufficient.tolist() == marked.tolist()
    assert found.z[marked] > 10
    assert found.classes[marked].tolist() == [0]


def test_cells_and_values_of_unequal_number_are_refused():
    with pytest.raises(ValueError, match="number"):
        hotspots.study(disk(1), [1.0, 2.0])


def town(ordinary, *defaults, at=(120.1, 30.2)):
    """Cases one by one on different coordinates, and heaps of cases on single ones."""
    singles = np.column_stack([at[0] + np.arange(ordinary) * 1e-4, np.full(ordinary, at[1])])
    heaps = [np.tile([121.0 + i, 31.0], (size, 1)) for i, size in enumerate(defaults)]
    return np.concatenate([singles, *heaps])


def test_a_city_hall_with_eight_percent_of_all_cases_is_a_pile():
    cases = town(9_200, 800)

    found = hotspots.piles(cases)

    assert found.counts.tolist() == [800]
    assert found.lonlat.tolist() == [[121.0, 31.0]]
    assert (found.of_case == np.where(np.arange(10_000) < 9_200, -1, 0)).all()


def test_equal_piles_do_not_hide_each_other():
    assert hotspots.piles(town(2_000, 300, 300, 300)).counts.tolist() == [300, 300, 300]


@pytest.mark.parametrize(
    "cases", [town(500), town(500, 49), town(0, 400), town(0, 60, 60, 60), np.empty((0, 2))]
)
def test_a_busy_address_among_its_like_is_no_pile(cases):
    assert hotspots.piles(cases).counts.tolist() == []


def test_rounding_beyond_a_tenth_of_a_metre_does_not_split_a_pile():
    cases = town(2_000, 300)
    cases[-300::2] += 1e-9

    assert hotspots.piles(cases).counts.tolist() == [300]


def test_a_capped_pile_weighs_as_much_as_the_fullest_ordinary_coordinate():
    cases = np.concatenate([town(2_000, 300), np.tile([119.0, 30.0], (7, 1))])
    found = hotspots.piles(cases)

    weight = hotspots.cap(found)

    assert found.ordinary == 7
    assert weight[found.of_case == 0].sum() == pytest.approx(7)
    assert (weight[found.of_case == -1] == 1).all()


def test_without_piles_every_case_keeps_its_weight():
    assert hotspots.cap(hotspots.piles(town(20))).tolist() == [1.0] * 20


def test_three_cities_without_a_known_default_have_a_suspect_each_at_most(shared):
    files = {
        "chicago_311_sanitation/chicago_311_sanitation.parquet": ["Longitude", "Latitude"],
        "portland_cfs_2016/portland_cfs_2016_aug_sep.parquet": ["lon", "lat"],
    }

    for file, columns in files.items():
        cases = pd.read_parquet(shared / file, columns=columns).dropna().to_numpy()
        assert len(hotspots.piles(cases).counts) <= 1
