"""Signing in: the page for people, and a token for their programs."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from anyio import fail_after
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import auth, errors, pages, sessions
from api.answers import Strict
from api.deps import CurrentLanguage, Now, Today
from data.people import PASSWORD, PEOPLE
from layers.access import DOOR, transaction
from layers.errors import Refused, TooSoon
from layers.people import actions, rules
from maps.theme import Language


async def turn(request: Request) -> AsyncIterator[None]:
    """Wait here for one's turn at comparing passwords: in a thread it would keep others out.

    A turn at a connection comes second, so that a crowd that signs in leaves most of them free.
    """
    signing = request.app.state.signing
    try:
        with fail_after(auth.PATIENCE_S):
            await signing.acquire()
    except TimeoutError:
        raise TooSoon("busy", seconds=5) from None
    try:
        async with request.app.state.room:
            yield
    finally:
        signing.release()


router = APIRouter(tags=["signing in"])
Typed = Annotated[str, StringConstraints(max_length=1000)]
Next = Annotated[str, Query(max_length=2000)]
LIFE_S = int(rules.LONGEST_SESSION.total_seconds())
A_TURN = Depends(turn, scope="function")


@router.get("/sign-in", include_in_schema=False)
def page(request: Request, language: CurrentLanguage, next: Next = "/") -> Response:
    return _page(request, language)


class SigningIn(BaseModel):
    login: Typed
    password: Typed
    csrf: Typed = ""


@router.post("/sign-in", include_in_schema=False, dependencies=[A_TURN])
def sign_in(
    request: Request,
    language: CurrentLanguage,
    now: Now,
    today: Today,
    sent: Annotated[SigningIn, Form()],
    next: Next = "/",
) -> Response:
    """Begin a session in a browser; the form must be our own, whoever is signed in so far. Who
    wishes for no page comes to that of their work."""
    engine, address = request.app.state.engine, sessions.address(request)
    try:
        sessions.check_page(request, sent.csrf)
        secret = auth.sign_in(engine, sent.login, sent.password, address, at=now)
    except Refused as refusal:
        return _page(request, language, sent.login, refusal)
    _leave(request, now)
    answer = RedirectResponse(pages.onward(request, secret, next, now, today), 303)
    sessions.give(request, answer, secret)
    return answer


def _leave(request: Request, now: Now) -> None:
    """Whoever was signed in in this browser is not any more."""
    before = sessions.stranger(request)
    with transaction(request.app.state.engine, DOOR) as connection:
        actions.sign_out(connection, before.digest, at=now)


class Credentials(BaseModel):
    """As OAuth 2 has it; what else its clients send (scope, client) makes no difference."""

    grant_type: Literal["password"] = "password"
    username: Typed
    password: Typed


class Issued(Strict):
    """`expires_in`: seconds. Unused it ends sooner, and at once by `DELETE /api/token`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int


@router.post("/api/token", dependencies=[A_TURN])
def token(
    request: Request, answer: Response, now: Now, sent: Annotated[Credentials, Form()]
) -> Issued:
    """Sign a program in by login and password, or one-time code."""
    engine, address = request.app.state.engine, sessions.address(request)
    secret = auth.sign_in(engine, sent.username, sent.password, address, at=now)
    answer.headers["Cache-Control"] = "no-store"
    return Issued(access_token=secret, expires_in=LIFE_S)


def _page(
    request: Request, language: Language, login: str = "", refusal: Refused | None = None
) -> Response:
    stranger = sessions.stranger(request)
    practice = request.app.state.settings.demo
    answer = errors.form(
        request, "sign-in", language, refusal, login=login, form=stranger.csrf,
        people=PEOPLE if practice else (), password=PASSWORD if practice else "",
    )  # fmt: skip
    sessions.give(request, answer, stranger.secret)
    return answer
