"""The locator gives the answer of a search through every polygon, border and ties included."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo import locate
from geo.crs import Points, Shapes, local_metres
from geo.locate import Locator

LON, LAT = 119.9, 30.05
ORIGIN = np.array([LON, LAT])
# About 10 m of longitude: corners on whole steps make shared edges, vertices and ties likely.
STEP = 1e-4


def brute_force(shapes: Shapes, codes: list[str], lonlat: Points) -> NDArray[np.int64]:
    """Every polygon against every point with the exact predicate; the lowest code wins."""
    answer = np.full(len(lonlat), -1)
    points = shapely.points(lonlat)
    for index in sorted(range(len(codes)), key=lambda i: codes[i], reverse=True):
        answer[shapely.covers(shapes[index], points)] = index
    return answer


def squares(*corners: tuple[float, float], side: float = 0.01) -> Shapes:
    return np.array([shapely.box(x, y, x + side, y + side) for x, y in corners], dtype=object)


def test_a_point_on_a_shared_edge_goes_to_the_lower_code() -> None:
    shapes = squares((LON, LAT), (LON + 0.01, LAT))
    edge = np.array([[LON + 0.01, LAT + 0.004]])

    west_first = Locator(shapes, ["330111001001001", "330111001001002"]).locate(edge)
    east_first = Locator(shapes, ["330111001001002", "330111001001001"]).locate(edge)

    assert (west_first[0], east_first[0]) == (0, 1)


def test_codes_are_compared_as_text() -> None:
    shapes = squares((LON, LAT), (LON, LAT))

    found = Locator(shapes, ["9", "10"]).locate(np.array([[LON + 0.005, LAT + 0.005]]))

    assert found.tolist() == [1]


def test_equal_codes_are_decided_by_position() -> None:
    shapes = squares((LON, LAT), (LON, LAT))

    found = Locator(shapes, ["3100", "3100"]).locate(np.array([[LON, LAT]]))

    assert found.tolist() == [0]


def test_corners_belong_and_holes_gaps_and_nonsense_do_not() -> None:
    ring = shapely.box(LON, LAT, LON + 0.03, LAT + 0.03)
    hole = shapely.box(LON + 0.01, LAT + 0.01, LON + 0.02, LAT + 0.02)
    locator = Locator(np.array([ring - hole], dtype=object), ["1"])
    points = np.array(
        [
            [LON, LAT],
            [LON + 0.03, LAT + 0.03],
            [LON + 0.01, LAT + 0.01],
            [LON + 0.015, LAT + 0.015],
            [0, 0],
            [LAT, LON],
            [np.nan, LAT],
            [np.inf, LAT],
        ]
    )

    found = locator.locate(points)

    assert found.tolist() == [0, 0, 0, -1, -1, -1, -1, -1]


def test_a_small_grid_inside_a_large_one_is_found_only_with_the_lower_code() -> None:
    large = shapely.box(LON, LAT, LON + 0.1, LAT + 0.1)
    small = shapely.box(LON + 0.04, LAT + 0.04, LON + 0.05, LAT + 0.05)
    shapes = np.array([large, small], dtype=object)
    point = np.array([[LON + 0.045, LAT + 0.045], [LON + 0.04, LAT + 0.045]])

    assert Locator(shapes, ["1", "2"]).locate(point).tolist() == [0, 0]
    assert Locator(shapes, ["2", "1"]).locate(point).tolist() == [1, 1]


def test_no_polygon_at_all_means_nowhere() -> None:
    locator = Locator(np.array([], dtype=object), [])

    found = locator.locate(np.array([[LON, LAT], [0, 0]]))

    assert found.tolist() == [-1, -1]


def test_an_empty_polygon_is_never_the_answer() -> None:
    shapes = np.array([shapely.Polygon(), *squares((LON, LAT))], dtype=object)

    found = Locator(shapes, ["1", "2"]).locate(np.array([[LON, LAT]]))

    assert found.tolist() == [1]


def test_other_geometry_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="polygons"):
        Locator(np.array([shapely.Point(0, 0)], dtype=object), ["1"])
    with pytest.raises(ValueError, match="1 polygons but 2 codes"):
        Locator(squares((LON, LAT)), ["1", "2"])


@st.composite
def grids(draw: st.DrawFn) -> Shapes:
    """Overlapping, nested, holed and multipart polygons with corners on a coarse lattice."""
    corner = st.integers(0, 60)
    triangle = st.lists(st.tuples(corner, corner), min_size=3, max_size=3, unique=True)
    box = st.tuples(corner, corner, st.integers(1, 40), st.integers(1, 40))
    shapes = []
    for _ in range(draw(st.integers(1, 6))):
        x, y, wide, high = draw(box)
        shape = shapely.box(x, y, x + wide, y + high)
        for cut in draw(st.lists(triangle, max_size=2)):
            hull = shapely.convex_hull(shapely.MultiPoint(cut))
            shape = shape.symmetric_difference(hull) if draw(st.booleans()) else shape - hull
        shapes.append(_polygonal(shape))
    return shapely.transform(np.array(shapes, dtype=object), lambda xy: ORIGIN + xy * STEP)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.area(parts) > 0])


def awkward_points(shapes: Shapes) -> Points:
    """A lattice over the extent, every vertex, points along every edge, one float step off them."""
    steps = np.arange(-4, 110, 1.5)
    lattice = ORIGIN + np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2) * STEP
    vertices = shapely.get_coordinates(shapes)
    middles = (vertices[1:] + vertices[:-1]) / 2
    exact = np.concatenate([vertices, middles])
    return np.concatenate([lattice, exact, np.nextafter(exact, 180), np.nextafter(exact, 0)])


@given(shapes=grids(), names=st.permutations(list("abcdef")), metres=st.sampled_from([7, 33, 100]))
@settings(max_examples=150, deadline=None)
def test_the_answer_is_that_of_a_search_through_every_polygon(
    shapes: Shapes, names: list[str], metres: float
) -> None:
    codes = names[: len(shapes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locate, "CELL_METRES", float(metres))
        locator = Locator(shapes, codes)
    points = awkward_points(shapes)

    found = locator.locate(points)

    assert np.array_equal(found, brute_force(shapes, codes, points))


@given(count=st.integers(3, 60), cells=st.integers(1, 3000), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_any_extent_and_any_raster_give_the_same_answer(count: int, cells: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    size = 10.0 ** chance.uniform(-5, 1)
    sites = shapely.MultiPoint(chance.uniform(0, size, (count, 2)) + ORIGIN)
    shapes = shapely.get_parts(shapely.voronoi_polygons(sites))
    codes = [str(code) for code in chance.permutation(len(shapes))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locate, "MAX_CELLS", cells)
        locator = Locator(shapes, codes)
    points = np.concatenate(
        [
            chance.uniform(-size, 2 * size, (500, 2)) + ORIGIN,
            shapely.get_coordinates(shapes),
        ]
    )

    found = locator.locate(points)

    assert np.array_equal(found, brute_force(shapes, codes, points))


def test_chicago_reports_fall_into_the_same_beats_as_by_search(shared: Path) -> None:
    beats = geopandas.read_file(
        shared / "chicago_boundaries/chicago_boundaries.gpkg", layer="police_beats"
    )
    reports = pd.read_parquet(shared / "chicago_311_sanitation/chicago_311_sanitation.parquet")
    lonlat = reports[["Longitude", "Latitude"]].dropna().to_numpy(np.float64)
    shapes, codes = beats.geometry.to_numpy(), beats["BEAT_NUM"].tolist()
    points = np.concatenate([lonlat, shapely.get_coordinates(shapes)])

    found = Locator(shapes, codes).locate(points)

    assert len(lonlat) == 74_377
    assert np.array_equal(found, _lowest_by_tree(shapes, codes, points))


def _lowest_by_tree(shapes: Shapes, codes: list[str], lonlat: Points) -> NDArray[np.int64]:
    """The search through every polygon, by GEOS's own tree: 40 million exact tests take minutes."""
    point, polygon = shapely.STRtree(shapes).query(shapely.points(lonlat), predicate="intersects")
    order = np.array(sorted(range(len(codes)), key=lambda index: codes[index]))
    rank = np.argsort(order)
    lowest = np.full(len(lonlat), len(order))
    np.minimum.at(lowest, point, rank[polygon])
    return np.append(order, -1)[lowest]


