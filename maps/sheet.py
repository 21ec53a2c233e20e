"""A map as a value: what is drawn, in what order, under which title. Page and PNG both draw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from maps.theme import Language

Geometries = NDArray[np.object_]
Classes = NDArray[np.int64]
Value = str | float | int | bool | None
Bounds = tuple[float, float, float, float]
Outline = Literal["grid", "township", "water", "finding"]
Pattern = Literal["", "diagonal", "level"]
CHINA: Bounds = (73.5, 18.1, 135.1, 53.6)


@dataclass(frozen=True)
class About:
    """What every sheet says of itself: whose map, of which days, made when, from what."""

    area: str
    language: Language
    made_at: datetime
    source: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Look:
    """One line of a legend: how a class is drawn and what it is called."""

    label: str
    colour: str
    symbol: str = ""
    pattern: Pattern = ""


@dataclass(frozen=True)
class Column:
    """One line of a popup for each thing of a layer; None leaves the line out."""

    label: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Phrases:
    """A popup line of several short phrases, each a template of the catalogue with its number."""

    label: str
    templates: Sequence[str]
    values: Sequence[Sequence[tuple[int, float]]]


@dataclass(frozen=True)
class Fill:
    """Polygons, one class each (-1: not filled). Common edges are kept when simplified."""

    name: str
    shapes: Geometries
    classes: Classes
    looks: Sequence[Look] = ()
    columns: Sequence[Column | Phrases] = ()
    outline: Outline | None = None
    heading: str = ""
    key: str = "fill"
    numbers: Sequence[str] | None = None
    """Text printed inside each polygon where it fits."""


@dataclass(frozen=True)
class Lines:
    """Roads and banks by class."""

    name: str
    shapes: Geometries
    classes: Classes
    looks: Sequence[Look]
    widths: Sequence[float]
    key: str = "lines"
    heading: str = ""


@dataclass(frozen=True)
class Marks:
    """Points with a symbol by class; `counted` ones merge into counts where they would overlap."""

    name: str
    shapes: Geometries
    classes: Classes
    looks: Sequence[Look]
    columns: Sequence[Column | Phrases] = ()
    counted: bool = True
    alarm: int | None = None
    """The class that shows as a rim on a count that holds one of it."""
    texts: Sequence[str] | None = None
    """Name printed beside a mark that stands alone."""
    heading: str = ""
    key: str = "marks"


@dataclass(frozen=True)
class Labels:
    """Names at points of their own; the lower the rank, the sooner it gets its room."""

    name: str
    shapes: Geometries
    texts: Sequence[str]
    rank: int = 0
    min_zoom: int = 0
    key: str = "labels"


Layer = Fill | Lines | Marks | Labels


@dataclass(frozen=True)
class Ground:
    """What may lie under every sheet: water (polygons), roads (lines, `class`), places (`name`)."""

    water: GeoDataFrame | None = None
    roads: GeoDataFrame | None = None
    places: GeoDataFrame | None = None


@dataclass(frozen=True)
class Sheet:
    """One map. Layers are drawn in their order; shapes are lon/lat, WGS 84."""

    key: str
    title: str
    subtitle: str
    about: About
    layers: Sequence[Layer]
    period: str = ""
    tolerance_m: float = 12.0

    @property
    def language(self) -> Language:
        return self.about.language

    @property
    def legend(self) -> list[Layer]:
        """The layers as a legend lists them: what the sheet is about, the rest from the top."""
        from_the_top = list(reversed(self.layers))
        return sorted(
            from_the_top,
            key=lambda layer: (layer.key != self.key, not getattr(layer, "heading", "")),
        )

    @property
    def bounds(self) -> Bounds:
        """Box around what the sheet is about; China where there is nothing to draw."""
        boxes = [
            shapely.total_bounds(layer.shapes)
            for layer in self.layers
            if isinstance(layer, Fill | Marks) and layer.key != "water" and len(layer.shapes)
        ]
        known = np.array([box for box in boxes if np.isfinite(box).all()])
        if not known.size:
            return CHINA
        west, south = known[:, :2].min(axis=0)
        east, north = known[:, 2:].max(axis=0)
        return float(west), float(south), float(east), float(north)
