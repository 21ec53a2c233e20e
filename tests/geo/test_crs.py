"""Datums, reference systems, metres and square metres against published and independent values."""

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs import (
    Datum,
    Points,
    Shapes,
    area_m2,
    from_wgs84,
    local_metres,
    local_metres_of,
    metres,
    metres_per_degree,
    project,
    project_shapes,
    shapes_to_wgs84,
    suspect_datum,
    to_wgs84,
)

HANGZHOU = np.array([[120.1551, 30.2741]])
SHIFTED = [Datum.GCJ02, Datum.BD09]
OUTSIDE_CHINA = np.array([[-87.63, 41.88], [0, 0], [9.52, 47.14], [139.69, 35.68], [500, 90]])

within_china = st.tuples(st.floats(73.0, 137.0), st.floats(1.0, 55.0)).map(
    lambda xy: np.array([xy])
)


# --- Datums -----------------------------------------------------------------------------------


def test_664_cities_agree_with_other_implementations_within_a_millimetre(shared: Path) -> None:
    cities = pd.read_csv(shared / "ref_gcj02/wgs_gcj_bd_664_cities_5_implementations.csv")
    wgs84 = cities[["wgs_lon", "wgs_lat"]].to_numpy(np.float64)

    gcj02, bd09 = from_wgs84(wgs84, Datum.GCJ02), from_wgs84(wgs84, Datum.BD09)

    assert len(cities) == 664
    for name in ("gcoord", "coordtransform", "prcoords", "coord_convert"):
        assert metres(gcj02, cities[[f"{name}_lon", f"{name}_lat"]].to_numpy()).max() < 0.001
    for name in ("gcoord_bd", "coordtransform_bd"):
        assert metres(bd09, cities[[f"{name}_lon", f"{name}_lat"]].to_numpy()).max() < 0.001


def test_eviltransform_vectors_are_met_within_their_own_tolerance(shared: Path) -> None:
    vectors = json.loads((shared / "ref_gcj02/eviltransform_vectors.json").read_text())
    forward = np.array(vectors["wgs_to_gcj_lat_lng"])
    back = np.array(vectors["bd_to_wgs_lat_lng"])

    gcj02 = from_wgs84(forward[:, 1::-1], Datum.GCJ02)
    wgs84 = to_wgs84(back[:, 1::-1], Datum.BD09)

    assert gcj02 == pytest.approx(forward[:, 3:1:-1], abs=vectors["tolerance_deg"])
    # Their BD-09 inverse is the usual one-step formula, which errs by up to 46 m.
    assert metres(wgs84, back[:, 3:1:-1]).max() < 46


@pytest.mark.parametrize("datum", SHIFTED)
@given(lonlat=within_china)
def test_there_and_back_is_less_than_a_millimetre(datum: Datum, lonlat: Points) -> None:
    there = from_wgs84(lonlat, datum)

    back = to_wgs84(there, datum)

    assert metres(lonlat, back)[0] < 0.001
    assert 10 < metres(lonlat, there)[0] < 3000


@pytest.mark.parametrize("datum", SHIFTED)
def test_the_edge_of_the_box_comes_back_too(datum: Datum) -> None:
    edge = np.array([[72.00401, 30.0], [137.83469, 30.0], [100.0, 0.82931], [100.0, 55.82709]])

    back = to_wgs84(from_wgs84(edge, datum), datum)

    assert metres(edge, back).max() < 0.001


@pytest.mark.parametrize("datum", list(Datum))
def test_outside_china_nothing_moves(datum: Datum) -> None:
    assert np.array_equal(from_wgs84(OUTSIDE_CHINA, datum), OUTSIDE_CHINA)
    assert np.array_equal(to_wgs84(OUTSIDE_CHINA, datum), OUTSIDE_CHINA)


@pytest.mark.parametrize("datum", list(Datum))
def test_the_answer_is_a_new_array_and_missing_coordinates_stay_missing(datum: Datum) -> None:
    received = np.array([[np.nan, 30.0], [120.0, 30.0]])

    converted = to_wgs84(received, datum)

    assert not np.shares_memory(converted, received)
    assert np.isnan(converted[0, 0])


def test_cgcs2000_is_taken_as_wgs84() -> None:
    assert np.array_equal(to_wgs84(HANGZHOU, Datum.CGCS2000), HANGZHOU)
    assert np.array_equal(from_wgs84(HANGZHOU, Datum.CGCS2000), HANGZHOU)


