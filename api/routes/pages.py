"""The pages: start, planning and administration."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import pages
from api.deps import CurrentLanguage
from api.language import COOKIE
from maps.theme import LANGUAGES, Language

router = APIRouter(include_in_schema=False)
A_YEAR_S = 31_536_000


@router.get("/")
async def start(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return _page(request, "start", language)


@router.get("/planning")
async def planning(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return _page(request, "planning", language)


@router.get("/admin")
async def admin(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return _page(request, "admin", language)


def _page(request: Request, name: str, language: Language) -> HTMLResponse:
    """A language that was chosen by hand is remembered."""
    shown = pages.render(request, name, language)
    answer = HTMLResponse(shown, headers={"Cache-Control": "private, no-cache"})
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=A_YEAR_S, samesite="lax", httponly=True)
    return answer