def test_the_share_of_the_circle_beyond_a_straight_border_is_the_circular_segment() -> None:
    shapes = squares((LON, LAT), (LON + 0.01, LAT), side=0.01)
    plane = local_metres(LON + 0.01, LAT + 0.005)
    points = plane.to_lonlat(np.array([[0.0, 0.0], [-25.0, 0.0], [-50.0, 0.0], [-51.0, 0.0]]))

    share = Locator(shapes, ["1", "2"]).accuracy_share(points, np.full(4, 50.0))

    quarter = (np.arccos(0.5) - 0.5 * np.sqrt(0.75)) / np.pi
    assert share == pytest.approx([0.5, quarter, 0, 0], abs=0.005)


def test_threads_that_share_a_locator_all_get_the_one_answer() -> None:
    chance = np.random.default_rng(3)
    sites = shapely.MultiPoint(chance.uniform(0, 0.1, (200, 2)) + ORIGIN)
    shapes = shapely.get_parts(shapely.voronoi_polygons(sites))
    points = chance.uniform(0, 0.1, (5000, 2)) + ORIGIN
    locator = Locator(shapes, [str(code) for code in range(len(shapes))])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(locator.locate, [points] * 8))
        shares = list(pool.map(locator.accuracy_share, [points] * 8, [np.full(5000, 50.0)] * 8))

    assert all(np.array_equal(found[0], other) for other in found)
    assert all(np.array_equal(shares[0], other) for other in shares)


