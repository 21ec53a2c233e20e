"""The pages: start, planning, administration and the journal."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import pages
from api.deps import CurrentActor, CurrentLanguage
from api.imports import LAYERS
from layers.access import Verb, may

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "start", language)


@router.get("/planning")
async def planning(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "planning", language)


@router.get("/admin")
async def admin(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    may(actor, Verb.MANAGE)
    return pages.answer(request, "admin", language, layers=tuple(LAYERS))


@router.get("/audit")
async def audit(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    may(actor, Verb.AUDIT)
    return pages.answer(request, "audit", language)
