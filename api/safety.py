"""What holds for every request and answer: a number, a time taken, headers, a known host.

A plain ASGI layer around everything else, so that answers made on the way out (a compressed body,
a problem document) carry the same headers.
"""

import re
import time
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import limits
from api.at_hand import WAYS as TILES
from api.errors import problem, unexpected
from api.network import is_loopback, same_address
from api.open311 import is_public
from api.positions import WAYS as POSITIONS
from api.sessions import READING, proof_of
from api.settings import Settings
from api.shortcut import ShortCut, Way
from layers import pictures

REQUESTS = Counter("gridpatrol_requests_total", "Answers by route and status", ["route", "status"])
SECONDS = Histogram("gridpatrol_request_seconds", "Time to answer", ["route"])

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'{nonce}; "
    "script-src 'self'{nonce}; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)
DEVICES = "camera=({camera}), microphone=(), geolocation=({geolocation})"
IN_THE_FIELD = DEVICES.format(camera="self", geolocation="self")
FIELD_PAGES = ("/field", "/squad", "/report")
"""Where phones take photos and say where they are; no other page may ask them to."""
# No Strict-Transport-Security: a phone that once saw it can no longer be let in by hand when the
# bureau's own authority was replaced, and would keep to HTTPS for all else under that name. Beyond
# this machine nothing but HTTPS answers anyway, and the cookie is marked for it alone.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": DEVICES.format(camera="", geolocation=""),
    "Content-Security-Policy": POLICY.format(nonce=""),
    "Cache-Control": "private, no-cache",
}


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


ALWAYS = _encoded(HEADERS)
FIELD_HEADERS = _encoded({**HEADERS, "Permissions-Policy": IN_THE_FIELD})
COMPRESS_FROM = 2_000
LARGEST_BODY = 1_000_000
UPLOADS = "/api/imports/"
PHOTOS = re.compile(r"/api/incidents/[^/]+/photos/[^/]+")
UNCOUNTED = ("/assets/", "/healthz")
"""Answered from memory."""
COUNTED = {(method, way.path) for way in POSITIONS for method in way.methods}
"""Counted by themselves."""
log = structlog.get_logger()


def policy(nonce: str) -> Mapping[str, str]:
    """The policy of a page whose own inline scripts and styles carry a nonce."""
    return {"Content-Security-Policy": POLICY.format(nonce=f" 'nonce-{nonce}'")}


def install(app: FastAPI, settings: Settings) -> None:
    """Put the layers around the application; the last one added is the outermost."""
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM, compresslevel=5)
    app.add_middleware(ShortCut, ways=[*POSITIONS, *TILES])
    app.add_middleware(Guard, settings=settings)


class Guard:
    """Refuses strangers, numbers and times every request, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._largest_upload = settings.largest_upload
        self._names = frozenset(settings.reached.names)
        self._senders = limits.Senders()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(str(uuid4()), _is_field_page(scope["path"]), send)
        begun = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=answer.number):
            try:
                await self._handle(scope, receive, answer)
            finally:  # also of a stream that was cut
                _tell(scope, answer.status, time.perf_counter() - begun)

    async def _handle(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        body = limits.Body(receive, LARGEST_BODY)
        scope.setdefault("state", {})["body"] = body
        inner = self._refusal(scope) or self._app
        try:
            await inner(scope, body, answer.send)
        except Exception as failure:
            if answer.status:
                raise
            await unexpected(Request(scope), failure)(scope, receive, answer.send)
        self._remember(scope)

    def _largest(self, path: str) -> int:
        """Of what says how long it is: a route lets it be so large for whom it knows."""
        if path.startswith(UPLOADS):
            return self._largest_upload
        return pictures.LARGEST if PHOTOS.fullmatch(path) else LARGEST_BODY

    def _refusal(self, scope: Scope) -> Response | None:
        headers, request = Headers(scope=scope), Request(scope)
        if not _is_served(headers.get("host", ""), self._names, scope):
            return problem(request, 421, "wrong_host")
        if wait := self._wait(request):
            return problem(request, 429, "too_many_requests", seconds=wait)
        if scope["method"] not in READING and _is_foreign(headers):
            return problem(request, 403, "cross_site")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._largest(scope["path"]):
            return problem(request, 413, "too_large")
        return None

    def _wait(self, request: Request) -> int:
        line, path = limits.line_of(request), request.scope["path"]
        if line is None or path.startswith(UNCOUNTED) or (request.method, path) in COUNTED:
            return 0
        if is_public(request):
            return self._senders.wait_for_public(line)
        proof = proof_of(request)
        return self._senders.wait(proof.digest if proof else None, line)

    def _remember(self, scope: Scope) -> None:
        """What somebody was recognised by is counted by itself from now on."""
        visitor = scope.get("state", {}).get("visitor")
        if visitor is not None:
            self._senders.found_good(visitor.proof.digest)


class _Answer:
    """Adds the headers that an answer does not bring itself."""

    def __init__(self, number: str, in_the_field: bool, send: Send) -> None:
        self.number = number
        self._in_the_field = in_the_field
        self.status = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message.get("headers", ())
            brought = {name.lower() for name, _ in given}
            ours = FIELD_HEADERS if self._in_the_field else ALWAYS
            added = (header for header in ours if header[0] not in brought)
            message["headers"] = [*given, *added, (b"x-request-id", self.number.encode())]
        await self._send(message)


def _is_served(host: str, names: Collection[str], scope: Scope) -> bool:
    """Whether a request came by a name or address of ours.

    A foreign name that was made to point here (DNS rebinding) must not pass. An address cannot be
    made to: the one at which the request arrived is ours whether anybody listed it or not.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    at, _ = scope.get("server") or ("", None)
    return is_loopback(name) or name in names or same_address(name, at)


def _is_field_page(path: str) -> bool:
    return any(path == page or path.startswith(f"{page}/") for page in FIELD_PAGES)


def _is_foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page sent this."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """By route pattern, never by path or query: they hold numbers of cases and names."""
    route = getattr(scope.get("route"), "path", "none")
    REQUESTS.labels(route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    ms = round(seconds * 1000, 1)
    if isinstance(scope.get("route"), Way) and status < 400:
        return  # thousands each second, which are counted
    log.info("answered", method=scope["method"], route=route, status=status, ms=ms)
