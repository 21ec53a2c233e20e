"""Closure: in which grids cases were closed on time, and in which they were not."""

from itertools import pairwise

import numpy as np
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from maps.frames import columns, grid_columns, over, period, under
from maps.sheet import About, Fill, Ground, Look, Sheet
from maps.theme import word

LIMITS = np.array([50.0, 70.0, 85.0, 95.0])
"""Fixed, so that two weeks can be laid beside each other; the darker, the less was on time."""
SHADES = ("sequence-5", "sequence-4", "sequence-3", "sequence-2", "sequence-1")


def closure(
    grids: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    ground: Ground | None = None,
) -> Sheet:
    """Of the cases `due` in each grid, how many were closed `on_time`."""
    due, on_time = (grids[name].to_numpy(dtype=np.float64) for name in ("due", "on_time"))
    return Sheet(
        "closure",
        _title(due, on_time, about),
        period(about),
        about,
        [*under(ground, about), _fill(grids, due, on_time, about),
         *over(townships, about, ground)],
        period(about),
    )  # fmt: skip


def _title(due: NDArray[np.float64], on_time: NDArray[np.float64], about: About) -> str:
    late = due - on_time
    found = "late" if late.sum() else "on_time" if due.sum() else "none"
    return word(
        f"title.closure.{found}", about.language, area=about.area, due=f"{due.sum():,.0f}",
        late=f"{late.sum():,.0f}", grids=f"{(late > 0).sum():,}",
    )  # fmt: skip


def _fill(
    grids: GeoDataFrame, due: NDArray[np.float64], on_time: NDArray[np.float64], about: About
) -> Fill:
    share = np.divide(100 * on_time, due, out=np.full(len(due), np.nan), where=due > 0)
    classes = np.where(due > 0, np.searchsorted(LIMITS, share, side="right"), len(SHADES))
    shown = grids.assign(share=share.round(1))
    return Fill(
        word("map.closure", about.language),
        grids.geometry.to_numpy(),
        classes,
        _looks(about),
        [*grid_columns(grids, about), *columns(shown, ("due", "on_time", "share"), about.language)],
        outline="grid",
        heading=word("legend.closure", about.language),
        key="closure",
        numbers=[f"{count:.0f}" if count else "" for count in due - on_time],
    )


def _looks(about: About) -> list[Look]:
    bounds = [0, *LIMITS, 100]
    spans = [f"{low:.0f}–{high:.0f} %" for low, high in pairwise(bounds)]
    nothing = Look(word("legend.nothing_due", about.language), "no-data", pattern="diagonal")
    return [*map(Look, spans, SHADES), nothing]
