"""Hotspots: where there is more, or less, than chance would give."""

import numpy as np
from geopandas import GeoDataFrame

from maps import theme
from maps.frames import columns, joined, over, period, under
from maps.sheet import About, Fill, Ground, Look, Marks, Sheet
from maps.theme import word


def hotspots(
    cells: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    piles: GeoDataFrame | None = None,
    ground: Ground | None = None,
) -> Sheet:
    """Where there is more, or less, than chance would give; piles: suspected default places."""
    classes = np.where(cells["insufficient"], len(theme.HEAT), cells["class"] + 3).astype(np.int64)
    hot = int(((classes > 3) & (classes < len(theme.HEAT))).sum())
    cold = int((classes < 3).sum())
    return Sheet(
        "hotspots",
        word("title.hotspots", about.language, area=about.area, hot=hot, cold=cold),
        joined(period(about), word("subtitle.hotspots", about.language, cells=f"{len(cells):,}")),
        about,
        [
            *under(ground, about),
            Fill(
                word("map.hotspots", about.language),
                cells.geometry.to_numpy(),
                classes,
                _heat_looks(about),
                columns(cells, ("count", "value", "z", "cell"), about.language),
                heading=word("legend.hotspots", about.language),
                key="hotspots",
            ),
            *over(townships, about, ground),
            *_piles(piles, about),
        ],
        period(about),
    )


def _heat_looks(about: About) -> list[Look]:
    """Cold is also ruled, so that both ends can be told apart in grey."""
    return [
        *(
            Look(
                word(f"hot.{step}", about.language),
                step,
                pattern="level" if step.startswith("cold") else "",
            )
            for step in theme.HEAT
        ),
        Look(word("hot.insufficient", about.language), "no-data", pattern="diagonal"),
    ]


def _piles(piles: GeoDataFrame | None, about: About) -> list[Marks]:
    if piles is None or piles.empty:
        return []
    name = word("layer.piles", about.language)
    return [
        Marks(
            name,
            piles.geometry.to_numpy(),
            np.zeros(len(piles), dtype=np.int64),
            [Look(name, "finding", "pile")],
            columns(piles, ("count",), about.language),
            counted=False,
            heading=word("legend.piles", about.language),
            key="piles",
        )
    ]
