"""Who asks over HTTP: a browser by its cookie, a program by its bearer token.

A browser sends the cookie whichever page made it ask. So whatever changes something must also
carry a token that only our own pages know; it is made from the cookie, and serves no other.
"""

import hmac
from dataclasses import dataclass, field
from datetime import date, datetime
from hmac import compare_digest
from secrets import token_urlsafe

from fastapi import Request, Response
from sqlalchemy import Engine

from api import auth
from api.remembered import Remembered
from layers.access import DOOR, transaction
from layers.errors import Forbidden, Unrecognised
from layers.people import actions, queries, rules
from layers.people.queries import Known

COOKIE, SECURE_COOKIE = "gridpatrol", "__Host-gridpatrol"
HEADER, FIELD = "x-csrf-token", "csrf"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
STRANGER = "gpv_"
"""What the cookie of somebody begins with who has yet to sign in: it guards the form for that."""


@dataclass(frozen=True)
class Proof:
    """What a request shows of who sent it."""

    secret: str = field(repr=False)
    by_cookie: bool

    @property
    def digest(self) -> bytes:
        return auth.digest(self.secret)

    @property
    def is_token(self) -> bool:
        """A program's, and not a person's who signed in."""
        return self.secret.startswith(auth.TOKEN)

    @property
    def csrf(self) -> str:
        """What our pages send back beside the cookie. From it nobody can tell the cookie."""
        return hmac.new(self.secret.encode(), b"csrf", "sha256").hexdigest()


@dataclass(frozen=True)
class Visitor:
    """Somebody who proved who they are, and by what."""

    known: Known
    proof: Proof


def proof_of(request: Request) -> Proof | None:
    """A bearer token, else the cookie. Another site's page can make a browser send the second."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Proof(secret.strip(), by_cookie=False)
    cookie = request.cookies.get(_cookie(request))
    return None if cookie is None else Proof(cookie, by_cookie=True)


async def visitor(request: Request, now: datetime, today: date) -> Visitor:
    """Who sent the request; raises where nobody can tell, or where another page made it.

    `request.state.proof` is what a route found elsewhere than in the headers.
    """
    proof: Proof | None = getattr(request.state, "proof", None) or proof_of(request)
    if proof is None or not proof.secret.startswith((auth.SESSION, auth.TOKEN)):
        raise Unrecognised("not_signed_in")
    if proof.by_cookie and request.method not in READING:
        check_page(request, await _token(request))
    remembered: Remembered = request.app.state.remembered
    engine: Engine = request.app.state.engine
    known = await remembered.find(proof.digest, lambda: look_up(engine, proof, now, today))
    found = request.state.visitor = Visitor(known, proof)
    return found


def remembered(request: Request) -> Visitor | None:
    """Who sent a request that changes nothing, as long as this process remembers them."""
    proof = proof_of(request)
    kept: Remembered = request.app.state.remembered
    known = None if proof is None else kept.known(proof.digest)
    if proof is None or known is None or known.must_choose:
        return None
    found = request.state.visitor = Visitor(known, proof)
    return found


def check_page(request: Request, token: str) -> None:
    """Raise unless a page of ours sent this, made for the cookie that came along."""
    proof = proof_of(request)
    if proof is None or not compare_digest(token.encode(), proof.csrf.encode()):
        raise Forbidden("not_our_page")


async def _token(request: Request) -> str:
    sent = request.headers.get(HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(FORM):
        sent = str((await request.form()).get(FIELD))
    return sent or ""


def look_again(engine: Engine, proof: Proof, now: datetime, today: date) -> Known:
    """Who it is by now. To be there without asking for anything keeps no session from ending."""
    with transaction(engine, DOOR) as connection:
        ask = queries.by_token if proof.is_token else queries.by_session
        known = ask(connection, proof.digest, at=now, today=today)
    if known.must_choose:
        raise Forbidden("choose_password")
    return known


def look_up(engine: Engine, proof: Proof, now: datetime, today: date) -> Known:
    """Who shows this proof, from the database."""
    with transaction(engine, DOOR) as connection:
        if proof.is_token:
            return queries.by_token(connection, proof.digest, at=now, today=today)
        known = queries.by_session(connection, proof.digest, at=now, today=today)
        actions.touch(connection, proof.digest, at=now)
        return known


# --- The cookie ---------------------------------------------------------------------------------


def stranger(request: Request) -> Proof:
    """The cookie that is there already, or the one that somebody who signs in is to get."""
    proof = proof_of(request)
    by_cookie = proof is not None and proof.by_cookie
    return proof if proof and by_cookie else Proof(STRANGER + token_urlsafe(32), by_cookie=True)


def give(request: Request, answer: Response, secret: str) -> None:
    """Let the browser keep it: for us alone, out of reach of scripts and of other sites' posts."""
    answer.set_cookie(
        _cookie(request), secret, max_age=int(rules.LONGEST_SESSION.total_seconds()),
        secure=_is_safe(request), httponly=True, samesite="lax",
    )  # fmt: skip


def take(request: Request, answer: Response) -> None:
    answer.delete_cookie(
        _cookie(request), secure=_is_safe(request), httponly=True, samesite="lax"
    )  # fmt: skip


def _cookie(request: Request) -> str:
    """The first name is kept by browsers from every other host, but only over HTTPS."""
    return SECURE_COOKIE if _is_safe(request) else COOKIE


def _is_safe(request: Request) -> bool:
    return request.url.scheme == "https"


def address(request: Request) -> str:
    """From where it came, to slow guessing down."""
    return request.client.host if request.client else ""


# --- Where to go on -----------------------------------------------------------------------------


def own_path(wanted: str) -> str:
    """The path if it is one of ours, else the start page: nobody is led away from here.

    Browsers read a backslash as a slash, and drop tabs and line ends before they look.
    """
    leads_away = wanted[1:2] == "/" or "\\" in wanted or not wanted.isprintable()
    return "/" if leads_away or wanted[:1] != "/" else wanted
