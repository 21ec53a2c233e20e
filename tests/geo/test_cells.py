"""H3 against its authors' vectors, and areas against geodesics."""

import h3.api.numpy_int as h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import cells, crs

HANGZHOU = (120.15, 30.27)
OFF_THE_GLOBE = [(120.0, np.nan), (np.inf, 30.0), (120.0, 91.0), (500.0, 30.0)]
places = st.tuples(st.floats(100.0, 125.0), st.floats(20.0, 45.0))


def around(place, rings, resolution=9):
    """All cells within so many rings of a place."""
    lon, lat = place
    return np.sort(h3.grid_disk(h3.latlng_to_cell(lat, lon, resolution), rings).astype(np.int64))


def test_points_fall_into_the_cells_of_the_published_vectors(shared):
    files = sorted((shared / "ref_h3").glob("*centers.txt"))
    rows = [line.split() for file in files for line in file.read_text().splitlines()]
    published = np.array([int(code, 16) for code, _, _ in rows], np.int64)
    lonlat = np.array([(float(lon), float(lat)) for _, lat, lon in rows])
    resolution = published >> 52 & 15

    found = np.zeros_like(published)
    for each in np.unique(resolution):
        found[resolution == each] = cells.cells_of(lonlat[resolution == each], int(each))

    assert len(rows) > 20_000
    assert (found == published).all()


def test_centres_are_those_of_the_published_vectors(shared):
    files = sorted((shared / "ref_h3").glob("res0?ic.txt"))
    rows = [line.split() for file in files for line in file.read_text().splitlines()]
    published = np.array([int(code, 16) for code, _, _ in rows], np.int64)

    lonlat = cells.centres(published)

    expected = np.array([(float(lon), float(lat)) for _, lat, lon in rows])
    assert len(rows) > 5_000
    assert np.abs(lonlat - expected).max() < 1e-8


def test_many_points_are_binned_in_blocks_with_the_same_answer():
    lonlat = np.random.default_rng(7).uniform((119, 29), (121, 31), (600_000, 2))

    whole = cells.cells_of(lonlat, 9)

    assert (whole[249_990:250_010] == cells.cells_of(lonlat[249_990:250_010], 9)).all()
    assert (whole[-5:] == cells.cells_of(lonlat[-5:], 9)).all()


@pytest.mark.parametrize("point", OFF_THE_GLOBE)
def test_a_point_off_the_globe_is_refused(point):
    with pytest.raises(ValueError, match="globe"):
        cells.cells_of([HANGZHOU, point], 9)


def test_no_points_have_no_cells():
    assert cells.cells_of(np.empty((0, 2)), 9).shape == (0,)


@given(st.lists(places, max_size=20), st.integers(0, 9))
def test_parents_are_those_of_h3(points, resolution):
    own = cells.cells_of(np.array(points).reshape(-1, 2), 9)

    found = cells.parents(own, resolution)

    assert found.tolist() == [h3.cell_to_parent(cell, resolution) for cell in own]


@pytest.mark.parametrize("resolution", [-1, 8, 15])
def test_a_cell_has_no_parent_finer_than_itself(resolution):
    coarse = cells.cells_of([HANGZHOU], 7)

    with pytest.raises(ValueError, match="parent"):
        cells.parents(coarse, resolution)


def test_counting_keeps_the_total_and_the_rising_order():
    unique, counts = cells.count([9, 4, 9, 9, 4, 7])

    assert unique.tolist() == [4, 7, 9]
    assert counts.tolist() == [2, 1, 3]


def test_cells_cut_by_an_icosahedron_edge_have_more_than_six_corners():
    across_the_edge = around((120.6859, 30.9237), 20)

    corners = shapely.get_num_coordinates(cells.polygons(across_the_edge)) - 1

    assert set(corners.tolist()) == {6, 7, 8}
    assert shapely.is_valid(cells.polygons(across_the_edge)).all()


def test_a_number_that_is_no_cell_is_refused():
    with pytest.raises(ValueError, match="no H3 cell"):
        cells.polygons([12345])


@pytest.mark.parametrize(("ring", "inner"), [(1, 7), (2, 19), (3, 37)])
def test_a_cell_within_has_all_its_neighbours_and_the_rim_fewer(ring, inner):
    disk = around(HANGZHOU, 6)

    sums = cells.neighbours(disk, ring).sum(axis=1)

    assert sums.max() == inner
    assert sums[disk == cells.cells_of([HANGZHOU], 9)] == inner
    assert sums.min() < inner


@given(st.permutations(list(range(37))))
@settings(max_examples=25)
def test_neighbours_stand_in_the_order_of_the_given_cells(order):
    disk = around(HANGZHOU, 3)

    shuffled = cells.neighbours(disk[order]).toarray()

    straight = cells.neighbours(disk).toarray()
    assert (shuffled == straight[np.ix_(order, order)]).all()
    assert (straight == straight.T).all()


