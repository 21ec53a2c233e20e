"""A base map of somebody else, fetched by the server or read from a file, and laid where its ground
is."""

import gc
import os
import threading
from collections.abc import Iterator
from gzip import compress
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import write
from pydantic import ValidationError

from api.archive import LARGEST_UNPACKED, opened
from api.basemap import SIDE, composed, composed_vectors, shift
from api.settings import Settings
from geo.crs import Datum, from_wgs84
from geo.tiles import Tile
from geo.vectortiles import joined
from layers.errors import Unready
from tests.api.test_tiles import tile_over

PLACE = (119.9105, 29.7105)


def pixel_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """From the north-western corner of the world."""
    world = SIDE * (1 << z)
    y = 1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi
    return int((lon / 180 + 1) / 2 * world), int(y / 2 * world)


def dotted(tile: Tile, lon: float, lat: float) -> bytes:
    """A white tile with a black square over a place, if that is in it."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    x, y = pixel_of(lon, lat, tile.z)
    picture.paste(
        "black",
        tuple(np.array([x, y, x, y]) - np.array([tile.x, tile.y] * 2) * SIDE + [-3, -3, 4, 4]),
    )
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("zoom", [8, 12, 15, 18])
@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_what_a_base_map_shows_lies_where_it_is(datum, zoom):
    ((lon, lat),) = from_wgs84(np.array([PLACE]), datum)
    tile = tile_over(zoom, *PLACE)

    shown = composed(tile, datum, lambda asked: dotted(asked, lon, lat))

    dark = np.argwhere(np.asarray(Image.open(BytesIO(shown)).convert("L")) < 100)
    x, y = pixel_of(*PLACE, zoom)
    assert dark.mean(axis=0) == pytest.approx((y - tile.y * SIDE, x - tile.x * SIDE), abs=2)


def test_a_base_map_on_gcj02_is_moved_by_hundreds_of_metres_and_one_on_wgs84_by_none():
    tile = tile_over(16, *PLACE)
    metres = np.hypot(*shift(tile, Datum.GCJ02)) * tile.side_m / SIDE * np.cos(np.radians(PLACE[1]))

    assert 300 < metres < 700
    assert shift(tile, Datum.WGS84) == (0, 0)


class Elsewhere(BaseHTTPRequestHandler):
    """A map server of somebody else, which has nothing beyond a zoom."""

    def do_GET(self) -> None:
        _, z, x, y = self.path.split("/")
        self.send_response(200 if int(z) < 17 else 404)
        self.end_headers()
        if int(z) < 17:
            self.wfile.write(dotted(Tile(int(z), int(x), int(y)), *PLACE))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{z}}/{{x}}/{{y}}"
        server.shutdown()
        thread.join()


@pytest.fixture
def with_base(app, settings: Settings, elsewhere: str) -> None:
    given = settings.model_copy(update={"base_map_url": elsewhere, "base_map_datum": Datum.GCJ02})
    app.state.given = app.state.settings = given


def test_the_server_fetches_it_and_the_style_names_the_server(client, cast, with_base):
    tile = tile_over(12)
    answer = client.get(f"/tiles/base/{tile.z}/{tile.x}/{tile.y}.png")
    style = client.get("/tiles/style.json").json()

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert Image.open(BytesIO(answer.content)).size == (SIDE, SIDE)
    assert style["sources"]["base"]["tiles"] == ["http://127.0.0.1/tiles/base/{z}/{x}/{y}.png"]


def test_where_it_has_nothing_there_is_nothing(client, cast, with_base):
    assert client.get("/tiles/base/17/1/1.png").json()["code"] == "no_base_map_there"


def test_one_that_is_away_is_said_to_be_away(client, app, settings, cast):
    away = settings.model_copy(update={"base_map_url": "http://127.0.0.1:9/{z}/{x}/{y}"})
    app.state.given = app.state.settings = away

    answer = client.get("/tiles/base/3/1/1.png")

    assert (answer.status_code, answer.json()["code"]) == (503, "base_map_away")


def test_without_one_there_is_none(client, cast):
    assert client.get("/tiles/base/3/1/1.png").status_code == 404
    assert "base" not in client.get("/tiles/style.json").json()["sources"]


# --- One file beside the server -------------------------------------------------------------------

STREET, CORNER = "人民路", "客运站"
DEEP = 14
EXTENT = 4096


def streets(tile: Tile, lon: float, lat: float) -> bytes:
    """A vector tile of a street eastwards from a place, and of the place itself."""
    x, y = (np.array(pixel_of(lon, lat, tile.z + 4)) - np.array([tile.x, tile.y]) * EXTENT).tolist()
    if not (-64 <= x < EXTENT + 64 and -64 <= y < EXTENT + 64):
        return b""
    street = {"geometry": f"LINESTRING ({x} {y}, {x + 200} {y})", "properties": {"name": STREET}}
    corner = {"geometry": f"POINT ({x} {y})", "properties": {"name": CORNER, "kind": "station"}}
    return mapbox_vector_tile.encode(
        [{"name": "roads", "features": [street]}, {"name": "pois", "features": [corner]}],
        default_options={"y_coord_down": True},
    )


def archive(path: Path, kind: TileType, tiles: dict[Tile, bytes], **told: object) -> Path:
    header = {"tile_type": kind, "tile_compression": Compression.NONE}
    if kind is TileType.MVT:
        header["tile_compression"] = Compression.GZIP
        tiles = {tile: compress(content) for tile, content in tiles.items()}
    with write(path) as written:
        for number, content in sorted((zxy_to_tileid(t.z, t.x, t.y), c) for t, c in tiles.items()):
            written.write_tile(number, content)
        written.finalize(header, told)
    return path


def around(tile: Tile) -> list[Tile]:
    return [Tile(tile.z, tile.x + x, tile.y + y) for x in (-1, 0, 1) for y in (-1, 0, 1)]


@pytest.fixture
def beside(app, settings: Settings):
    """Has the server begin with an archive."""

    def begin(path: Path, datum: Datum) -> None:
        given = Settings(base_map_file=path, base_map_datum=datum)
        update = {name: getattr(given, name) for name in ("base_map_file", "base_map_datum")}
        app.state.given = app.state.settings = settings.model_copy(update=update)

    return begin


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_an_archive_of_pictures_is_shown_in_its_true_place(client, cast, beside, tmp_path, datum):
    ((lon, lat),) = from_wgs84(np.array([PLACE]), datum)
    tile = tile_over(DEEP, *PLACE)
    pictures = {each: dotted(each, lon, lat) for each in around(tile)}
    told = "&copy; <b>天地图</b>"
    beside(archive(tmp_path / "m.pmtiles", TileType.PNG, pictures, attribution=told), datum)

    shown = client.get(f"/tiles/base/{DEEP}/{tile.x}/{tile.y}.png").content
    source = client.get("/tiles/style.json").json()["sources"]["base"]

    dark = np.argwhere(np.asarray(Image.open(BytesIO(shown)).convert("L")) < 100)
    x, y = pixel_of(*PLACE, DEEP)
    assert dark.mean(axis=0) == pytest.approx((y - tile.y * SIDE, x - tile.x * SIDE), abs=2)
    assert (source["type"], source["maxzoom"]) == ("raster", DEEP)
    assert source["attribution"] == "© 天地图"


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_an_archive_of_vector_tiles_is_shown_in_its_true_place(
    client, cast, beside, tmp_path, datum
):
    ((lon, lat),) = from_wgs84(np.array([PLACE]), datum)
    tile = tile_over(DEEP, *PLACE)
    held = {each: content for each in around(tile) if (content := streets(each, lon, lat))}
    told = {"vector_layers": [{"id": "roads", "fields": {}}, {"id": "pois", "fields": {}}]}
    beside(archive(tmp_path / "m.pmtiles", TileType.MVT, held, **told), datum)

    answer = client.get(f"/tiles/base/{DEEP}/{tile.x}/{tile.y}.mvt")
    style = client.get("/tiles/style.json").json()

    shown = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    x, y = np.array(pixel_of(*PLACE, DEEP + 4)) - np.array([tile.x, tile.y]) * EXTENT
    (corner,), (street, *_) = shown["pois"]["features"], shown["roads"]["features"]
    assert corner["properties"] == {"name": CORNER, "kind": "station"}
    assert corner["geometry"]["coordinates"] == pytest.approx([x, y], abs=16)
    assert street["properties"] == {"name": STREET}
    assert street["geometry"]["coordinates"][0] == corner["geometry"]["coordinates"]
    assert np.diff(street["geometry"]["coordinates"], axis=0).tolist() == [[200, 0]]
    assert {"base-roads", "base-pois"} <= {layer["id"] for layer in style["layers"]}
    assert client.get(f"/tiles/base/{DEEP}/{tile.x}/{tile.y}.png").status_code == 404
    assert client.get("/tiles/base/14/1/1.mvt").json()["code"] == "no_base_map_there"


def test_where_tiles_meet_each_is_told_once_with_its_own_words():
    """A street in each of four tiles, every one with words of its own."""
    tile = Tile(DEEP, 13650, 6795)
    parts = {each: mapbox_vector_tile.encode([{"name": "roads", "features": [
        {"geometry": "LINESTRING (0 0, 9 9)", "properties": {"name": str(each), "lanes": i}},
        {"geometry": "POINT (-3 7)", "properties": {"name": "another's"}}]}])
        for i, each in enumerate(around(tile))}  # fmt: skip

    (layer,) = mapbox_vector_tile.decode(composed_vectors(tile, Datum.GCJ02, parts.get)).values()

    names = [each["properties"]["name"] for each in layer["features"]]
    assert len(names) == len(set(names)) == 4
    lanes = {str(each): i for i, each in enumerate(parts)}
    assert all(lanes[told["name"]] == told["lanes"]
               for told in (each["properties"] for each in layer["features"]))  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [b"\x1a\x02\x08\x05", b"\x1a\x06\x08\x80\x80\x80\x80\x01", b"\x80" * 99 + b"\x01",
     b"\x1a\x07\x0a\x01a\x12\x02\x18\x01"],
    ids=["a short number for a name", "a long one", "a number without end", "a point nowhere"],
)  # fmt: skip
def test_what_is_no_vector_tile_is_said_to_be_none(wrong):
    with pytest.raises(ValueError, match="no vector tile"):
        joined([(wrong, 0, 0)])


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/dev/fd"))  # noqa: PTH208


def test_a_file_that_is_no_archive_is_refused_in_words(tmp_path):
    tile = Tile(0, 0, 0)
    whole = archive(tmp_path / "whole", TileType.PNG, {tile: b"picture"}).read_bytes()
    unnamed = archive(tmp_path / "unnamed", TileType.MVT, {tile: b""}).read_bytes()
    listed = archive(tmp_path / "listed", TileType.MVT, {tile: b""}, vector_layers=["roads"])
    afar = whole[:8] + b"\xff" * 8 + whole[16:]
    wrong = {b"GIF89a" * 40: "not a PMTiles file", whole[:150]: "not a PMTiles file",
             b"PMTiles\x02" + whole[8:]: "another version", unnamed: "vector_layers",
             whole[:99] + b"\x05" + whole[100:]: "not png, jpeg, webp or mvt",
             listed.read_bytes(): "not a PMTiles file", afar: "not a PMTiles file"}  # fmt: skip
    open_before = open_files()

    for i, (content, why) in enumerate(wrong.items()):
        path = tmp_path / str(i)
        path.write_bytes(content)
        with pytest.raises(ValidationError, match=why):
            Settings(base_map_file=path)
    assert open_files() == open_before
    with pytest.raises(ValidationError, match="no such file"):
        Settings(base_map_file=tmp_path / "nowhere")
    with pytest.raises(ValidationError, match="not both"):
        Settings(base_map_file=tmp_path / "whole", base_map_url="http://a.example/{z}/{x}/{y}")


def test_a_tile_that_unpacks_to_more_than_any_map_is_not_unpacked(tmp_path):
    tile = Tile(0, 0, 0)
    told = {"vector_layers": [{"id": "roads"}]}
    path = archive(tmp_path / "m", TileType.MVT, {tile: bytes(LARGEST_UNPACKED + 1)}, **told)

    with pytest.raises(Unready, match="base_map_away"):
        opened(path).tile(tile)


@pytest.mark.parametrize("source", ["&lt;img src=x&gt;天地图", "天地图<img src=x", "<b>天地图</b>"])
def test_from_whom_a_map_is_comes_without_marks(tmp_path, source):
    path = archive(tmp_path / "m", TileType.PNG, {Tile(0, 0, 0): b""}, attribution=source)

    assert opened(path).source == "天地图"
