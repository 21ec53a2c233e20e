"""One's own account: the password, where one is signed in, signing out."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints

from api import auth, errors, pages, sessions
from api.answers import Strict
from api.deps import (
    CurrentActor,
    CurrentLanguage,
    CurrentSettings,
    CurrentVisitor,
    Now,
    Today,
    Transaction,
    forgetting,
    own_hand,
)
from api.sessions import Visitor
from api.settings import Settings
from layers.access import DOOR, Verb, transaction
from layers.errors import Invalid, NotFound, Refused
from layers.people import actions, queries

router = APIRouter(tags=["account"])
Typed = Annotated[str, StringConstraints(max_length=1000)]
Next = Annotated[str, Query(max_length=2000)]
CHANGES = [Depends(forgetting, scope="function")]
BY_HAND = [Depends(own_hand), *CHANGES]
TIME = "%Y-%m-%d %H:%M"


class Account(Strict):
    """Who one is; `csrf` is what a page sends back as X-CSRF-Token beside its cookie."""

    id: UUID
    login: str
    name: str
    verbs: list[Verb]
    squads: list[str]
    csrf: str | None


@router.get("/api/account")
async def account(visitor: CurrentVisitor, actor: CurrentActor) -> Account:
    known, proof = visitor.known, visitor.proof
    return Account(
        id=known.person_id, login=known.login, name=known.name, verbs=sorted(actor.verbs),
        squads=sorted(actor.squads), csrf=proof.csrf if proof.by_cookie else None,
    )  # fmt: skip


@router.delete("/api/token", status_code=204, dependencies=CHANGES)
def end_token(request: Request, visitor: CurrentVisitor, now: Now) -> None:
    """Sign a program out. A token that an administrator gave is the administrator's to end."""
    if not visitor.proof.secret.startswith(auth.SESSION):
        raise NotFound("no_session")
    _end(request, visitor, now)


@router.post("/sign-out", include_in_schema=False, dependencies=BY_HAND)
def sign_out(
    request: Request, visitor: CurrentVisitor, now: Now, everywhere: Annotated[bool, Form()] = False
) -> Response:
    """Here, or on all one's devices at once: one of them may be lost."""
    if everywhere:
        _end_all(request, visitor, now)
    else:
        _end(request, visitor, now)
    answer = RedirectResponse("/sign-in", 303)
    sessions.take(request, answer)
    return answer


def _end(request: Request, visitor: Visitor, now: Now) -> None:
    with transaction(request.app.state.engine, DOOR) as connection:
        actions.sign_out(connection, visitor.proof.digest, at=now)


def _end_all(request: Request, visitor: Visitor, now: Now) -> None:
    known = visitor.known
    with transaction(request.app.state.engine, known.actor) as connection:
        actions.end_all_sessions(connection, known.person_id, actor=known.actor, at=now)


# --- The password -------------------------------------------------------------------------------


@router.get("/choose-password", include_in_schema=False)
async def choosing(
    request: Request, language: CurrentLanguage, visitor: CurrentVisitor, next: Next = "/"
) -> Response:
    return errors.form(request, "choose-password", language, None)


class Chosen(BaseModel):
    password: Typed
    again: Typed
    old: Typed = ""


@router.post("/choose-password", include_in_schema=False, dependencies=BY_HAND)
def choose(  # noqa: PLR0913  (what the door needs)
    request: Request,
    language: CurrentLanguage,
    visitor: CurrentVisitor,
    now: Now,
    today: Today,
    sent: Annotated[Chosen, Form()],
    next: Next = "/account?done=password",
) -> Response:
    """Whoever has a password says it first: a device that was left alone must not change it."""
    engine, known, address = request.app.state.engine, visitor.known, sessions.address(request)
    try:
        if sent.password != sent.again:
            raise Invalid("passwords_differ")
        if not known.must_choose:
            auth.sign_in(engine, known.login, sent.old, address, at=now)
        secret = auth.choose(engine, known, sent.password, address, at=now)
    except Refused as refusal:
        return errors.form(request, "choose-password", language, refusal)
    answer = RedirectResponse(pages.onward(request, secret, next, now, today), 303)
    sessions.give(request, answer, secret)
    return answer


# --- The page -----------------------------------------------------------------------------------


@router.get("/account", include_in_schema=False)
def page(  # noqa: PLR0913  (what the door needs)
    request: Request,
    language: CurrentLanguage,
    settings: CurrentSettings,
    connection: Transaction,
    visitor: CurrentVisitor,
    now: Now,
    today: Today,
    done: Literal["", "password", "session", "token", "signed_in"] = "",
) -> Response:
    who = visitor.known.actor
    powers = queries.own_powers(connection, who, today=today)
    devices = [
        {
            "id": row["id"],
            "here": row["token_hash"] == visitor.proof.digest,
            "since": _day(row["made_at"], settings),
            "used": _day(row["seen_at"], settings),
        }
        for row in queries.own_sessions(connection, who, at=now)
    ]
    tokens = [
        {**row, "mine": row["issued_by"] == who.name, "made": _day(row["made_at"], settings),
         "until": row["expires_at"] and _day(row["expires_at"], settings)}
        for row in queries.own_tokens(connection, who, at=now)
    ]  # fmt: skip
    return pages.answer(
        request, "account", language, done=done, powers=powers, devices=devices, tokens=tokens
    )


def _day(moment: datetime, settings: Settings) -> str:
    return moment.astimezone(settings.zone).strftime(TIME)


@router.post("/account/sessions/{session}/end", include_in_schema=False, dependencies=BY_HAND)
def end_session(session: UUID, connection: Transaction, actor: CurrentActor, now: Now) -> Response:
    actions.end_session(connection, session, actor=actor, at=now)
    return RedirectResponse("/account?done=session", 303)


@router.post("/account/tokens/{token_id}/end", include_in_schema=False, dependencies=BY_HAND)
def end_own_token(
    token_id: UUID, connection: Transaction, visitor: CurrentVisitor, actor: CurrentActor, now: Now
) -> Response:
    actions.end_token(connection, visitor.known.person_id, token_id, actor=actor, at=now)
    return RedirectResponse("/account?done=token", 303)
