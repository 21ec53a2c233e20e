"""Vector tiles, what is in them, and how they look."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import StringConstraints
from starlette.exceptions import HTTPException

from api import at_hand, basemap, tiles
from api.answers import Strict, encoded
from api.at_hand import MVT
from api.deps import (
    Code,
    CurrentActor,
    CurrentLanguage,
    CurrentOpening,
    CurrentSettings,
    Moment,
    Now,
    Transaction,
    read,
)
from api.drawings import sourced
from api.remembered import Remembered
from api.settings import Settings
from api.tiles import DEEPEST, LAYERS, Asking, Layer
from api.turns import out_of_turn
from geo.tiles import Tile
from layers.grids.queries import extent
from layers.incidents.queries import Wanted
from layers.journal.queries import version
from layers.plans.queries import visit_counts
from layers.tiles import ALONE
from maps.basemap import Base
from maps.style import OVERLAYS, Scheme, Wish, visit_classes
from maps.style import style as drawn
from maps.theme import Language

router = APIRouter(prefix="/tiles", tags=["tiles"])
A_DAY = {"Cache-Control": "private, max-age=86400"}
ONE_OVERLAY = f"({'|'.join(OVERLAYS)})"
SHOWN_OVERLAYS = f"^({ONE_OVERLAY}(,{ONE_OVERLAY})*)?$"


class CasesWanted(Strict):
    """Which cases the layer `incidents` counts and shows; the same words as of their list."""

    state: Code | None = None
    matter: Code | None = None
    since: Moment | None = None
    open: bool = False
    overdue: bool = False
    lang: Language | None = None


async def layers_named(
    layers: Annotated[
        str,
        Path(
            description="A layer, or several with commas between them",
            json_schema_extra={"enum": list(LAYERS)},
        ),
    ],
) -> list[Layer]:
    try:
        return tiles.named(layers)
    except ValueError:
        raise HTTPException(404) from None


Chosen = Annotated[list[Layer], Depends(layers_named)]


Whole = Annotated[str, Path(json_schema_extra={"type": "integer", "minimum": 0})]
"""Looked at here: what is no number is no tile either."""


async def tile_at(z: Whole, x: Whole, y: Whole) -> Tile:
    try:
        return Tile(int(z), int(x), int(y))
    except ValueError:
        raise HTTPException(404) from None


async def asking(
    tile: Annotated[Tile, Depends(tile_at)],
    actor: CurrentActor,
    now: Now,
    settings: CurrentSettings,
    asked: Annotated[CasesWanted, Query()],
) -> Asking:
    wanted = Wanted(state=asked.state, matter=asked.matter, since=asked.since,
                    still_open=asked.open, overdue_at=now if asked.overdue else None)  # fmt: skip
    today = now.astimezone(settings.zone).date()
    return Asking(actor, tile, now, today, wanted, settings.belief)


@router.get(
    "/base/{z}/{x}/{y}.png",
    response_class=Response,
    responses={200: {"content": {basemap.PNG: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def base(
    request: Request, tile: Annotated[Tile, Depends(tile_at)], _: CurrentActor,
    settings: CurrentSettings,
) -> Response:  # fmt: skip
    """The bureau's base map, if it has one of pictures: in its true place, whatever datum it is
    drawn on."""
    found = basemap.archive(settings)
    if (found is None and settings.base_map_url is None) or (found and found.of_vectors):
        raise HTTPException(404)
    picture = await _base(request, settings, tile)
    return Response(picture, media_type=basemap.kind(picture), headers=A_DAY)


@router.get(
    "/base/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def base_vectors(
    request: Request, tile: Annotated[Tile, Depends(tile_at)], _: CurrentActor,
    settings: CurrentSettings,
) -> Response:  # fmt: skip
    """The same, if it has one of vector tiles."""
    found = basemap.archive(settings)
    if found is None or not found.of_vectors:
        raise HTTPException(404)
    return Response(await _base(request, settings, tile), media_type=MVT, headers=A_DAY)


async def _base(request: Request, settings: Settings, tile: Tile) -> bytes:
    make = partial(basemap.kept, request.app.state.pictures, settings, tile)
    async with out_of_turn(request):
        return await to_thread.run_sync(make, limiter=request.app.state.base)


@router.get(
    at_hand.PATH,
    response_class=Response,
    responses={
        200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": "Nothing to show there"},
        304: {"description": "As it was"},
    },
)
async def tile(
    request: Request, layers: Chosen, asking: Annotated[Asking, Depends(asking)],
    opening: CurrentOpening,
) -> Response:  # fmt: skip
    """A tile of one layer or of several, as a Mapbox Vector Tile of version 2."""
    kinds = tiles.kinds(layers)
    if not kinds:
        make = partial(read, opening, partial(tiles.made, asking=asking, layers=layers), ALONE)
        return at_hand.answer(await to_thread.run_sync(make))
    remembered: Remembered = request.app.state.remembered
    look_up = partial(read, opening, lambda connection: version(connection, *kinds))
    tag = tiles.tag(asking, layers, await remembered.version(kinds, look_up))
    kept = at_hand.kept(request, tag)
    return kept or await at_hand.made(request, tag, asking, layers, opening)


class VectorLayer(Strict):
    id: str
    fields: dict[str, str]
    minzoom: int
    maxzoom: int


class TileJson(Strict):
    """https://github.com/mapbox/tilejson-spec/tree/master/3.0.0"""

    tilejson: str
    name: str
    scheme: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: tuple[float, float, float, float]
    vector_layers: list[VectorLayer]


