"""Reading roads: public data of the whole bureau, which every actor sees."""

from collections.abc import Sequence

import geopandas as gpd
from sqlalchemy import Connection, func, select

from layers import db
from layers.places.queries import Box, meets
from layers.roads.rules import CLASSES
from layers.roads.tables import Road


def roads(
    connection: Connection, bbox: Box | None = None, classes: Sequence[str] = CLASSES
) -> gpd.GeoDataFrame:
    """Code, name, class, oneway, speed_kmh and lines of all roads, or of those of these classes
    in west, south, east, north."""
    asked = select(
        Road.code, Road.name, Road.class_.label("class"), Road.oneway, Road.speed_kmh,
        func.ST_AsBinary(Road.shape).label("geometry"),
    ).where(meets(Road.shape, bbox), Road.class_.in_(classes))  # fmt: skip
    return db.geoframe(connection, asked.order_by(Road.id))
