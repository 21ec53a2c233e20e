"""Reading waters: public data of the whole bureau, which every actor sees."""

import geopandas as gpd
from sqlalchemy import Connection, func, select

from layers import db
from layers.places.queries import Box, meets
from layers.rivers.tables import River


def water(connection: Connection, bbox: Box | None = None) -> gpd.GeoDataFrame:
    """Code, name, kind and surface of all waters, or of those in west, south, east, north."""
    surface = func.ST_AsBinary(River.shape).label("geometry")
    asked = select(River.code, River.name, River.kind, surface).where(meets(River.shape, bbox))
    return db.geoframe(connection, asked.order_by(River.id))