class StyleAsked(Strict):
    """`show`: overlays with commas between them; the others are there and hidden."""

    scheme: Scheme = "light"
    show: Annotated[str, StringConstraints(pattern=SHOWN_OVERLAYS)] = ""
    lang: Language | None = None


@router.get("/style.json", response_model=dict[str, object])
def style(
    request: Request, connection: Transaction, actor: CurrentActor, language: CurrentLanguage,
    settings: CurrentSettings, asked: Annotated[StyleAsked, Query()],
) -> Response:  # fmt: skip
    """How the tiles look: a MapLibre style, to give to a map as it is."""
    wish = Wish(
        f"{request.base_url}tiles/", asked.scheme, language, asked.show.split(","),
        source=sourced(connection, settings.source, language),
        visits=visit_classes(visit_counts(connection, actor)),
        base=_under(f"{request.base_url}tiles/base/{{z}}/{{x}}/{{y}}", settings),
    )  # fmt: skip
    return encoded(drawn(wish))


def _under(address: str, settings: Settings) -> Base | None:
    """What lies under our own layers, if anything does."""
    found = basemap.archive(settings)
    if found is None:
        return Base(f"{address}.png") if settings.base_map_url else None
    ending = "mvt" if found.of_vectors else "png"
    return Base(f"{address}.{ending}", *found.zooms, found.layers, found.source)


WORLD = (-180.0, -85.051129, 180.0, 85.051129)


@router.get("/{layers}.json")
def tile_json(
    request: Request, layers: Chosen, connection: Transaction, actor: CurrentActor,
    _: Annotated[CasesWanted, Query()],
) -> TileJson:  # fmt: skip
    """Where the tiles of layers are, and what is in them; those of cases chosen by the same
    words."""
    query = f"?{request.url.query}" if request.url.query else ""
    names = [name for name, layer in LAYERS.items() if layer in layers]
    shown_from = min(layer.shown_from for layer in layers)
    bounded = not any(layer.everywhere for layer in layers)
    described = [
        VectorLayer(id=name, fields=dict(layer.fields), minzoom=layer.shown_from, maxzoom=DEEPEST)
        for name, layer in zip(names, layers, strict=True)
    ]
    return TileJson(
        tilejson="3.0.0", name=",".join(names), scheme="xyz",
        tiles=[f"{request.base_url}tiles/{','.join(names)}/{{z}}/{{x}}/{{y}}.mvt{query}"],
        minzoom=shown_from, maxzoom=DEEPEST,
        bounds=(bounded and extent(connection, actor)) or WORLD, vector_layers=described,
    )  # fmt: skip
