"""Reading roads: public data of the whole bureau, which every actor sees; townships are not."""

from collections.abc import Sequence

import geopandas as gpd
from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy import text as sql

from layers import db
from layers.access import Actor
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


def named_in(
    connection: Connection, actor: Actor, text: str, *, limit: int
) -> Sequence[RowMapping]:
    """The roads and places that an address names, or whose names begin with it: name, kind,
    township (if it is in sight), lon, lat.

    A road is told once for each township that it goes through, by a point of it there. First what
    lies in a township that the address names too, then the longest name.
    """
    seen = None if actor.townships is None else sorted(actor.townships)
    given = {"text": text.lower(), "limit": limit, "seen": seen}
    return connection.execute(NAMED_IN, given).mappings().all()


NAMES = "length({0}) > 1 AND (strpos(:text, lower({0})) > 0 OR starts_with(lower({0}), :text))"
NAMED_IN = sql(f"""
    WITH seen AS NOT MATERIALIZED (
        SELECT * FROM townships WHERE CAST(:seen AS text[]) IS NULL OR code = ANY (:seen)),
    streets AS (
        SELECT r.name, t.name AS township,
            ST_Collect(coalesce(ST_Intersection(r.shape, t.shape), r.shape)) AS shape
        FROM roads r LEFT JOIN seen t ON t.shape && r.shape AND ST_Intersects(t.shape, r.shape)
        WHERE {NAMES.format("r.name")}
        GROUP BY r.name, t.code, t.name),
    found AS (
        SELECT name, 'road' AS kind, township, ST_ClosestPoint(shape, ST_Centroid(shape)) AS at
        FROM streets
        UNION ALL
        SELECT p.name, p.kind, t.name, p.place
        FROM places p LEFT JOIN seen t ON t.shape && p.place AND ST_Covers(t.shape, p.place)
        WHERE {NAMES.format("p.name")})
    SELECT name, kind, township, ST_X(at) AS lon, ST_Y(at) AS lat FROM found
    ORDER BY strpos(:text, lower(coalesce(township, '?'))) = 0, length(name) DESC, name, lon
    LIMIT :limit
""")
