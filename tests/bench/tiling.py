"""Vector tiles: of areas beside the bare statement, of cases from few to many, and unchanged ones
over HTTP."""

import http.client
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

import numpy as np
from sqlalchemy import Connection, text

from api import imports
from api.cli.running import url_of
from api.deps import OPERATOR
from geo.tiles import Tile
from layers.access import transaction
from layers.db import Page
from layers.grids import queries as grids
from layers.incidents import queries as incidents
from layers.incidents.queries import Wanted
from layers.incidents.queries.tiling import POINTS_FROM
from layers.tiles import ALONE
from tests.bench.bench import AROUND, NOON, Bench
from tests.bench.load import HOST, served
from tests.bench.measure import Figures, Goal, Line, Side, growth, same
from tests.signed import signed_in

ROW = "tiles"
SOME = 24
DAY = NOON.date()
BARE = text("""
    SELECT ST_AsMVT(tile, 'grids', 4096, 'geom') FROM (
        SELECT code, township_code AS township, ST_AsMVTGeom(mercator, box, 4096, 64, true) AS geom
        FROM grids, (SELECT ST_TileEnvelope(:z, :x, :y) AS box) AS asked
        WHERE shape && ST_Transform(box, 4326)) AS tile
""")
LARGEST_TILE = 60_000  # bytes


def rows(bench: Bench) -> Iterator[Line]:
    for zoom in (10, 12, 14):
        yield from _areas(bench, zoom)
    yield from _listed(bench)
    yield from _cases(bench)
    yield from _unchanged(bench)


def _some(bench: Bench, zoom: int) -> list[Tile]:
    """Tiles where something happens, each as often as it does."""
    return [_over(zoom, lon, lat) for lon, lat in bench.town.points(SOME).tolist()]


def _over(zoom: int, lon: float, lat: float) -> Tile:
    size = 1 << zoom
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * size
    return Tile(zoom, int((lon + 180) / 360 * size), int(y))


# --- Areas ----------------------------------------------------------------------------------------


def _areas(bench: Bench, zoom: int) -> Iterator[Line]:
    tiles = _some(bench, zoom)
    with (
        transaction(bench.ours, OPERATOR, ALONE) as ours,
        transaction(bench.engine, OPERATOR, ALONE) as owner,
    ):
        sides = {
            "ours": Side("ours", partial(_grids, ours, tiles), times=SOME),
            "limit": Side("bare ST_AsMVT", partial(_bare, owner, tiles), times=SOME),
        }
        taken, answers = bench.in_turn(f"grid tiles, z{zoom}", sides)
    same(all(answers["ours"]) and all(answers["limit"]), "a tile is empty")
    yield Line(ROW, f"grid tile z{zoom}, in the database", taken, (Goal(0.5, "limit"),))


def _grids(connection: Connection, tiles: Sequence[Tile]) -> list[bytes]:
    return [grids.grid_tile(connection, OPERATOR, tile, DAY) for tile in tiles]


def _bare(connection: Connection, tiles: Sequence[Tile]) -> list[bytes]:
    return [bytes(connection.execute(BARE, vars(tile)).scalar_one()) for tile in tiles]


def _listed(bench: Bench) -> Iterator[Line]:
    """A thousand grids of a box with their shapes, as `GET /api/grids` has them."""
    box = tuple(map(float, bench.town.townships.total_bounds))
    ask = partial(grids.grid_page, actor=OPERATOR, wanted=grids.Wanted(DAY, bbox=box))
    page = Page(limit=1000)
    with transaction(bench.ours, OPERATOR) as ours, bench.engine.begin() as owner:
        sides = {
            "ours": Side("ours", lambda: len(ask(ours, page=page))),
            "limit": Side("bare ST_AsGeoJSON", lambda: len(owner.execute(SHAPES).all())),
        }
        taken, answers = bench.in_turn("1,000 grids by box", sides)
    same(answers["ours"] == answers["limit"], "other grids")
    yield Line(ROW, "1,000 grids by box as GeoJSON", taken, (Goal(0.5, "limit"),))


SHAPES = text("SELECT code, ST_AsGeoJSON(shape, 7) FROM grids ORDER BY code LIMIT 1000")


# --- Unchanged ------------------------------------------------------------------------------------


def _unchanged(bench: Bench) -> Iterator[Line]:
    tile = _some(bench, 12)[0]
    path = f"/tiles/grids/{tile.z}/{tile.x}/{tile.y}.mvt"
    with bench.engine.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), login="tiles")
    with served(url_of(bench.ours)) as port:
        line = http.client.HTTPConnection(HOST, port)
        _, tag = _asked(line, path, secret)
        sides = {
            "ours": Side("304", lambda: _asked(line, path, secret, tag)[0]),
            "naive": Side("sent again", lambda: _asked(line, path, secret)[0]),
        }
        taken, answers = bench.in_turn("an unchanged tile by HTTP", sides)
        line.close()
    same(answers == {"ours": 304, "naive": 200}, "other answers")
    yield Line(ROW, "unchanged grid tile z12, a request", taken, (Goal(1, "naive"),))


def _asked(
    line: http.client.HTTPConnection, path: str, secret: str, tag: str = ""
) -> tuple[int, str]:
    line.request("GET", path, headers={"Authorization": f"Bearer {secret}", "If-None-Match": tag})
    answer = line.getresponse()
    answer.read()
    return answer.status, answer.headers["etag"]


# --- Cases ----------------------------------------------------------------------------------------


def _cases(bench: Bench) -> Iterator[Line]:
    """The same tiles over few and over many cases."""
    measured: dict[int, dict[int, Figures]] = {}
    amounts = (bench.amounts.fewer_points, bench.amounts.points)
    for count in amounts:
        _hold(bench, count)
        measured[count] = {}
        for zoom in (8, 10, 12, 13, 14, 16):
            line, sizes = _counted(bench, zoom, count)
            measured[count][zoom] = line.ours
            yield line
            yield sizes
    few, many = amounts
    for zoom in (8, 12):
        sides = (few, measured[few][zoom]), (many, measured[many][zoom])
        yield growth(ROW, f"case tiles z{zoom}", *sides)


def _hold(bench: Bench, count: int) -> None:
    with bench.engine.begin() as connection:
        connection.execute(text("TRUNCATE incidents CASCADE"))
        imports.run(connection, imports.Wanted("incidents", bench.town.file(count)), AROUND)
    with bench.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE incidents"))


def _counted(bench: Bench, zoom: int, count: int) -> tuple[Line, Line]:
    tiles = _some(bench, zoom)[:6]
    with transaction(bench.ours, OPERATOR, ALONE) as ours:
        side = Side("ours", partial(_incidents, ours, tiles), times=len(tiles))
        taken, answers = bench.in_turn(f"case tiles z{zoom} of {count:,}", {"ours": side})
    what = f"case tile z{zoom} of {count:,}"
    sizes = Figures("ours", [float(max(map(len, answers["ours"])))])
    goals = (Goal(LARGEST_TILE),) if zoom < POINTS_FROM else ()
    return Line(ROW, what, taken), Line(
        ROW, f"{what}, the largest", {"ours": sizes}, goals, "bytes"
    )


def _incidents(connection: Connection, tiles: Sequence[Tile]) -> list[bytes]:
    return [incidents.tile(connection, OPERATOR, tile, Wanted(), NOON) for tile in tiles]
