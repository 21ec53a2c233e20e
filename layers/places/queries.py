"""Reading places: public data of the whole bureau, which every actor sees."""

import re
from collections.abc import Collection, Sequence

import geopandas as gpd
from geoalchemy2 import WKBElement
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from geo.tiles import Tile
from layers import db, tiles
from layers.errors import Invalid
from layers.places.tables import Place

Box = tuple[float, float, float, float]


def places(connection: Connection, bbox: Box | None = None) -> gpd.GeoDataFrame:
    """Code, name, kind and point of all places, or of those in west, south, east, north."""
    point = func.ST_AsBinary(Place.place).label("geometry")
    asked = select(Place.code, Place.name, Place.kind, point).where(meets(Place.place, bbox))
    return db.geoframe(connection, asked.order_by(Place.id))


def listed(
    connection: Connection, *, name: str, bbox: Box | None, after: str, limit: int
) -> Sequence[RowMapping]:
    """Places whose name has this in it, the shortest name first; behind a key `length|id`."""
    length = func.length(Place.name)
    asked = select(
        Place.id, Place.code, Place.name, Place.kind,
        func.ST_X(Place.place).label("lon"), func.ST_Y(Place.place).label("lat"),
    ).where(Place.name.icontains(name, autoescape=True), meets(Place.place, bbox))  # fmt: skip
    if after:
        asked = asked.where(tuple_(length, Place.id) > _numbers(after))
    return connection.execute(asked.order_by(length, Place.id).limit(limit)).mappings().all()


SHOWN_FROM = 11
"""The zoom from which there is room for the names of places."""


def tile(connection: Connection, tile: Tile) -> bytes:
    """Places with name and kind."""
    if tile.z < SHOWN_FROM:
        return b""
    return tiles.encoded(connection, "places", tile, ROWS)


ROWS = select(
    Place.name, Place.kind, tiles.in_mercator(Place.place).label("shape")
).where(tiles.holds(Place.place))  # fmt: skip


def key(row: RowMapping) -> str:
    """The key of a row: where the next page begins."""
    return f"{len(row['name'])}|{row['id']}"


def _numbers(key: str) -> tuple[int, int]:
    length, _, number = key.partition("|")
    if not (KEY.fullmatch(length) and KEY.fullmatch(number)):
        raise Invalid("bad_page_key", after=key)
    return int(length), int(number)


KEY = re.compile(r"[0-9]{1,9}")


def point_of(connection: Connection, code: str) -> tuple[float, float] | None:
    """Longitude and latitude of the place with a code, if there is one."""
    return _only(connection, Place.code == code)


def names(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """What the places with these codes are called."""
    asked = select(Place.code, Place.name).where(Place.code.in_(codes)).order_by(Place.code)
    return {row.code: row.name for row in connection.execute(asked)}


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
