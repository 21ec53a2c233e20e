"""Tiles past all that a page needs: of layers that this process knows, for whom it knows.

Whoever moves a map asks for dozens at once, most of which are as they were or were made for others.
What it does not know is the route's to find out (api.routes.tiles); it answers as here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from anyio import to_thread
from fastapi import Request, Response

from api import sessions, tiles
from api.deps import Opening, read
from api.remembered import Remembered
from api.settings import Settings
from api.shortcut import Way
from api.tiles import Asking, Layer
from geo.tiles import Tile
from layers.access import Actor, transaction
from layers.incidents.queries import Wanted
from layers.tiles import ALONE

PATH = "/{layers}/{z}/{x}/{y}.mvt"
MVT = "application/vnd.mapbox-vector-tile"
SHOWN = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
PACKED = {"Content-Encoding": "gzip"}


async def tile(request: Request) -> Response | None:
    """Whoever would have to wait for a turn does so by the route: it looks again who that is."""
    visitor = None if request.scope["query_string"] else sessions.remembered(request)
    if visitor is None:
        return None
    try:
        layers, place = tiles.named(request.path_params["layers"]), _tile(request.path_params)
    except ValueError:
        return None
    state = request.app.state
    remembered: Remembered = state.remembered
    version = remembered.known_version(tiles.kinds(layers))
    if version is None:
        return None
    asking = _asking(state.settings, visitor.known.actor, place)
    tag = tiles.tag(asking, layers, version)
    found = kept(request, tag)
    if found is not None or not state.room.available_tokens:
        return found
    opening = partial(transaction, state.engine, asking.actor)
    async with state.room:
        return await made(request, tag, asking, layers, opening)


def _tile(parameters: Mapping[str, str]) -> Tile:
    return Tile(*(int(parameters[name]) for name in ("z", "x", "y")))


def _asking(settings: Settings, actor: Actor, tile: Tile) -> Asking:
    now = datetime.now(UTC)
    today = now.astimezone(settings.zone).date()
    return Asking(actor, tile, now, today, Wanted(), settings.belief)


WAYS = (Way(f"/tiles{PATH}", frozenset({"GET"}), tile),)


def kept(request: Request, tag: str) -> Response | None:
    """The tile if this process has it, or that it is unchanged if who asks has it."""
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={**SHOWN, "ETag": tag})
    found = request.app.state.tiles.find(_key(request, tag))
    return None if found is None else answer(found, {**SHOWN, "ETag": tag})


async def made(
    request: Request, tag: str, asking: Asking, layers: Sequence[Layer], opening: Opening
) -> Response:
    """The tile, made and from now on kept."""
    make = partial(read, opening, partial(tiles.made, asking=asking, layers=layers), ALONE)
    if _takes_packed(request):
        make = partial(tiles.packed, make)
    found = await to_thread.run_sync(make)
    request.app.state.tiles.keep(_key(request, tag), found)
    return answer(found, {**SHOWN, "ETag": tag})


def _key(request: Request, tag: str) -> str:
    return f"{tag} packed" if _takes_packed(request) else tag


def _takes_packed(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def answer(tile: bytes, headers: Mapping[str, str] = SHOWN) -> Response:
    """A tile, packed or not."""
    if not tile:
        return Response(status_code=204, headers=headers)
    packed = PACKED if tiles.is_packed(tile) else {}
    return Response(tile, media_type=MVT, headers={**headers, **packed})
