import numpy as np
import pytest
import shapely

from maps.arcs import METRES_PER_DEGREE, ring_vertices, topology
from tests.maps.patches import partition

TOLERANCE = 12.0
LATITUDE = 31.0


def in_metres(shapes):
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(LATITUDE)), 1.0])
    return shapely.transform(shapes, lambda xy: xy * scale)


def rebuilt(arcs):
    """One polygon for each ring."""
    xy, starts = ring_vertices(arcs)
    rings = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return shapely.polygons(shapely.linearrings(xy, indices=rings))


def test_a_shared_edge_is_kept_once_and_the_shapes_come_back_as_they_were():
    squares = np.array([shapely.box(117, 31, 118, 32), shapely.box(118, 31, 119, 32)])

    arcs = topology(squares, 0)

    assert len(arcs.arc_starts) - 1 == 3
    assert np.bincount(np.where(arcs.refs < 0, ~arcs.refs, arcs.refs)).tolist() in (
        [1, 2, 1],
        [2, 1, 1],
        [1, 1, 2],
    )
    assert shapely.equals_exact(rebuilt(arcs), squares, 1e-9, normalize=True).all()


@pytest.mark.parametrize("seed", range(5))
def test_no_drawn_edge_is_further_from_the_truth_than_the_tolerance(seed):
    shapes = partition(9, 7, points=40, seed=seed)

    drawn = rebuilt(topology(shapes, TOLERANCE))

    away = shapely.hausdorff_distance(
        in_metres(shapely.boundary(drawn)), in_metres(shapely.boundary(shapes)), densify=0.05
    )
    assert shapely.get_num_coordinates(drawn).sum() < shapely.get_num_coordinates(shapes).sum() / 2
    assert away.max() <= TOLERANCE * 1.01
    assert away.max() > 1


def test_neighbours_still_have_every_edge_in_common_after_simplifying():
    shapes = partition(9, 7, points=40)

    drawn = rebuilt(topology(shapes, TOLERANCE))

    assert shapely.coverage_is_valid(drawn)
    assert shapely.area(drawn).sum() == pytest.approx(
        shapely.area(shapely.coverage_union_all(drawn)), rel=1e-9
    )


def test_a_grid_and_its_township_share_the_arcs_of_the_border():
    shapes = partition(4, 4)
    township = shapely.coverage_union_all(shapes)

    both = topology(np.array([*shapes, township]), TOLERANCE)

    assert len(both.arc_starts) == len(topology(shapes, TOLERANCE).arc_starts)


def test_a_hole_is_a_ring_of_its_shape():
    lake = shapely.box(117.4, 31.4, 117.6, 31.6)
    shapes = np.array([shapely.box(117, 31, 118, 32) - lake, lake])

    arcs = topology(shapes, TOLERANCE)

    assert arcs.shape_of_ring.tolist() == [0, 0, 1]
    assert len(arcs.arc_starts) - 1 == 2


def test_a_shape_smaller_than_the_tolerance_does_not_vanish():
    speck = shapely.Point(117.5, 31.5).buffer(0.00003)

    drawn = rebuilt(topology(np.array([speck]), TOLERANCE))

    assert shapely.area(drawn).sum() == pytest.approx(speck.area, rel=1e-6)


def test_the_same_polygon_twice_is_the_same_arc_twice():
    shape = partition(1, 1)[0]
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(shape)[:-1], 17, axis=0)[::-1])

    arcs = topology(np.array([shape, turned]), 0)

    assert sorted(arcs.refs.tolist()) in ([-1, 0], [0, 0], [-1, -1])
    assert len(arcs.arc_starts) - 1 == 1


def test_nothing_to_draw_is_no_arcs():
    arcs = topology(np.array([None, shapely.Point(1, 2), shapely.Polygon()]), TOLERANCE)

    assert arcs.refs.size == 0
    assert ring_vertices(arcs)[0].size == 0
