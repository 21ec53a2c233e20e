"""Patrol frequency: how often each grid is to be visited in a week, and why."""

from collections.abc import Sequence

import numpy as np
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from maps import theme
from maps.frames import (
    columns,
    grid_columns,
    joined,
    over,
    period,
    under,
)
from maps.sheet import About, Classes, Fill, Ground, Look, Phrases, Sheet
from maps.theme import word

Floats = NDArray[np.float64]

DAILY = 7


def frequency(
    grids: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    week: str = "",
    ground: Ground | None = None,
) -> Sheet:
    """How often each grid is to be visited in a week, and why."""
    visits = grids["visits"].to_numpy(dtype=np.float64, na_value=np.nan)
    total = word(
        "subtitle.frequency",
        about.language,
        visits=f"{np.nansum(visits):,.0f}",
        grids=f"{len(grids):,}",
    )
    return Sheet(
        "frequency",
        _frequency_title(visits, about),
        joined(week or period(about), total),
        about,
        [
            *under(ground, about),
            _visit_fill(grids, visits, about),
            *over(townships, about, ground),
        ],
        week or period(about),
    )


def _frequency_title(visits: Floats, about: About) -> str:
    daily = int((visits >= DAILY).sum())
    if daily:
        return word("title.frequency", about.language, area=about.area, grids=daily)
    most = int(np.nanmax(visits, initial=0))
    return word("title.frequency.none", about.language, area=about.area, most=most)


def _visit_fill(grids: GeoDataFrame, visits: Floats, about: About) -> Fill:
    limits = theme.breaks(visits)
    classes = theme.classify(visits, limits)
    return Fill(
        word("map.frequency", about.language),
        grids.geometry.to_numpy(),
        np.where(classes < 0, len(limits), classes),
        [*_visit_looks(visits, classes, about), *_no_data(classes, about)],
        [
            *grid_columns(grids, about),
            *columns(grids, ("visits", "previous", "expected"), about.language),
            *([_reasons(grids["reasons"], about)] if "reasons" in grids else []),
        ],
        outline="grid",
        heading=word("legend.frequency", about.language),
        key="frequency",
        numbers=["" if np.isnan(count) else f"{count:.0f}" for count in visits],
    )


def _visit_looks(visits: Floats, classes: Classes, about: About) -> list[Look]:
    """One look for each class, with the least and the greatest value in it and how many grids."""
    held = [visits[classes == place] for place in range(int(classes.max(initial=-1)) + 1)]
    shades = np.rint(np.linspace(1, 5, max(len(held), 2))).astype(int)[-len(held) :]
    return [
        Look(
            word(
                "legend.visits",
                about.language,
                span=_span(values.min(), values.max()),
                grids=f"{values.size:,}",
            ),
            f"sequence-{shade}",
        )
        for values, shade in zip(held, shades, strict=True)
    ]


def _span(low: float, high: float) -> str:
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _no_data(classes: Classes, about: About) -> list[Look]:
    if (classes >= 0).all():
        return []
    return [Look(word("legend.no_data", about.language), "no-data", pattern="diagonal")]


def _reasons(reasons: Sequence[Sequence[tuple[str, float]]], about: About) -> Phrases:
    """Reasons come as (code, number) for each grid; the words are the catalogue's."""
    codes = list(dict.fromkeys(code for row in reasons for code, _ in row))
    place = {code: number for number, code in enumerate(codes)}
    return Phrases(
        word("column.reasons", about.language),
        [theme.catalogue(about.language)[f"reason.{code}"] for code in codes],
        [[(place[code], round(float(number), 1)) for code, number in row] for row in reasons],
    )
