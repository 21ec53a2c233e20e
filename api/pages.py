"""The frames of our pages, in the reader's language; what fills them comes from the API."""

from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.language import COOKIE
from api.sessions import Visitor
from api.settings import Settings
from layers.access import Verb
from maps import theme
from maps.assets import OWN
from maps.theme import LANGUAGES, Language

A_YEAR_S = 31_536_000


def answer(request: Request, name: str, language: Language, **values: object) -> HTMLResponse:
    """A page as it is asked for."""
    return kept(request, language, HTMLResponse(render(request, name, language, **values)))


def kept(request: Request, language: Language, answer: HTMLResponse) -> HTMLResponse:
    """A language that was chosen by hand is remembered."""
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=A_YEAR_S, samesite="lax", httponly=True)
    return answer


def render(request: Request, name: str, language: Language, **values: object) -> str:
    """A page of maps/web/desk, phone or resident by its name; everything put into it is escaped."""
    settings: Settings = request.app.state.settings
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    other: Language = "en" if language == "zh" else "zh"
    return (
        _templates()
        .get_template(f"{name}.html")
        .render(
            here=name,
            language=language,
            other=other,
            in_other=f"?{request.url.include_query_params(lang=other).query}",
            words=theme.catalogue(language),
            base=request.app.state.shelf.base,
            bureau=settings.name(language) or theme.word("bureau.unnamed", language),
            demo=settings.demo,
            zone=settings.timezone,
            me=visitor and visitor.known,
            csrf=visitor.proof.csrf if visitor and visitor.proof.by_cookie else "",
            may=_may(visitor),
            **values,
        )
    )


def _may(visitor: Visitor | None) -> frozenset[Verb]:
    return visitor.known.actor.verbs if visitor else frozenset()


@cache
def _templates() -> Environment:
    folder = FileSystemLoader([OWN / "desk", OWN / "phone", OWN / "resident"])
    return Environment(
        loader=folder, autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
