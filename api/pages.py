"""The frames of our pages, in the reader's language; what fills them comes from the API."""

from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import sessions
from api.language import COOKIE
from api.sessions import Visitor
from api.settings import Settings
from layers.access import Verb
from maps import theme
from maps.assets import OWN
from maps.theme import LANGUAGES, Language

A_YEAR_S = 31_536_000


class Page(NamedTuple):
    """One of our pages: where it is, what it is called in the catalogue and in its frame, and of
    use to whom (empty: everybody). What is no tab is named on the start page alone."""

    path: str
    words: str
    here: str
    of: frozenset[Verb] = frozenset()
    tab: bool = True


AT_THE_DESK = frozenset({Verb.CONTACT, Verb.FILE, Verb.DISPATCH, Verb.LEAD})
WITH_FIGURES = frozenset({Verb.LEAD, Verb.DISPATCH, Verb.FILE, Verb.MANAGE})
PAGES = (
    Page("/", "desk.start", "start"),
    Page("/desk", "desk.cases", "cases", AT_THE_DESK),
    Page("/planning", "desk.planning", "planning"),
    Page("/leader", "desk.leader", "leader", WITH_FIGURES),
    Page("/field", "field.report", "field", frozenset({Verb.CHECK})),
    Page("/squad", "squad.orders", "squad", frozenset({Verb.HANDLE})),
    Page("/admin", "desk.admin", "admin", frozenset({Verb.MANAGE})),
    Page("/audit", "desk.audit", "audit", frozenset({Verb.AUDIT})),
    Page("/report", "resident.title", "report", tab=False),
    Page("/report/codes", "resident.codes", "codes", frozenset({Verb.FILE, Verb.MANAGE}), False),
    Page("/account", "account.title", "account", tab=False),
    Page("/api/docs", "desk.api", "docs", tab=False),
)
HOMES = (
    (Verb.FILE, "/desk"), (Verb.DISPATCH, "/desk"), (Verb.LEAD, "/leader"),
    (Verb.HANDLE, "/squad"), (Verb.CHECK, "/field"),
)  # fmt: skip
"""Where somebody works who has the verb; who has several, at the first of these."""


def onward(request: Request, secret: str, wanted: str, now: datetime, today: date) -> str:
    """Where somebody goes who has just signed in: to the page that was wanted if it is ours; to
    that of their work if none was."""
    path = sessions.own_path(wanted)
    if path != "/":
        return path
    proof = sessions.Proof(secret, by_cookie=True)
    verbs = sessions.look_up(request.app.state.engine, proof, now, today).actor.verbs
    return next((home for verb, home in HOMES if verb in verbs), path)


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
            telephone=settings.telephone,
            demo=settings.demo,
            zone=settings.timezone,
            me=visitor and visitor.known,
            csrf=visitor.proof.csrf if visitor and visitor.proof.by_cookie else "",
            may=_may(visitor),
            pages=[page for page in PAGES if not page.of or page.of & _may(visitor)],
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
