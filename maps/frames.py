"""What all sheets take from frames: popup lines, the ground below, townships and names above."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from maps.sheet import About, Column, Fill, Ground, Labels, Layer, Lines, Look, Value
from maps.theme import Language, word

ROAD_WIDTHS = {
    "motorway": 2.4,
    "trunk": 2.2,
    "primary": 1.8,
    "secondary": 1.3,
    "tertiary": 1.0,
    "": 0.7,
}
DIGITS = {"area_m2": 2, "z": 2, "value": 1, "expected": 1, "count": 0}


def points(frame: GeoDataFrame) -> GeoDataFrame:
    """The rows that have a place."""
    return frame[frame.geometry.notna() & ~frame.geometry.is_empty]


def columns(frame: GeoDataFrame, names: tuple[str, ...], language: Language) -> list[Column]:
    """Popup lines for those of the named columns that the frame has."""
    return [
        Column(word(f"column.{name}", language), _values(frame, name))
        for name in names
        if name in frame
    ]


def _values(frame: GeoDataFrame, name: str) -> list[Value]:
    series = frame[name]
    if pd.api.types.is_datetime64_any_dtype(series):
        return _listed(series.dt.strftime("%Y-%m-%d %H:%M"))
    if pd.api.types.is_float_dtype(series):
        return _listed(series.round(DIGITS.get(name, 1)))
    return _listed(series)


def _listed(series: pd.Series) -> list[Value]:
    values: list[Value] = series.astype(object).where(series.notna(), None).tolist()
    return values


def translated(frame: GeoDataFrame, name: str, prefix: str, language: Language) -> list[Value]:
    """Words for a column of codes: `<prefix>.<code>` of the catalogue."""
    words = {code: word(f"{prefix}.{code}", language) for code in frame[name].unique()}
    return [words[code] for code in frame[name]]


def texts(frame: GeoDataFrame, name: str) -> list[str]:
    """A column as text, empty where there is none."""
    return ["" if value is None else str(value) for value in _values(frame, name)]


def under(ground: Ground | None, about: About) -> list[Layer]:
    """Water."""
    if ground is None or ground.water is None or ground.water.empty:
        return []
    name = word("layer.water", about.language)
    shapes = ground.water.geometry.to_numpy()
    classes = np.zeros(len(shapes), dtype=np.int64)
    return [Fill(name, shapes, classes, [Look(name, "water")], outline="water", key="water")]


def over(townships: GeoDataFrame, about: About, ground: Ground | None) -> list[Layer]:
    """Townships' borders, roads, names of places and of townships."""
    return [
        Fill(
            word("layer.townships", about.language),
            townships.geometry.to_numpy(),
            np.full(len(townships), -1),
            outline="township",
            key="townships",
        ),
        *_optional(ground.roads if ground else None, about, _roads),
        *_optional(townships, about, _township_names),
        *_optional(ground.places if ground else None, about, _places),
    ]


def _optional(
    frame: GeoDataFrame | None, about: About, layer: Callable[[GeoDataFrame, About], Layer]
) -> list[Layer]:
    return [] if frame is None or frame.empty else [layer(frame, about)]


def _roads(roads: GeoDataFrame, about: About) -> Lines:
    name = word("layer.roads", about.language)
    kinds = list(ROAD_WIDTHS)
    found = roads["class"] if "class" in roads else [""] * len(roads)
    return Lines(
        name,
        roads.geometry.to_numpy(),
        np.array([kinds.index(kind if kind in ROAD_WIDTHS else "") for kind in found]),
        [Look(name, "road")],
        list(ROAD_WIDTHS.values()),
        key="roads",
    )


def _township_names(townships: GeoDataFrame, about: About) -> Labels:
    return Labels(
        word("layer.township_names", about.language),
        shapely.point_on_surface(townships.geometry.to_numpy()),
        texts(townships, "name"),
        key="township-names",
    )


def _places(places: GeoDataFrame, about: About) -> Labels:
    placed = points(places)
    return Labels(
        word("layer.places", about.language),
        placed.geometry.to_numpy(),
        texts(placed, "name"),
        rank=1,
        min_zoom=12,
        key="places",
    )


def bare_grids(grids: GeoDataFrame, about: About) -> Fill:
    """Grids as thin lines, with their popups."""
    return Fill(
        word("layer.grids", about.language),
        grids.geometry.to_numpy(),
        np.full(len(grids), -1),
        columns=grid_columns(grids, about),
        outline="grid",
        key="grids",
    )


def grid_columns(grids: GeoDataFrame, about: About) -> list[Column]:
    return columns(grids, ("name", "code", "township_name"), about.language)


def period(about: About) -> str:
    return " – ".join(day.isoformat() for day in (about.since, about.until) if day)


def joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
