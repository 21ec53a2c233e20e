"""Reach: how long until somebody on duty is in each grid, and where nobody is in time."""

from itertools import pairwise

import numpy as np
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from maps.frames import columns, grid_columns, joined, over, under
from maps.sheet import About, Fill, Ground, Look, Sheet
from maps.theme import word

Floats = NDArray[np.float64]
IN_TIME = 30
LIMITS = np.array([10.0, 20.0, IN_TIME, 60.0])
"""Minutes, fixed, so that two hours can be laid beside each other."""
SHADES = ("sequence-1", "sequence-2", "sequence-3", "hot-2", "hot-3")


def reach(
    grids: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    standing: str,
    ground: Ground | None = None,
) -> Sheet:
    """Of each grid the `seconds` until the first squad is there, inf where none comes; `standing`
    says of what time and of how many squads, reckoned how."""
    minutes = grids["seconds"].to_numpy(dtype=np.float64) / 60
    late = ~(minutes <= IN_TIME)
    return Sheet(
        "reach",
        _title(late, about),
        joined(standing, _most(grids, late, about)),
        about,
        [*under(ground, about), _fill(grids, minutes, about), *over(townships, about, ground)],
    )


def _title(late: NDArray[np.bool_], about: About) -> str:
    found = "late" if late.any() else "in_time"
    return word(
        f"title.reach.{found}", about.language, area=about.area, minutes=IN_TIME,
        late=f"{late.sum():,}", grids=f"{len(late):,}",
    )  # fmt: skip


def _most(grids: GeoDataFrame, late: NDArray[np.bool_], about: About) -> str:
    """The township in which most of the grids lie that nobody reaches in time."""
    counts = grids.loc[late, "township_name"].value_counts()
    if counts.empty or grids["township_name"].nunique() == 1:
        return ""
    return word("subtitle.reach.most", about.language, name=counts.index[0], grids=counts.iloc[0])


def _fill(grids: GeoDataFrame, minutes: Floats, about: About) -> Fill:
    classes = np.searchsorted(LIMITS, minutes, side="left")
    classes[np.isinf(minutes)] = len(SHADES)
    shown = grids.assign(minutes=np.where(np.isinf(minutes), np.nan, minutes))
    return Fill(
        word("map.reach_time", about.language),
        grids.geometry.to_numpy(),
        classes,
        _looks(about),
        [*grid_columns(grids, about), *columns(shown, ("minutes",), about.language)],
        outline="grid",
        heading=word("legend.reach", about.language),
        key="reach",
        numbers=[f"{m:.0f}" if IN_TIME < m < np.inf else "" for m in np.ceil(minutes)],
    )


def _looks(about: About) -> list[Look]:
    spans = [f"{low:.0f}–{high:.0f}" for low, high in pairwise([0, *LIMITS])]
    beyond = word("legend.over", about.language, number=f"{LIMITS[-1]:.0f}")
    never = Look(word("legend.no_way", about.language), "no-data", pattern="diagonal")
    return [*map(Look, [*spans, beyond], SHADES), never]