def test_shapes_are_converted_vertex_by_vertex() -> None:
    square = np.array([shapely.box(120.0, 30.0, 120.1, 30.1), None], dtype=object)

    moved = shapes_to_wgs84(square, Datum.GCJ02)

    vertices = shapely.get_coordinates(square)
    assert np.array_equal(shapely.get_coordinates(moved), to_wgs84(vertices, Datum.GCJ02))
    assert moved[1] is None


# --- Reference systems ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crs", "lonlat"),
    [
        ("EPSG:4490", (120.1551, 30.2741)),
        ("EPSG:4549", (120.1551, 30.2741)),
        ("EPSG:3435", (-87.6298, 41.8781)),
        ("EPSG:2913", (-122.6765, 45.5231)),
    ],
)
def test_projecting_there_and_back_is_less_than_a_millimetre(
    crs: str, lonlat: tuple[float, float]
) -> None:
    start = np.array([lonlat])

    back = project(project(start, "EPSG:4326", crs), crs)

    assert metres(start, back)[0] < 0.001


def test_cgcs2000_coordinates_with_swapped_axes_in_the_register_stay_lon_lat() -> None:
    assert project(HANGZHOU, "EPSG:4490") == pytest.approx(HANGZHOU, abs=1e-9)


def test_gauss_krueger_puts_its_central_meridian_at_500_km_east() -> None:
    easting, northing = project(np.array([[120.0, 30.0]]), "EPSG:4326", "EPSG:4549")[0]

    # Meridian arc from the equator to 30 degrees on the CGCS2000 ellipsoid.
    assert easting == pytest.approx(500_000, abs=1e-6)
    assert northing == pytest.approx(3_320_113.398, abs=0.001)


def test_chicago_state_plane_feet_become_the_published_lon_lat(shared: Path) -> None:
    path = shared / "chicago_311_sanitation/chicago_311_sanitation.parquet"
    columns = ["X_Coordinate", "Y_Coordinate", "Longitude", "Latitude"]
    reports = pd.read_parquet(path)[columns].dropna().to_numpy(np.float64)

    lonlat = project(reports[:, :2], "EPSG:3435")

    assert np.median(metres(lonlat, reports[:, 2:])) < 0.1


def test_a_point_with_no_place_in_the_other_system_is_infinite() -> None:
    assert np.isinf(project(np.array([[120.0, 95.0]]), "EPSG:4326", "EPSG:4549")).all()


@pytest.mark.parametrize("crs", ["EPSG:999999", "GCJ-02", ""])
def test_an_unknown_system_is_named(crs: str) -> None:
    with pytest.raises(ValueError, match=f"unknown coordinate reference system: {crs}"):
        project(HANGZHOU, crs)


def test_shapes_are_projected_and_lose_their_height() -> None:
    flat = project_shapes(np.array([shapely.Point(120.0, 30.0, 7.0)]), "EPSG:4326", "EPSG:4549")

    assert not shapely.has_z(flat).any()
    assert shapely.get_x(flat) == pytest.approx(500_000)


# --- Metres -----------------------------------------------------------------------------------


def test_distance_is_karneys_example_from_wellington_to_salamanca() -> None:
    wellington, salamanca = np.array([[174.81, -41.32]]), np.array([-5.50, 40.96])

    # GeographicLib, GeodSolve: 41.32S 174.81E 40.96N 5.50W.
    assert metres(wellington, salamanca) == pytest.approx([19_959_679.267], abs=0.001)


def test_area_is_karneys_antarctica() -> None:
    # Karney (2013), section 6, polygon of Planimeter's manual.
    lat = [-63.1, -72.9, -71.9, -74.9, -74.3, -77.5, -77.4, -71.7, -65.9, -65.7, -66.6, -66.9]
    lat += [-69.8, -70.0, -71.0, -77.3, -77.9, -74.7]
    lon = [-58, -74, -102, -102, -131, -163, 163, 172, 140, 113, 88, 59, 25, -4, -14, -33, -46, -61]

    area = area_m2(np.array([shapely.Polygon(list(zip(lon, lat, strict=True)))]))

    assert area == pytest.approx([13_662_703_680_020.1], abs=1)


