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


def point_of(connection: Connection, code: str) -> tuple[float, float] | None:
    """Longitude and latitude of the place with a code, if there is one."""
    return _only(connection, Place.code == code)


def point_named(connection: Connection, text: str) -> tuple[float, float] | None:
    """Where an address lies: the one place with the longest name in it, if there is only one."""
    within = func.strpos(text, Place.name) > 0
    longest = select(func.max(func.length(Place.name))).where(within).scalar_subquery()
    return _only(connection, within, func.length(Place.name) == longest)


def _only(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[float, float] | None:
    asked = select(func.ST_X(Place.place), func.ST_Y(Place.place)).where(*conditions).limit(2)
    found = connection.execute(asked).all()
    return (float(found[0][0]), float(found[0][1])) if len(found) == 1 else None


def meets(shape: InstrumentedAttribute[WKBElement], bbox: Box | None) -> ColumnElement[bool]:
    """The condition that keeps what the box touches; everything without a box."""
    return true() if bbox is None else shape.op("&&")(func.ST_MakeEnvelope(*bbox, db.SRID))
