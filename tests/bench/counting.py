"""Counts by H3 cell: from points, and again later from the cell that is kept with each row."""

from collections import Counter
from collections.abc import Iterator

import h3
import numpy as np
from numpy.typing import NDArray

from geo import cells
from layers.incidents.queries import RESOLUTION
from tests.bench.bench import Bench
from tests.bench.measure import Goal, Line, Side, same

ROW = "cells"
COARSE = 7
Counts = dict[int, int]


def rows(bench: Bench) -> Iterator[Line]:
    points = bench.town.points(bench.amounts.points)
    yield from _first(bench, points)
    yield from _later(bench, points)


def _first(bench: Bench, points: NDArray[np.float64]) -> Iterator[Line]:
    sides = {
        "ours": Side("ours", lambda: _binned(points, RESOLUTION)),
        "naive": Side("h3 loop", lambda: _loop(points, RESOLUTION)),
    }
    taken, answers = bench.in_turn(f"H3 counts of {len(points):,} points", sides)
    same(_counts(answers["ours"]) == answers["naive"], "counts by cell differ from h3's own")
    goals = (Goal(1, "naive"),)
    yield Line(ROW, f"H3 count, {len(points):,} points at r{RESOLUTION}", taken, goals)


def _later(bench: Bench, points: NDArray[np.float64]) -> Iterator[Line]:
    """Parents do not hold quite the points of a coarse cell: only the sums must agree."""
    stored = cells.cells_of(points, RESOLUTION)
    sides = {
        "ours": Side("stored cell", lambda: cells.count(cells.parents(stored, COARSE))),
        "peer": Side("binned anew", lambda: _binned(points, COARSE)),
        "naive": Side("h3 loop", lambda: _loop(points, COARSE)),
    }
    taken, answers = bench.in_turn(f"H3 counts at r{COARSE}", sides)
    ours, loop = _counts(answers["ours"]), answers["naive"]
    parents = Counter(h3.cell_to_parent(h3.int_to_str(each), COARSE) for each in stored.tolist())
    same(ours == {int(cell, 16): n for cell, n in parents.items()}, "parents differ from h3's own")
    same(sum(ours.values()) == sum(loop.values()), "points went astray")
    what = f"the same at r{COARSE}, cells stored"
    yield Line(ROW, what, taken, (Goal(10, "peer"), Goal(10, "naive")))


def _binned(points: NDArray[np.float64], resolution: int):
    return cells.count(cells.cells_of(points, resolution))


def _loop(points: NDArray[np.float64], resolution: int) -> Counts:
    binned = Counter(h3.latlng_to_cell(lat, lon, resolution) for lon, lat in points.tolist())
    return {int(cell, 16): n for cell, n in binned.items()}


def _counts(counted: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Counts:
    return dict(zip(*(each.tolist() for each in counted), strict=True))
