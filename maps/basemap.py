"""How somebody else's base map looks under our own layers: pictures as they are, vector tiles in
the theme's inks, whichever of the usual schemas they follow (OpenMapTiles, Protomaps, Shortbread).

Pure: it is told where the tiles are and what they hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maps.theme import Language

Json = dict[str, object]
Ink = Mapping[str, str]

WATER = ("water", "ocean", "water_polygons")
STREAMS = ("waterway", "water_lines")
GREEN = ("landcover", "landuse", "land", "park")
BUILDINGS = ("building", "buildings")
ROADS = ("transportation", "roads", "streets")
NAMED_ROADS = ("transportation_name", "roads", "street_labels")
PLACES = ("place", "places", "place_labels")
SPOTS = ("poi", "pois")
KNOWN = {*WATER, *STREAMS, *GREEN, *BUILDINGS, *ROADS, *NAMED_ROADS, *PLACES, *SPOTS}
UNDRAWN = {"earth", "housenumber", "addresses", "aerodrome_label", "mountain_peak", "water_name",
           "water_polygons_labels", "water_lines_labels", "boundary_labels", "public_transport",
           "streets_polygons_labels", "streets_med_labels"}  # fmt: skip
"""Ground that is drawn anyway, and names that would only crowd."""
GREENS = ["forest", "wood", "grass", "grassland", "park", "garden", "meadow", "scrub", "cemetery",
          "wetland", "nature_reserve",
          "recreation_ground", "village_green", "golf_course"]  # fmt: skip
WIDTHS = {"motorway": 3.5, "highway": 3.5, "trunk": 3.0, "primary": 2.6, "major_road": 2.4,
          "secondary": 2.0, "tertiary": 1.6, "path": 0.4, "rail": 0.6, "service": 0.6}  # fmt: skip
KIND = [
    "coalesce",
    ["get", "kind_detail"],
    ["get", "class"],
    ["get", "subclass"],
    ["get", "kind"],
    "",
]
NAMES: Mapping[Language, Sequence[str]] = {
    "zh": ("name:zh-Hans", "name:zh", "name_zh", "name"), "en": ("name:en", "name_en", "name"),
}  # fmt: skip


@dataclass(frozen=True)
class Base:
    """A base map. `tiles`: its address with {z}, {x} and {y}; `shallowest` and `deepest`: the zooms
    that it has; `layers`: what its vector tiles hold, nothing where they are pictures; `source`:
    from whom it is."""

    tiles: str
    shallowest: int = 0
    deepest: int = 18
    layers: Sequence[str] = ()
    source: str = ""


def source(base: Base) -> Json:
    """As a source of a MapLibre style."""
    zooms = {"minzoom": base.shallowest, "maxzoom": base.deepest}
    kind = {"type": "vector"} if base.layers else {"type": "raster", "tileSize": 256}
    return {**kind, "tiles": [base.tiles], **zooms, "attribution": base.source}


def layers(base: Base, ink: Ink, language: Language, *, dark: bool) -> list[Json]:
    """From the ground up."""
    if not base.layers:
        dimmed = {"raster-brightness-max": 0.6} if dark else {"raster-opacity": 0.85}
        return [{"id": "base", "type": "raster", "source": "base", "paint": dimmed}]
    drawn = [*_areas(ink), *_lines(ink), *_names(ink, language)]
    known = [layer for layer in drawn if layer["source-layer"] in base.layers]
    others = [name for name in base.layers if name not in KNOWN | UNDRAWN]
    return [*[_other(name, ink) for name in others], *known]


def _areas(ink: Ink) -> list[Json]:
    area = ["==", ["geometry-type"], "Polygon"]
    green = ["in", ["coalesce", ["get", "kind"], ["get", "class"], "park"], ["literal", GREENS]]
    return [
        *_each("fill", GREEN, {"fill-color": ink["green"]}, filter=green),
        *_each("fill", WATER, {"fill-color": ink["water"]}, filter=area),
        *_each("fill", BUILDINGS, {"fill-color": ink["building"]}, minzoom=13),
    ]  # fmt: skip


def _lines(ink: Ink) -> list[Json]:
    width = ["match", KIND, *[part for pair in WIDTHS.items() for part in pair], 1.0]
    wide = ["interpolate", ["exponential", 1.5], ["zoom"],
            9, ["*", width, 0.3], 14, width, 18, ["*", width, 4]]  # fmt: skip
    return [
        *_each("line", STREAMS, {"line-color": ink["water"], "line-width": 1.2}),
        *_each("line", ROADS, {"line-color": ink["road"], "line-width": wide, "line-opacity": 0.7}),
    ]


def _names(ink: Ink, language: Language) -> list[Json]:
    name = ["coalesce", *[["get", key] for key in NAMES[language]], ""]
    halo = {"text-halo-color": ink["land"], "text-halo-width": 1.5, "text-color": ink["quiet"]}
    point: Json = {"text-field": name, "text-size": 12, "text-max-width": 8}
    along: Json = {**point, "symbol-placement": "line", "symbol-spacing": 400}
    return [
        *_each("symbol", NAMED_ROADS, halo, "names", minzoom=14, layout=along),
        *_each("symbol", SPOTS, halo, minzoom=16, layout=point),
        *_each("symbol", PLACES, halo, layout=point),
    ]


def _each(
    kind: str, names: Sequence[str], paint: Mapping[str, object], suffix: str = "", **more: object
) -> list[Json]:
    return [
        {"id": "-".join(filter(None, ("base", name, suffix))), "type": kind, "source": "base",
         "source-layer": name, "paint": paint, **more}
        for name in names
    ]  # fmt: skip


def _other(name: str, ink: Ink) -> Json:
    """What no schema names is there all the same, thin and quiet."""
    thin = {"line-color": ink["grid-line"], "line-width": 0.6, "line-opacity": 0.6}
    return _each("line", [name], thin)[0]