def test_holes_are_taken_off_and_parts_added_whatever_their_direction() -> None:
    outer, hole = shapely.box(120, 30, 120.1, 30.1), shapely.box(120.02, 30.02, 120.04, 30.04)
    other = shapely.box(121, 30, 121.1, 30.1)
    holed = shapely.Polygon(outer.exterior.coords, [hole.exterior.coords])
    twisted = shapely.Polygon(outer.exterior.coords[::-1], [hole.exterior.coords])
    parts = shapely.MultiPolygon([other, holed])

    whole, gone, beside = area_m2(np.array([outer, hole, other]))
    areas = area_m2(np.array([holed, twisted, parts, None, shapely.Point(1, 2), shapely.Polygon()]))

    expected = [whole - gone, whole - gone, whole - gone + beside, 0, 0, 0]
    assert areas == pytest.approx(expected, abs=1e-6)
    assert area_m2(np.array([], dtype=object)).tolist() == []


@given(
    lon=st.floats(75, 134),
    lat=st.floats(4, 53),
    size=st.floats(1e-4, 0.05),
    corners=st.integers(3, 12),
)
def test_area_equals_pyproj_for_one_polygon_at_a_time(
    lon: float, lat: float, size: float, corners: int
) -> None:
    circle = shapely.Point(lon, lat).buffer(size, quad_segs=corners)
    ring = circle - shapely.Point(lon, lat).buffer(size / 2)

    expected = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(ring))[0])

    assert area_m2(np.array([ring])) == pytest.approx([expected], rel=1e-9)


def test_an_area_is_the_ground_and_not_that_of_a_projection() -> None:
    # decisions.md: one rule must hold. UTM is 0.08 % small on its central meridian.
    hectare = local_metres(9.0, 47.15).shapes_to_lonlat(np.array([shapely.box(0, 0, 100, 100)]))

    utm = shapely.area(project_shapes(hectare, "EPSG:4326", "EPSG:32632"))

    assert area_m2(hectare) == pytest.approx([10_000], abs=0.0001)
    assert utm == pytest.approx([10_000 * 0.9996**2], abs=0.01)


def test_953_buildings_by_rivers_cover_the_known_geodesic_area(shared: Path) -> None:
    path = shared / "liechtenstein_osm_2022/liechtenstein_layers.gpkg"
    buildings = geopandas.read_file(path, layer="buildings").geometry.to_numpy()
    lines = geopandas.read_file(path, layer="waterways")
    rivers = lines[lines["waterway"].isin(["river", "stream", "canal"])].geometry.to_numpy()

    flat, banks = (project_shapes(each, "EPSG:4326", "EPSG:32632") for each in (buildings, rivers))
    near = np.unique(shapely.STRtree(banks).query(flat, predicate="dwithin", distance=30)[0])

    assert len(near) == 953
    assert area_m2(buildings[near]).sum() == pytest.approx(305_392.80, abs=0.01)


@given(lonlat=within_china, east=st.floats(-1e5, 1e5), north=st.floats(-1e5, 1e5))
def test_a_local_plane_is_true_from_its_centre_and_comes_back(
    lonlat: Points, east: float, north: float
) -> None:
    plane = local_metres(*lonlat[0])
    offset = np.array([[east, north]])

    there = plane.to_lonlat(offset)

    assert metres(there, lonlat) == pytest.approx([np.hypot(east, north)], abs=1e-4)
    assert plane.to_metres(there) == pytest.approx(offset, abs=1e-4)


@given(lat=st.floats(4, 53), bearing=st.floats(0, 360), turn=st.floats(0, 360))
def test_a_local_plane_bends_lengths_by_less_than_5_in_100_000(
    lat: float, bearing: float, turn: float
) -> None:
    plane = local_metres(120, lat)
    far, step = (size * np.exp(1j * np.radians(at)) for size, at in ((1e5, bearing), (100, turn)))
    ends = np.array([[end.real, end.imag] for end in (far, far + step)])

    lonlat = plane.to_lonlat(ends)

    assert metres(lonlat[:1], lonlat[1]) == pytest.approx([100], rel=5e-5)


def test_the_plane_of_shapes_has_its_origin_in_the_middle_of_them() -> None:
    shapes: Shapes = np.array([shapely.Point(119, 29), shapely.Point(121, 31)], dtype=object)

    plane = local_metres_of(shapes)

    assert (plane.lon, plane.lat) == (120, 30)
    assert shapely.get_y(plane.shapes_to_metres(shapes)).round(-3).tolist() == [-110000, 111000]


