"""The grid of each point: the product's raster index, PostGIS and geopandas."""

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Row, text

from geo.locate import NOWHERE, Locator
from layers import db
from tests.bench.bench import Bench
from tests.bench.measure import Goal, Line, Side, growth, same

ROW = "locate"
Points = NDArray[np.float64]
Indices = NDArray[np.int64]


def rows(bench: Bench) -> Iterator[Line]:
    """With the index kept; each side tells the grid of every point, or its number of points."""
    count, few = bench.amounts.points, bench.amounts.fewer_points
    points, fewer = bench.town.points(count), bench.town.points(few)
    locator = _locator(bench)
    _pour(bench, points)
    sides: dict[str, Side[object]] = {
        "few": Side("ours, fewer", lambda: locator.locate(fewer)),
        "build": Side("index", lambda: _locator(bench)),
        "ours": Side("ours", lambda: locator.locate(points)),
        "peer": Side("PostGIS", lambda: _count_by_grid(bench)),
        "naive": Side("sjoin", _sjoin(bench, points)),
    }
    taken, answers = bench.in_turn(f"grid of {count:,} points", sides)
    _check(bench, answers, count)
    built, short = taken.pop("build"), taken.pop("few")
    goals = (Goal(3, "peer"), Goal(3, "naive"))
    yield Line(ROW, f"point in grid, {count:,} points", taken, goals)
    build = {"ours": built, "peer": taken["peer"]}
    yield Line(ROW, f"building that index, {len(bench.town.grids):,} grids", build,
               (Goal(1, "peer"),))  # fmt: skip
    yield growth(ROW, "point in grid", (few, short), (count, taken["ours"]))


def large(bench: Bench) -> Iterator[Line]:
    many, more = bench.amounts.points, bench.amounts.points * 10
    points, tenfold = bench.town.points(many), bench.town.points(more)
    locator = _locator(bench)
    sides = {
        "many": Side("ours", lambda: locator.locate(points)),
        "more": Side("ours, tenfold", lambda: locator.locate(tenfold)),
    }
    taken, _ = bench.in_turn(f"grid of {more:,} points", sides)
    yield growth(ROW, "point in grid", (many, taken["many"]), (more, taken["more"]))


def _locator(bench: Bench) -> Locator:
    grids = bench.town.grids
    # Copies, because prepared polygons would help whoever comes second.
    shapes = grids.geometry.copy(deep=True).to_numpy()
    return Locator(shapes, grids["code"].tolist())


def _pour(bench: Bench, points: Points) -> None:
    places = gpd.points_from_xy(*points.T)
    with bench.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS points"))
        connection.execute(text("CREATE TABLE points (n int, place geometry(Point, 4326))"))
        frame = pd.DataFrame({"n": np.arange(len(points)), "place": db.hex_ewkb(places)})
        db.pour(connection, "points", frame)
        connection.execute(text("CREATE INDEX ON points USING gist (place)"))
    with bench.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("VACUUM ANALYZE points, grids"))


# Grid by grid, because PostGIS prepares a polygon once for many points. Left to itself the planner
# goes point by point, which takes five times as long.
SHARED = ("SET LOCAL min_parallel_table_scan_size = 0", "SET LOCAL parallel_setup_cost = 0")
COUNT_BY_GRID = """
    SELECT g.code, n FROM grids g, LATERAL (
        SELECT count(*) n FROM points p WHERE ST_Covers(g.shape, p.place)) counted
"""
GRID_OF_EACH = """
    SELECT n, min(code) FROM grids g, LATERAL (
        SELECT n FROM points p WHERE ST_Covers(g.shape, p.place) OFFSET 0) inside GROUP BY 1
"""


def _count_by_grid(bench: Bench) -> int:
    """The lightest question: the grid of each point would have to be sent as well."""
    return sum(count for _, count in _ask(bench, COUNT_BY_GRID))


def _ask(bench: Bench, question: str) -> Sequence[Row]:
    with bench.engine.begin() as connection:
        for setting in SHARED:
            connection.execute(text(setting))
        return connection.execute(text(question)).all()


def _sjoin(bench: Bench, points: Points):
    grids = bench.town.grids[["code", "geometry"]]
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T), crs=4326)
    return lambda: frame.sjoin(grids, predicate="intersects")


def _check(bench: Bench, answers: dict[str, object], count: int) -> None:
    """For every point the same grid from all three, ties to the lowest code."""
    codes = bench.town.grids["code"].to_numpy(dtype=object)
    ours = np.append(codes, None)[answers["ours"]]
    joined = answers["naive"].groupby(level=0)["code"].min()
    found = _ask(bench, GRID_OF_EACH)
    for label, pairs in (("sjoin", joined.items()), ("PostGIS", found)):
        theirs = np.full(count, None, dtype=object)
        for n, code in pairs:
            theirs[n] = code
        differ = int((ours != theirs).sum())
        same(differ == 0, f"{label} puts {differ} of {count} points into another grid")
    inside = int((answers["ours"] != NOWHERE).sum())
    bench.say(f"grid of {count:,} points: {inside:,} inside, all three agree")
