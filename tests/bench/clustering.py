"""Gi* with its neighbours and the false discovery rate, beside esda and libpysal."""

from collections.abc import Iterator

import esda
import h3
import numpy as np
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, norm

from geo import cells, hotspots
from tests.bench.bench import Bench
from tests.bench.measure import Goal, Line, Side, growth, same

ROW = "hotspots"
RESOLUTION = 9
EXPONENT = 1.2
Cells = NDArray[np.int64]
Values = NDArray[np.float64]
Found = tuple[Values, Values]  # z and adjusted p


def rows(bench: Bench) -> Iterator[Line]:
    few, many = bench.amounts.cells, bench.amounts.more_cells
    fewer, more = _counted(bench, few), _counted(bench, many)
    sides = {
        "ours": Side("ours", lambda: _ours(*fewer)),
        "many": Side("ours, more", lambda: _ours(*more)),
        "peer": Side("esda + libpysal", lambda: _esda(*fewer)),
    }
    taken, answers = bench.in_turn(f"Gi* of {few:,} and {many:,} cells", sides)
    for ours, theirs, what in zip(answers["ours"], answers["peer"], ("z", "p"), strict=True):
        apart = float(np.abs(ours - theirs).max())
        same(apart <= 1e-9, f"{what} differs from esda's by {apart}")
    longer = taken.pop("many")
    yield Line(ROW, f"Gi*, neighbours and FDR, {few:,} cells", taken, (Goal(20, "peer"),))
    yield Line(ROW, f"the same, {many:,} cells", {"ours": longer}, (Goal(0.5),))
    yield growth(ROW, "Gi*", (few, taken["ours"]), (many, longer), EXPONENT)


def large(bench: Bench) -> Iterator[Line]:
    few, many = bench.amounts.more_cells, bench.amounts.more_cells * 10
    fewer, more = _counted(bench, few), _counted(bench, many)
    sides = {
        "few": Side("ours", lambda: _ours(*fewer)),
        "many": Side("ours, tenfold", lambda: _ours(*more)),
    }
    taken, _ = bench.in_turn(f"Gi* of {many:,} cells", sides)
    yield growth(ROW, "Gi*", (few, taken["few"]), (many, taken["many"]), EXPONENT)


def _counted(bench: Bench, count: int) -> tuple[Cells, Values]:
    """So many cells around the middle of the town, and the cases in each, zeros included."""
    lon, lat = np.median(bench.town.points(bench.amounts.points), axis=0)
    rings = int(np.ceil(np.sqrt(count / 3)))
    disk = h3.grid_disk(h3.latlng_to_cell(lat, lon, RESOLUTION), rings)
    area = np.sort(np.array([int(cell, 16) for cell in disk[:count]], np.int64))
    held, counts = cells.count(cells.cells_of(bench.town.points(bench.amounts.points), RESOLUTION))
    place = np.minimum(np.searchsorted(held, area), len(held) - 1)
    return area, np.where(held[place] == area, counts[place], 0).astype(np.float64)


def _ours(area: Cells, values: Values) -> Found:
    found = hotspots.study(area, values)
    return found.z, found.p_adjusted


def _esda(area: Cells, values: Values) -> Found:
    graph = Graph.build_h3([f"{cell:x}" for cell in area.tolist()], weight="binary")
    z = esda.G_Local(values, graph, transform="B", star=True, permutations=0).Zs
    return z, false_discovery_control(2 * norm.sf(np.abs(z)))
