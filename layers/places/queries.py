"""Reading places: public data of the whole bureau, which every actor sees."""

import geopandas as gpd
from geoalchemy2 import WKBElement
from sqlalchemy import ColumnElement, Connection, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from layers import db
from layers.places.tables import Place

Box = tuple[float, float, float, float]


def places(connection: Connection, bbox: Box | None = None) -> gpd.GeoDataFrame:
    """Code, name, kind and point of all places, or of those in west, south, east, north."""
    point = func.ST_AsBinary(Place.place).label("geometry")
    asked = select(Place.code, Place.name, Place.kind, point).where(meets(Place.place, bbox))
    return db.geoframe(connection, asked.order_by(Place.id))


def meets(shape: InstrumentedAttribute[WKBElement], bbox: Box | None) -> ColumnElement[bool]:
    """The condition that keeps what the box touches; everything without a box."""
    return true() if bbox is None else shape.op("&&")(func.ST_MakeEnvelope(*bbox, db.SRID))
