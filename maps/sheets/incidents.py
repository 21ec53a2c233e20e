"""Incidents: where cases are and how they stand."""

from collections.abc import Sequence

import numpy as np
from geopandas import GeoDataFrame

from maps import theme
from maps.frames import (
    bare_grids,
    columns,
    over,
    period,
    points,
    translated,
    under,
)
from maps.sheet import About, Column, Ground, Look, Marks, Sheet
from maps.theme import word

STATES = tuple(theme.STATE_SYMBOLS)


def incidents(
    incidents: GeoDataFrame,
    grids: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    ground: Ground | None = None,
) -> Sheet:
    """Where cases are and how they stand. True in an `overdue` column goes before the state."""
    placed = points(incidents)
    shown = _shown_states(placed)
    waiting = sum(state != "done" for state in shown)
    return Sheet(
        "incidents",
        word(
            "title.incidents",
            about.language,
            area=about.area,
            incidents=f"{len(placed):,}",
            waiting=f"{waiting:,}",
        ),
        period(about),
        about,
        [
            *under(ground, about),
            bare_grids(grids, about),
            *over(townships, about, ground),
            _incident_marks(placed, shown, about),
        ],
        period(about),
    )


def _shown_states(frame: GeoDataFrame) -> list[str]:
    shown = [theme.STATES[state] for state in frame["state"]]
    if "overdue" not in frame:
        return shown
    return [
        "overdue" if late else state for state, late in zip(shown, frame["overdue"], strict=True)
    ]


def _incident_marks(placed: GeoDataFrame, shown: Sequence[str], about: About) -> Marks:
    language = about.language
    states = Column(word("column.state", language), translated(placed, "state", "state", language))
    return Marks(
        word("map.incidents", language),
        placed.geometry.to_numpy(),
        np.array([STATES.index(state) for state in shown], dtype=np.int64),
        [
            Look(word(f"show.{state}", language), f"state-{state}", symbol)
            for state, symbol in theme.STATE_SYMBOLS.items()
        ],
        [
            *columns(placed, ("matter",), language),
            states,
            *columns(placed, ("occurred_at", "address", "description", "source", "id"), language),
        ],
        alarm=STATES.index("overdue"),
        heading=word("legend.incidents", language),
        key="incidents",
    )
