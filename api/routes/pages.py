"""The pages: start, planning and administration."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import pages
from api.deps import CurrentLanguage
from api.imports import LAYERS

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "start", language)


@router.get("/planning")
async def planning(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "planning", language)


@router.get("/admin")
async def admin(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, "admin", language, layers=tuple(LAYERS))
