"""A slice's rows as one layer of a vector tile, made by PostGIS in one statement.

The slice says which rows: with `meets`, which the spatial index answers also behind the row
policies, and with the actor's scope. Where the tile lies is told as it is asked for: so a slice may
put its statement together once, which takes longer than to make a small tile.
"""

from collections.abc import Sequence
from functools import lru_cache

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from geo.tiles import Tile
from layers.db import MERCATOR, SRID

MARGIN = 1 / 64
"""Drawn beyond the edges, of a tile's side: so no border is stroked along a cut."""
FINE, COARSE = 4096, 1024
"""Steps along a side. On few steps neighbours still share their vertices: nothing else simplifies
areas without tearing them apart."""
FINE_FROM = 12
LOOKING = 128
"""People looking at maps at once, for each of whom a slice keeps the statement that it put
together."""
Shape = InstrumentedAttribute[WKBElement]


def _edges(of: str) -> list[BindParameter[float]]:
    return [bindparam(name, type_=Float()) for name in _names(of)]


def _names(of: str) -> list[str]:
    return [f"{of}_{side}" for side in ("west", "south", "east", "north")]


NEAR, INSIDE, FLAT = _edges("near"), _edges("inside"), _edges("flat")
"""Of a tile with its margin and without on WGS 84, and in web mercator."""
MARGIN_M, STEPS, BEYOND = (
    bindparam("margin_m", type_=Float()), bindparam("steps", type_=Integer()),
    bindparam("beyond", type_=Integer()),
)  # fmt: skip


def _lies(tile: Tile, steps: int) -> dict[str, float]:
    """Where a tile lies, for a statement with these."""
    boxes = {"near": tile.lonlat(MARGIN), "inside": tile.lonlat(), "flat": tile.mercator()}
    edges = {n: at for of, box in boxes.items() for n, at in zip(_names(of), box, strict=True)}
    return {**edges, "margin_m": tile.side_m * MARGIN, "steps": steps,
            "beyond": int(steps * MARGIN)}  # fmt: skip


def meets(shape: Shape) -> ColumnElement[bool]:
    """The condition that keeps what a tile may show; `shape` lies on WGS 84 and is indexed."""
    return shape.op("&&", is_comparison=True)(func.ST_MakeEnvelope(*NEAR, SRID))


def envelope() -> ColumnElement[object]:
    """A tile with its margin, in web mercator."""
    return func.ST_Expand(func.ST_MakeEnvelope(*FLAT, MERCATOR), MARGIN_M)


def holds(point: Shape | ColumnElement[object]) -> ColumnElement[bool]:
    """The condition that keeps the points of a tile: each point lies in one tile of a zoom."""
    west, south, east, north = INSIDE
    x, y = func.ST_X(point), func.ST_Y(point)
    box = func.ST_MakeEnvelope(west, south, east, north, SRID)
    inside = (x >= west) & (x < east) & (y > south) & (y <= north)
    return point.op("&&", is_comparison=True)(box) & inside


def in_mercator(shape: Shape | ColumnElement[object]) -> ColumnElement[object]:
    """A shape on WGS 84 as tiles are cut from it."""
    return func.ST_Transform(shape, MERCATOR)


def encoded(
    connection: Connection,
    layer: str,
    tile: Tile,
    rows: Select[*tuple[object, ...]],
    *,
    steps: int | None = None,
    **given: object,
) -> bytes:
    """The layer of a tile: `rows` have their shape in web mercator as `shape`, all else are
    properties; what is `given` is theirs. Empty where nothing is to be shown."""
    lies = _lies(tile, steps or (FINE if tile.z >= FINE_FROM else COARSE))
    return bytes(connection.execute(_layer(layer, rows), {**lies, **given}).scalar_one())


@lru_cache(2 * LOOKING)
def _layer(name: str, rows: Select[*tuple[object, ...]]) -> Select[bytes]:
    """For rows that a slice has put together once it is the same as last time."""
    shown = rows.subquery("shown")
    box = func.ST_MakeEnvelope(*FLAT, MERCATOR)
    cut = func.ST_AsMVTGeom(shown.c.shape, box, STEPS, BEYOND, True)
    properties = [column for column in shown.c if column.key != "shape"]
    cuts = select(cut.label("geom"), *properties).subquery("tile")
    return select(func.ST_AsMVT(literal_column("tile"), name, STEPS, "geom")).select_from(cuts)


ALONE = {"max_parallel_workers_per_gather": "0"}
"""The setting of a transaction that makes tiles. A tile is too small to be shared out: it took
nearly twice as long."""


def joined(parts: Sequence[bytes]) -> bytes:
    """Layers of one tile as one tile: its format is made so that they are simply put together."""
    return b"".join(parts)