def test_neighbours_can_leave_out_the_cell_itself():
    disk = around(HANGZHOU, 2)

    others = cells.neighbours(disk, itself=False)

    assert others.diagonal().sum() == 0
    assert (others.toarray() + np.eye(len(disk)) == cells.neighbours(disk).toarray()).all()


def test_repeated_cells_and_mixed_resolutions_are_refused():
    fine, coarse = cells.cells_of([HANGZHOU], 9), cells.cells_of([HANGZHOU], 8)

    with pytest.raises(ValueError, match="twice"):
        cells.neighbours(np.concatenate([fine, fine]))
    with pytest.raises(ValueError, match="resolutions"):
        cells.neighbours(np.concatenate([fine, coarse]))


def test_no_cells_have_no_neighbours():
    assert cells.neighbours(np.empty(0, np.int64)).shape == (0, 0)


@given(places, st.floats(0.00002, 0.03), st.floats(0.00002, 0.03), st.floats(0.0, 3.1))
@settings(max_examples=40, deadline=None)
def test_the_study_area_holds_every_part_of_the_polygon(place, width, height, turn):
    """Also of strips of two metres, into which no cell's centre falls."""
    box = shapely.box(-width / 2, -height / 2, width / 2, height / 2)
    area = shapely.transform(
        box, lambda xy: xy @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]] + place
    )

    cell, share = cells.study_area(area, 9)

    square_metres = crs.area_m2(cells.polygons(cell)) @ share
    assert square_metres == pytest.approx(crs.area_m2(np.array([area]))[0], rel=1e-3)
    assert ((share > 0) & (share <= 1)).all()
    assert (np.diff(cell) > 0).all()


def test_a_hole_and_an_overlap_are_counted_as_they_are():
    outer, inner = shapely.box(120.0, 30.0, 120.1, 30.1), shapely.box(120.03, 30.03, 120.06, 30.06)
    ring = shapely.difference(outer, inner)

    cell, share = cells.study_area([ring, ring, shapely.box(120.0, 30.0, 120.02, 30.02)], 8)

    square_metres = crs.area_m2(cells.polygons(cell)) @ share
    assert square_metres == pytest.approx(crs.area_m2(np.array([ring]))[0], rel=1e-4)
    assert cells.cells_of([(120.045, 30.045)], 8)[0] not in cell


def test_cells_below_the_least_share_are_left_out():
    area = shapely.box(120.0, 30.0, 120.05, 30.05)
    every, share = cells.study_area(area, 9)

    kept, _ = cells.study_area(area, 9, least_share=0.1)

    assert kept.tolist() == every[share >= 0.1].tolist()
    assert len(kept) < len(every)


def test_a_long_outline_gives_the_same_areas_as_its_pieces():
    """Long outlines are cut to tiles first; the pieces are short enough not to be."""
    angle = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    radius = 0.05 * (1 + 0.2 * np.sin(40 * angle))
    star = shapely.Polygon(np.c_[120 + radius * np.cos(angle), 30 + radius * np.sin(angle)])
    cell, _ = cells.study_area(star, 9)
    hexagons = cells.polygons(cell)

    row = cells.crosswalk([star], cell).toarray()[0]

    pieces = crs.area_m2(np.array([shapely.intersection(star, each) for each in hexagons]))
    assert row == pytest.approx(pieces, rel=1e-5, abs=0.1)


def test_grids_that_tile_an_area_share_every_cell_out_completely():
    rng = np.random.default_rng(3)
    area = shapely.box(120.0, 30.0, 120.1, 30.1)
    seeds = shapely.multipoints(rng.uniform((120.0, 30.0), (120.1, 30.1), (60, 2)))
    tiles = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=area))
    grids = shapely.intersection(tiles, area)
    cell, share = cells.study_area(area, 9)

    shared = cells.crosswalk(grids, cell)

    inside = share * crs.area_m2(cells.polygons(cell))
    assert shared.sum(axis=1) == pytest.approx(crs.area_m2(grids), rel=2e-4)
    assert shared.sum(axis=0) == pytest.approx(inside, rel=1e-4, abs=1.0)


def test_a_polygon_without_cells_has_an_empty_row():
    away = shapely.box(100.0, 40.0, 100.1, 40.1)

    shared = cells.crosswalk([away], around(HANGZHOU, 1))

    assert shared.shape == (1, 7)
    assert shared.nnz == 0


def test_a_cell_is_named_as_other_programs_name_it():
    cell = cells.cells_of([(120.15, 30.27)], 9)

    assert cells.addresses(cell) == [h3.int_to_str(int(cell[0]))]
    assert cells.addresses([0x8930A1A4B13FFFF]) == ["8930a1a4b13ffff"]
