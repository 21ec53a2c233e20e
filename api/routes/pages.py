"""The pages: start, the desk, planning, the report, administration and the journal."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import pages
from api.deps import CurrentActor, CurrentLanguage
from api.imports import LAYERS
from layers.access import Verb, may
from layers.enquiries.rules import Channel
from layers.errors import Forbidden
from maps.theme import STATE_SYMBOLS, STATES, SYMBOLS

router = APIRouter(include_in_schema=False)
DRAWN = {"states": dict(STATES), "glyphs": dict(STATE_SYMBOLS), "paths": dict(SYMBOLS)}
"""What scripts draw on the map, as the theme has it."""


@router.get("/")
async def start(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "start", language)


@router.get("/planning")
async def planning(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "planning", language)


@router.get("/leader")
async def leader(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "leader", language)


@router.get("/desk")
async def desk(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    if actor.verbs.isdisjoint(pages.AT_THE_DESK):
        raise Forbidden("may_not", verb=Verb.FILE)
    return pages.answer(request, "cases", language, channels=tuple(Channel), drawn=DRAWN)


@router.get("/admin")
async def admin(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    may(actor, Verb.MANAGE)
    return pages.answer(request, "admin", language, layers=tuple(LAYERS))


@router.get("/audit")
async def audit(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    may(actor, Verb.AUDIT)
    return pages.answer(request, "audit", language)