def test_a_degree_is_as_long_as_the_geodesic_over_it() -> None:
    lat = np.array([0.0, 30.0, 45.0, 53.0])
    here = np.column_stack([np.full(4, 120.0), lat])
    one_east, half_north = np.array([1e-3, 0]), np.array([0, 5e-4])

    east, north = metres_per_degree(lat).T

    assert metres(here, here + one_east) == pytest.approx(east / 1e3, rel=1e-6)
    assert metres(here - half_north, here + half_north) == pytest.approx(north / 1e3, rel=1e-6)


# --- Is the stated datum the true one? --------------------------------------------------------

TOWN: Shapes = np.array(
    [shapely.box(x, y, x + 0.1, y + 0.1) for x in (120.0, 120.1) for y in (30.0, 30.1)],
    dtype=object,
)


def cases(count: int = 4000) -> Points:
    return np.random.default_rng(7).uniform((120.0, 30.0), (120.2, 30.2), (count, 2))


@pytest.mark.parametrize("stated", list(Datum))
@pytest.mark.parametrize("true", list(Datum))
def test_a_batch_in_another_datum_is_suspected_and_a_right_one_is_not(
    stated: Datum, true: Datum
) -> None:
    check = suspect_datum(from_wgs84(cases(), true), TOWN, stated)

    same = {stated, true} <= {Datum.WGS84, Datum.CGCS2000} or stated is true
    expected = Datum.WGS84 if true is Datum.CGCS2000 else true
    assert check.suspected == (None if same else expected)


@pytest.mark.parametrize("stated", [Datum.WGS84, Datum.GCJ02])
def test_swapped_axes_are_suspected_with_their_share(stated: Datum) -> None:
    swapped = from_wgs84(cases(), stated)[:, ::-1]

    check = suspect_datum(swapped, TOWN, stated)

    shares = {reading.name: reading.share_inside for reading in check.readings}
    assert check.suspected == "swapped"
    assert shares["swapped"] == pytest.approx(1, abs=0.001)
    assert shares[stated] == 0


def test_cases_far_from_the_border_say_nothing_and_nothing_is_suspected() -> None:
    middle = 120.1, 30.1
    points = np.random.default_rng(7).normal(middle, 0.01, (4000, 2))

    check = suspect_datum(from_wgs84(points, Datum.GCJ02), TOWN, Datum.WGS84)

    assert check.suspected is None
    assert [reading.share_inside for reading in check.readings][:3] == [1, 1, 1]


def test_rows_that_name_their_grid_let_the_inner_borders_testify() -> None:
    points = np.random.default_rng(7).normal((120.1, 30.1), 0.01, (4000, 2))
    own = np.array([shapely.contains_xy(grid, *points.T) for grid in TOWN]).argmax(axis=0)
    own[:100] = -1

    check = suspect_datum(from_wgs84(points, Datum.GCJ02), TOWN, Datum.WGS84, own)

    assert check.suspected == "gcj02"
    assert check.points == 3900


def test_a_pile_on_one_address_outside_the_area_is_one_point() -> None:
    pile = np.repeat(
        from_wgs84(np.array([[120.001, 30.1]]), Datum.GCJ02) - [0.006, 0], 5000, axis=0
    )

    check = suspect_datum(np.concatenate([cases(), pile]), TOWN, Datum.WGS84)

    assert check.suspected is None
    assert check.points == 4001


def test_a_batch_without_usable_points_is_not_suspected() -> None:
    check = suspect_datum(np.array([[np.nan, 30.0]]), TOWN, Datum.WGS84)

    assert (check.points, check.suspected) == (0, None)


def test_chicago_reports_in_their_own_datum_are_not_suspected(shared: Path) -> None:
    districts = geopandas.read_file(
        shared / "chicago_boundaries/chicago_boundaries.gpkg", layer="police_districts"
    )
    path = shared / "chicago_311_sanitation/chicago_311_sanitation.parquet"
    lonlat = pd.read_parquet(path)[["Longitude", "Latitude"]].to_numpy(np.float64)

    right = suspect_datum(lonlat, districts.geometry.to_numpy(), Datum.WGS84)
    swapped = suspect_datum(lonlat[:, ::-1], districts.geometry.to_numpy(), Datum.WGS84)

    assert (right.suspected, swapped.suspected) == (None, "swapped")
