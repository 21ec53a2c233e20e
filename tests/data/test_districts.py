"""Grids tile the area, townships are made of grids, codes say where a grid belongs."""

import numpy as np
import shapely
from pyproj import Geod
from scipy.spatial import cKDTree

from data.codes import sequence_numbers
from data.plan import Plan
from data.town import Town

GEOD = Geod(ellps="WGS84")


def square_km(shapes: np.ndarray) -> np.ndarray:
    return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in shapes]) / 1e6


def test_grids_tile_the_area_with_identical_borders(town: Town) -> None:
    grids = town.grids.geometry.to_numpy()

    whole = shapely.union_all(grids)

    assert shapely.coverage_is_valid(grids)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert np.isclose(whole.area, shapely.area(grids).sum(), rtol=1e-12)


def test_the_prefecture_tiles_too_and_has_borders_as_detailed_as_real_ones(
    prefecture: Plan,
) -> None:
    grids = prefecture.land.polygons

    assert shapely.coverage_is_valid(grids)
    assert shapely.coverage_union_all(grids).geom_type == "Polygon"
    assert 75 <= np.median(shapely.get_num_coordinates(grids)) <= 95


def test_a_township_is_the_exact_union_of_its_grids(town: Town) -> None:
    for township in town.townships.itertuples():
        grids = town.grids.geometry[town.grids["township"] == township.code]

        assert shapely.equals(township.geometry, shapely.union_all(grids.to_numpy()))


def test_a_community_is_in_one_piece(town: Town) -> None:
    for _, grids in town.grids.groupby(town.grids["code"].str[:12]):
        assert shapely.union_all(grids.geometry.to_numpy()).geom_type == "Polygon"


def test_a_grid_code_is_county_township_community_and_number(town: Town) -> None:
    code = town.grids["code"]

    assert code.str.fullmatch(r"3399\d{11}").all()
    assert code.is_unique
    assert (code.str[:9] == town.grids["township"]).all()
    assert set(town.grids["township"]) == set(town.townships["code"])


def test_grids_of_a_community_are_numbered_without_a_hole(town: Town) -> None:
    for _, codes in town.grids["code"].groupby(town.grids["code"].str[:12]):
        assert sorted(codes.str[12:].astype(int)) == list(range(1, len(codes) + 1))


def test_numbers_run_from_west_to_east_and_from_north_to_south() -> None:
    lon, lat = np.meshgrid([120.0, 120.1, 120.2], [29.0, 29.1, 29.2])
    at = np.column_stack([lon.ravel(), lat.ravel()])

    numbers = sequence_numbers(np.zeros(9, np.int64), at)

    assert numbers.reshape(3, 3).tolist() == [[7, 8, 9], [4, 5, 6], [1, 2, 3]]


def test_grids_are_blocks_in_town_and_square_kilometres_in_the_mountains(town: Town) -> None:
    shapes = town.grids.geometry.to_numpy()
    hall = town.places[town.places["kind"] == "hall"].geometry.iloc[0]

    area = square_km(shapes)
    central = area[shapely.distance(shapes, hall) < 0.01]

    assert 0.03 < np.median(central) < 0.3
    assert 1.0 < np.quantile(area, 0.9) < 5.0


def test_main_streets_of_the_centre_are_grid_borders(town: Town) -> None:
    hall = town.places[town.places["kind"] == "hall"].geometry.iloc[0]
    main = town.roads[town.roads["class"].isin(["primary", "secondary"])].geometry.to_numpy()
    borders = shapely.STRtree(shapely.boundary(town.grids.geometry.to_numpy()))
    corners = shapely.points(shapely.get_coordinates(main))
    central = corners[shapely.distance(corners, hall) < 0.01]

    away = borders.query_nearest(central, return_distance=True, all_matches=False)[1]

    assert len(central) > 100
    assert (away < 5e-5).mean() > 0.9


def test_the_river_is_a_border_so_that_few_grids_lie_on_both_banks(town: Town) -> None:
    river = town.water.geometry[town.water["kind"] == "river"].iloc[0]
    dry = shapely.difference(town.grids.geometry.to_numpy(), river)
    wet = shapely.intersects(town.grids.geometry.to_numpy(), river)

    banks = np.array([np.sum(shapely.area(shapely.get_parts(d)) > 1e-7) for d in dry])

    assert wet.sum() > 20
    assert (banks[wet] > 1).mean() < 0.2


def test_no_two_seeds_share_a_place(prefecture: Plan) -> None:
    distance = cKDTree(prefecture.grids.xy).query(prefecture.grids.xy, k=2)[0][:, 1]

    assert distance.min() > 50
