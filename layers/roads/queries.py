"""Reading roads: public data of the whole bureau, which every actor sees; townships are not."""

from collections.abc import Sequence

import geopandas as gpd
from sqlalchemy import Connection, RowMapping, TextClause, func, select
from sqlalchemy import text as sql

from geo.network import CENTIMETRE, Network, build
from geo.tiles import Tile
from layers import db, tiles
from layers.access import Actor
from layers.places.queries import Box, meets
from layers.roads.rules import CLASSES, Mode, forbidden, passable
from layers.roads.tables import Road


def roads(
    connection: Connection, bbox: Box | None = None, classes: Sequence[str] = CLASSES
) -> gpd.GeoDataFrame:
    """Code, name, class, oneway, speed_kmh, motor, foot, turns, osm and lines of all roads, or of
    those of these classes in west, south, east, north."""
    asked = select(
        Road.code, Road.name, Road.class_.label("class"), Road.oneway, Road.speed_kmh,
        Road.motor, Road.foot, Road.turns, Road.osm,
        func.ST_AsBinary(Road.shape).label("geometry"),
    ).where(meets(Road.shape, bbox), Road.class_.in_(classes))  # fmt: skip
    return db.geoframe(connection, asked.order_by(Road.id))


def are_of_osm(connection: Connection) -> bool:
    """Whether some are OpenStreetMap's: whoever draws them names it (ODbL 1.0, 4.3)."""
    return connection.execute(select(Road.id).where(Road.osm).limit(1)).first() is not None


WIDEST = {9: 2, 10: 3, 11: 4, 12: 5, 13: 8}
"""How many of the widest classes a zoom has room for; deeper ones show all."""


def tile(connection: Connection, tile: Tile) -> bytes:
    """Roads with name, class and oneway, at each zoom those that it has room for."""
    classes = CLASSES[: WIDEST.get(max(tile.z, min(WIDEST)), len(CLASSES))]
    asked = select(
        Road.name, Road.class_.label("class"), Road.oneway,
        tiles.in_mercator(Road.shape).label("shape"),
    ).where(Road.class_.in_(classes), tiles.meets(Road.shape))  # fmt: skip
    return tiles.encoded(connection, "roads", tile, asked)


def networks(found: gpd.GeoDataFrame) -> dict[Mode, Network]:
    """Roads as one network for each way to be on them; none where nobody may use any."""
    lines = found.geometry.to_numpy()
    uses = {mode: (*passable(found, mode), forbidden(found, mode)) for mode in Mode}
    return {mode: build(lines, *use) for mode, use in uses.items() if (use[0] | use[1]).any()}


def apart(connection: Connection, pairs: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of these pairs (key, code) whose roads are not there, or have no end in common."""
    one, two = ([pair[n] for pair in sorted(pairs)] for n in (0, 1))
    return [(row.one, row.two) for row in connection.execute(APART, {"one": one, "two": two})]


ENDS = """ST_Collect(ST_StartPoint(ST_GeometryN({0}.shape, 1)),
    ST_EndPoint(ST_GeometryN({0}.shape, ST_NumGeometries({0}.shape))))"""
APART = sql(f"""
    SELECT one, two FROM unnest(CAST(:one AS text[]), CAST(:two AS text[])) AS named(one, two)
    LEFT JOIN roads a ON a.key = one LEFT JOIN roads b ON b.code = two
    WHERE NOT coalesce(ST_Intersects(ST_SnapToGrid({ENDS.format("a")}, 1 / {CENTIMETRE}),
        ST_SnapToGrid({ENDS.format("b")}, 1 / {CENTIMETRE})), false)
    ORDER BY one, two
""")


def named_in(
    connection: Connection, actor: Actor, text: str, *, limit: int, grid: int | None = None
) -> Sequence[RowMapping]:
    """The roads and places that an address names, or whose names begin with it: name, kind,
    township (if it is in sight), lon, lat, and how many metres a road may go on from there.

    A road is told once for each township that it goes through, by a point of it there. First what
    lies in a township that the address names too, then the longest name. Or only what lies in a
    version of a grid, by a point there.
    """
    given = {"text": text.lower(), "limit": limit}
    if grid is not None:
        return connection.execute(NAMED_IN_GRID, given | {"grid": grid}).mappings().all()
    seen = None if actor.townships is None else sorted(actor.townships)
    return connection.execute(NAMED_IN, given | {"seen": seen}).mappings().all()


LONGEST_M = 5_000
"""A road that goes farther to either side says too little of where something is."""


def point_named(connection: Connection, text: str) -> tuple[float, float, float] | None:
    """Longitude and latitude of the middle of the one road with the longest name in an address,
    and how many metres it may go on from there; None where several are meant, or none."""
    found = connection.execute(ROAD_NAMED, {"text": text.lower()}).all()
    if len(found) != 1 or found[0].metres > LONGEST_M:
        return None
    return found[0].lon, found[0].lat, found[0].metres


ROAD_NAMED = sql("""
    WITH named AS (
        SELECT name, shape FROM roads WHERE length(name) > 1 AND strpos(:text, lower(name)) > 0)
    SELECT ST_X(at) AS lon, ST_Y(at) AS lat,
        ST_Length(CAST(ST_BoundingDiagonal(shape) AS geography)) / 2 AS metres
    FROM (SELECT ST_Collect(shape) AS shape FROM named
        WHERE length(name) = (SELECT max(length(name)) FROM named) GROUP BY name) AS whole
    CROSS JOIN ST_ClosestPoint(shape, ST_Centroid(shape)) AS at LIMIT 2
""")
NAMES = "length({0}) > 1 AND (strpos(:text, lower({0})) > 0 OR starts_with(lower({0}), :text))"
SIDE = "ST_Length(CAST(ST_BoundingDiagonal(shape) AS geography)) / 2"
"""How far something goes to either side of its middle, at most."""


def _named_in(areas: str, join: str) -> TextClause:
    """By the areas in which something is looked for; `join` says whether it may lie in none."""
    return sql(f"""
    WITH seen AS NOT MATERIALIZED ({areas}),
    streets AS (
        SELECT r.name, t.name AS township,
            ST_Collect(coalesce(ST_Intersection(r.shape, t.shape), r.shape)) AS shape
        FROM roads r {join} seen t ON t.shape && r.shape AND ST_Intersects(t.shape, r.shape)
        WHERE {NAMES.format("r.name")}
        GROUP BY r.name, t.code, t.name),
    found AS (
        SELECT name, 'road' AS kind, township, ST_ClosestPoint(shape, ST_Centroid(shape)) AS at,
            {SIDE} AS metres
        FROM streets
        UNION ALL
        SELECT p.name, p.kind, t.name, p.place, NULL
        FROM places p {join} seen t ON t.shape && p.place AND ST_Covers(t.shape, p.place)
        WHERE {NAMES.format("p.name")})
    SELECT name, kind, township, ST_X(at) AS lon, ST_Y(at) AS lat, metres FROM found
    ORDER BY strpos(:text, lower(coalesce(township, '?'))) = 0, length(name) DESC, name, lon
    LIMIT :limit
    """)


NAMED_IN = _named_in(
    "SELECT * FROM townships WHERE CAST(:seen AS text[]) IS NULL OR code = ANY (:seen)", "LEFT JOIN"
)
NAMED_IN_GRID = _named_in(
    "SELECT g.code, t.name, g.shape FROM grids g LEFT JOIN townships t ON t.code = g.township_code"
    " WHERE g.id = :grid", "JOIN"
)  # fmt: skip
