"""Reading waters: public data of the whole bureau, which every actor sees."""

from datetime import date

import geopandas as gpd
from sqlalchemy import Connection, func, literal, select, union_all

from geo.tiles import Tile
from layers import db, tiles
from layers.access import Actor
from layers.grids.queries import name_rows
from layers.places.queries import Box, meets
from layers.rivers.tables import River


def water(connection: Connection, bbox: Box | None = None) -> gpd.GeoDataFrame:
    """Code, name, kind and surface of all waters, or of those in west, south, east, north."""
    surface = func.ST_AsBinary(River.shape).label("geometry")
    asked = select(River.code, River.name, River.kind, surface).where(meets(River.shape, bbox))
    return db.geoframe(connection, asked.order_by(River.id))


def tile(connection: Connection, tile: Tile) -> bytes:
    """Waters with name and kind."""
    return tiles.encoded(connection, "rivers", tile, ROWS)


ROWS = select(
    River.name, River.kind, tiles.in_mercator(River.shape).label("shape")
).where(tiles.meets(River.shape))  # fmt: skip


def label_tile(connection: Connection, actor: Actor, tile: Tile, on: date) -> bytes:
    """Names of land and of water, each once and as a point of its own: by name, level and kind."""
    inside = func.ST_PointOnSurface(River.shape)
    waters = select(
        River.name, literal("water").label("level"), River.kind,
        tiles.in_mercator(inside).label("shape"),
    ).where(River.name.is_not(None))  # fmt: skip
    waters = waters.where(tiles.meets(River.shape), tiles.holds(inside))
    named = union_all(*name_rows(actor, tile, on), waters).subquery()
    return tiles.encoded(connection, "labels", tile, select(*named.c))
