"""The pages: start, the desk, planning, the report, administration and the journal."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import pages
from api.deps import CurrentActor, CurrentLanguage
from api.imports import LAYERS
from layers.access import Verb, may
from layers.enquiries.rules import Channel
from layers.errors import Forbidden

router = APIRouter(include_in_schema=False)
AT_THE_DESK = frozenset({Verb.CONTACT, Verb.FILE, Verb.DISPATCH, Verb.LEAD})


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
    if actor.verbs.isdisjoint(AT_THE_DESK):
        raise Forbidden("may_not", verb=Verb.FILE)
    return pages.answer(request, "cases", language, channels=tuple(Channel))


@router.get("/admin")
async def admin(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    may(actor, Verb.MANAGE)
    return pages.answer(request, "admin", language, layers=tuple(LAYERS))


@router.get("/audit")
async def audit(request: Request, language: CurrentLanguage, actor: CurrentActor) -> HTMLResponse:
    may(actor, Verb.AUDIT)
    return pages.answer(request, "audit", language)
