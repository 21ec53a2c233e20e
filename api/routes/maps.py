"""The bureau's maps as pages and as pictures."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api import drawings, safety
from api.answers import Strict
from api.deps import (
    Code,
    CurrentActor,
    CurrentLanguage,
    CurrentSettings,
    Day,
    Moment,
    Now,
    Transaction,
)
from api.ways import own_ways
from maps import image, page
from maps.sheet import Sheet
from maps.theme import Language

router = APIRouter(prefix="/maps", tags=["maps"])
PNG = "image/png"
FRESH = {"Cache-Control": "private, no-cache"}
A_MINUTE = {"Cache-Control": "private, max-age=60"}


class MapAsked(Strict):
    """`since`, `until`: days, both included (incidents). `plan`: frequency. `run`: hotspots.
    `at`: the time of which the roster is asked (reach)."""

    lang: Language | None = None
    since: Day | None = None
    until: Day | None = None
    township: Code | None = None
    plan: int | None = Field(None, ge=1, le=2**31 - 1)
    run: int | None = Field(None, ge=1, le=2**31 - 1)
    at: Moment | None = None
    wide: float | None = Field(
        None, ge=200, le=842, description="Points across for a picture on a page, its legend below"
    )
    download: bool = Field(False, description="As a file that opens with the network off")


def wanted(
    request: Request,
    asked: Annotated[MapAsked, Query()],
    now: Now,
    settings: CurrentSettings,
    language: CurrentLanguage,
) -> drawings.Asked:
    return drawings.Asked(
        settings.name(language), language, now, settings.zone,
        asked.since, asked.until, asked.township, asked.plan, asked.run,
        settings.source, settings.demo, asked.at, partial(own_ways, request.app.state),
        settings.belief,
    )  # fmt: skip


def drawn(
    name: Annotated[str, Path(json_schema_extra={"enum": list(drawings.DRAWINGS)})],
    connection: Transaction,
    actor: CurrentActor,
    wanted: Annotated[drawings.Asked, Depends(wanted)],
) -> Sheet:
    if name not in drawings.DRAWINGS:
        raise HTTPException(404)
    return drawings.sheet(connection, actor, name, wanted)


Drawn = Annotated[Sheet, Depends(drawn)]


@router.get("/{name}.html", response_class=HTMLResponse)
def as_page(
    request: Request, sheet: Drawn, settings: CurrentSettings, *, download: bool = False
) -> Response:
    """A map to walk about in; `download` gives one file that needs no server."""
    if download:
        saved = page.render(sheet, page.Inlined(settings.web))
        return HTMLResponse(saved, headers=_attached(sheet, "html"))
    nonce = secrets.token_urlsafe(16)
    shown = page.render(sheet, page.Linked(request.app.state.shelf.base), nonce)
    return HTMLResponse(shown, headers={**FRESH, **safety.policy(nonce)})


@router.get(
    "/{name}.png",
    response_class=Response,
    responses={200: {"content": {PNG: {"schema": {"type": "string", "format": "binary"}}}}},
)
def as_picture(sheet: Drawn, asked: Annotated[MapAsked, Query()]) -> Response:
    """A map to print, or for a page."""
    headers = _attached(sheet, "png") if asked.download else A_MINUTE
    draw = partial(image.render_for_screen, wide=asked.wide) if asked.wide else image.render
    return _Drawn(lambda: Response(draw(sheet), media_type=PNG, headers=headers))


class _Drawn(Response):
    """Drawn only when the transaction has ended, and by few at a time: it takes a while."""

    def __init__(self, draw: Callable[[], Response]) -> None:
        super().__init__()
        self._draw = draw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        drawn = await to_thread.run_sync(self._draw, limiter=scope["app"].state.drawing)
        await drawn(scope, receive, send)


def _attached(sheet: Sheet, ending: str) -> dict[str, str]:
    name = f"{sheet.key}-{sheet.about.made_at:%Y-%m-%d}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}