def test_land_outside_every_grid_is_not_another_grid() -> None:
    shapes = squares((LON, LAT))
    corner = np.array([[LON, LAT], [LON - 0.0001, LAT + 0.005]])

    share = Locator(shapes, ["1"]).accuracy_share(corner, np.array([50.0, 50.0]))

    assert share[0] == pytest.approx(0)
    assert 0 < share[1] < 0.5


def test_coarse_or_unknown_accuracy_is_not_judged() -> None:
    shapes = squares((LON, LAT), (LON + 0.01, LAT))
    points = np.full((5, 2), (LON + 0.01, LAT + 0.005))

    share = Locator(shapes, ["1", "2"]).accuracy_share(
        points, np.array([100.0, 100.1, -1.0, np.nan, 0.0])
    )

    assert share == pytest.approx([0.5, np.nan, np.nan, np.nan, 0], abs=0.005, nan_ok=True)


def test_points_far_away_at_a_pole_or_without_coordinates_do_no_harm() -> None:
    locator = Locator(squares((LON, LAT)), ["1"])
    points = np.array([[0, 0], [LON, -90], [LON, 90], [np.nan, LAT], [np.inf, np.inf]])

    share = locator.accuracy_share(points, np.full(5, 50.0))

    assert share == pytest.approx([0, 0, 0, np.nan, np.nan], nan_ok=True)


@given(shapes=grids(), metres=st.sampled_from([7, 33, 100]))
@settings(max_examples=40, deadline=None)
def test_the_quick_look_for_uncertain_points_misses_none(shapes: Shapes, metres: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locate, "CELL_METRES", float(metres))
        locator = Locator(shapes, list("abcdef")[: len(shapes)])
    points = awkward_points(shapes)[::37]

    share = locator.accuracy_share(points, np.full(len(points), 30.0))

    assert share == pytest.approx(_share_by_search(shapes, locator, points, 30.0), abs=0.01)


def _share_by_search(
    shapes: Shapes, locator: Locator, points: Points, radius: float
) -> NDArray[np.float64]:
    plane = local_metres(LON, LAT)
    circles = shapely.buffer(shapely.points(plane.to_metres(points)), radius, quad_segs=16)
    flat = np.append(plane.shapes_to_metres(shapes), shapely.Polygon())
    rest = shapely.difference(circles, flat[locator.locate(points)])
    others = shapely.intersection(rest[:, None], flat)
    return np.minimum(shapely.area(others).sum(axis=1) / shapely.area(circles), 1)
