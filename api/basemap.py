"""The bureau's own base map, fetched by the server or read from a file beside it: the browser asks
nobody but us.

A base map on GCJ-02 lies some hundred metres beside the truth. Each tile is then put together anew
from the up to four that show the same ground, moved to where that ground is.
"""

from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPException
from io import BytesIO
from math import floor
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from api.archive import Archive, opened
from api.settings import Settings
from api.tiles import Kept
from geo import vectortiles
from geo.crs import Datum, from_wgs84
from geo.tiles import Tile
from layers.errors import NotFound, Unready

SIDE = 256
STEPS = 4096
"""Along the side of a vector tile."""
PATIENCE_S = 8.0
LARGEST = 2_000_000  # bytes
PNG = "image/png"
Fetch = Callable[[Tile], bytes]


def archive(settings: Settings) -> Archive | None:
    """The file that the base map lies in, if it does."""
    return opened(settings.base_map_file) if settings.base_map_file else None


def composed(tile: Tile, datum: Datum, fetch: Fetch) -> bytes:
    """A tile of a base map on a datum, in its true place, as PNG."""
    east, south = shift(tile, datum)
    if (east, south) == (0, 0):
        content = fetch(tile)
        _picture(content)
        return content
    whole = Image.new("RGBA", (SIDE, SIDE))
    for part, x, y in _parts(tile, (east, south), SIDE, fetch):
        whole.paste(_picture(part), (x, y))
    return _png(whole)


def composed_vectors(tile: Tile, datum: Datum, fetch: Fetch) -> bytes:
    """The same of a base map of vector tiles."""
    moved = shift(tile, datum, STEPS)
    if moved == (0, 0):
        return fetch(tile)
    parts = list(_parts(tile, moved, STEPS, fetch))
    try:
        return vectortiles.joined([(part, x / STEPS, y / STEPS) for part, x, y in parts])
    except ValueError as wrong:
        raise Unready("base_map_away") from wrong


def _parts(
    tile: Tile, moved: tuple[int, int], side: int, fetch: Fetch
) -> Iterator[tuple[bytes, int, int]]:
    """The tiles that show a tile's ground, and how far east and south of its corner each begins.
    What lies beyond the edge of the base map is left out; NotFound where all of it does."""
    east, south = moved
    missing: NotFound | None = None
    found = 0
    for column in sorted({floor(east / side), floor((east + side - 1) / side)}):
        for row in sorted({floor(south / side), floor((south + side - 1) / side)}):
            x, y = (tile.x + column) % (1 << tile.z), tile.y + row
            if not 0 <= y < 1 << tile.z:
                continue
            try:
                part = fetch(Tile(tile.z, x, y))
            except NotFound as beyond:
                missing = beyond
                continue
            found += 1
            yield part, column * side - east, row * side - south
    if missing and not found:
        raise missing


def shift(tile: Tile, datum: Datum, side: int = SIDE) -> tuple[int, int]:
    """Whole steps east and south, so many to a tile's side, from a tile's place to where a base map
    on a datum shows its ground. Over one tile it changes by less than half a pixel."""
    west, south, east, north = tile.lonlat()
    middle = np.array([[(west + east) / 2, (south + north) / 2]])
    moved = from_wgs84(middle, datum)
    (here, there) = (_steps(points, side << tile.z) for points in (middle, moved))
    x, y = np.rint(there - here).astype(int)
    return int(x), int(y)


def _steps(lonlat: NDArray[np.float64], world: int) -> NDArray[np.float64]:
    """From the north-western corner of a world of so many steps."""
    lon, lat = np.radians(lonlat[0])
    return world * np.array([lon / np.pi + 1, 1 - np.arcsinh(np.tan(lat)) / np.pi]) / 2


def _picture(content: bytes) -> Image.Image:
    try:
        found = Image.open(BytesIO(content), formats=["PNG", "JPEG", "WEBP"]).convert("RGBA")
        return found if found.size == (SIDE, SIDE) else found.resize((SIDE, SIDE))
    except (OSError, Image.DecompressionBombError) as wrong:
        raise Unready("base_map_away") from wrong


def _png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


class _Nowhere(HTTPRedirectHandler):
    """What is asked of goes where the bureau said, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(ProxyHandler({}), _Nowhere)


def fetched(template: str, tile: Tile) -> bytes:
    """One tile as the base map has it."""
    url = template.replace("{z}", str(tile.z)).replace("{x}", str(tile.x))
    asked = Request(url.replace("{y}", str(tile.y)), headers={"User-Agent": "gridpatrol"})  # noqa: S310
    try:
        with _OPENER.open(asked, timeout=PATIENCE_S) as answer:
            content: bytes = answer.read(LARGEST)
    except HTTPError as refused:
        refused.close()
        raise NotFound("no_base_map_there") from None
    except (OSError, HTTPException) as away:
        raise Unready("base_map_away") from away
    return content


def kept(pictures: Kept, settings: Settings, tile: Tile) -> bytes:
    """A tile in its true place. What was read for it serves its neighbours too."""
    found = archive(settings)
    fetch = found.tile if found else partial(fetched, settings.base_map_url or "")
    compose = composed_vectors if found and found.of_vectors else composed

    def part(other: Tile) -> bytes:
        return _once(pictures, f"as it is {other}", partial(fetch, other))

    make = partial(compose, tile, settings.base_map_datum, part)
    return _once(pictures, f"in place {tile}", make)


def _once(pictures: Kept, name: str, make: Callable[[], bytes]) -> bytes:
    found = pictures.find(name)
    if found is None:
        found = make()
        pictures.keep(name, found)
    return found


def kind(content: bytes) -> str:
    """What kind of picture it is."""
    if content.startswith(b"\xff\xd8"):
        return "image/jpeg"
    return PNG if content.startswith(b"\x89PNG") else "image/webp"
