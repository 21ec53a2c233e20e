"""Extracts of OpenStreetMap (.osm.pbf, .osm): its ways as roads, with their tags said plainly, and
the turns that are forbidden."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from layers.files import restrictions, vector
from layers.files.fields import SHAPES, Field
from layers.files.source import Notice, Source, numbered

CONFIG = Path(__file__).with_name("osm.ini")
READING = {"CONFIG_FILE": str(CONFIG), "USE_CUSTOM_INDEXING": "NO"}
"""GDAL's own quick index drops nodes with negative numbers, as editors give them, and says
nothing."""
LAYERS = {"point": "points", "line": "lines", "polygon": "multipolygons"}
KEEPING = {"points": "place IS NOT NULL", "lines": "highway IS NOT NULL"}
LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
ROADS = frozenset(LINKED) | {f"{kind}_link" for kind in LINKED} | {
    "unclassified", "residential", "living_street", "service", "track", "road", "pedestrian",
    "footway", "cycleway", "path", "steps", "bridleway",
}  # fmt: skip
"""Other values of `highway` are not built yet, or are no roads."""
ROUND = ("roundabout", "circular")
FORWARD, BACKWARD, CHANGING = ("yes", "true", "1"), ("-1", "reverse"), ("reversible", "alternating")
BARRED = ("no", "private", "agricultural", "forestry")
KMH_OF_A_MILE = 1.609344


def extract(path: Path, layer: str | None, fields: Sequence[Field]) -> Source:
    """The layer asked for, or the one that holds the shapes which the fields want."""
    name = layer or next((LAYERS[one.kind] for one in fields if one.kind in SHAPES), None)
    with vector.refused(path):
        name = vector.chosen(name, [str(each) for each, _ in pyogrio.list_layers(path)], path)
        # By way of Arrow, GDAL would take a damaged file for one that ends there.
        meta, _, wkb, values = pyogrio.raw.read(path, name, where=KEEPING.get(name), **READING)
    source = Source(
        pa.table(dict(zip(meta["fields"], values, strict=True))),
        numbered(len(wkb)),
        shapes=np.asarray(shapely.from_wkb(wkb), dtype=object),
        crs=meta["crs"],
        layer=name,
    )
    return _roads(source, path) if name == "lines" else source


def _roads(source: Source, path: Path) -> Source:
    """Ways that are roads in use, drawn in the direction in which a one-way road is driven."""
    tags = source.columns.to_pandas()
    kept = tags["highway"].isin(ROADS).to_numpy()
    tags = tags[kept]
    shapes = np.asarray(source.shapes)[kept]
    against = tags["oneway"].isin(BACKWARD).to_numpy()
    shapes[against] = shapely.reverse(shapes[against])
    ways = tags["osm_id"].astype(int)
    turns, turns_left_out = restrictions.turns(path, dict(zip(ways, against, strict=True)))
    said = {
        "osm_id": tags["osm_id"],
        "name": tags["name"],
        "highway": tags["highway"],
        "oneway": _oneway(tags),
        "maxspeed": _kmh(tags["maxspeed"]),
        "motor": _motor(tags),
        "foot": _foot(tags),
        "turns": [turns.get(way, "none") for way in ways],
        "osm": np.ones(len(tags), dtype=bool),
    }
    ways_left_out = Notice("ways_left_out", {"rows": int((~kept).sum())})
    return replace(
        source,
        columns=pa.Table.from_pandas(pd.DataFrame(said), preserve_index=False),
        rows=numbered(len(tags)),
        shapes=shapes,
        notices=[*([] if kept.all() else [ways_left_out]), *turns_left_out],
    )


def _oneway(tags: pd.DataFrame) -> pd.Series:
    """Motorways and roundabouts are driven one way unless they say otherwise."""
    implied = (tags["highway"] == "motorway") | tags["junction"].isin(ROUND)
    return tags["oneway"].isin((*FORWARD, *BACKWARD)) | (tags["oneway"].isna() & implied)


def _kmh(said: pd.Series) -> pd.Series:
    """`50`, `50 km/h` and `30 mph`; what is no number, such as `walk`, is not known."""
    parts = said.astype("str").str.extract(r"^(\d+(?:\.\d+)?) ?(mph|km/h)?$")
    kmh = pd.to_numeric(parts[0]) * np.where(parts[1] == "mph", KMH_OF_A_MILE, 1.0)
    return kmh.where(kmh > 0).round(1)


def _motor(tags: pd.DataFrame) -> pd.Series:
    """Whether vehicles may, as far as it is said; the most particular word counts. Lanes whose
    direction changes with the hour are never counted on."""
    said = tags["motorcar"]
    for tag in ("motor_vehicle", "vehicle"):
        said = said.fillna(tags[tag])
    allowed = _allowed(said).where(said.notna(), _barred(tags["access"]))
    return allowed.mask(tags["oneway"].isin(CHANGING), other=False)


def _foot(tags: pd.DataFrame) -> pd.Series:
    """Whether people may on foot, as far as it is said."""
    allowed = _allowed(tags["foot"], (*BARRED, "use_sidepath"))
    return allowed.where(tags["foot"].notna(), _barred(tags["access"]))


def _allowed(said: pd.Series, barred: Sequence[str] = BARRED) -> pd.Series:
    return (~said.isin(barred)).astype("boolean").where(said.notna())


def _barred(access: pd.Series) -> pd.Series:
    """No, where nobody may; otherwise the kind of road decides."""
    return pd.Series(pd.NA, access.index, "boolean").mask(access.isin(BARRED), other=False)
