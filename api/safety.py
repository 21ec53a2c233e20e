"""What holds for every request and answer: a number, a time taken, headers, a known host.

A plain ASGI layer around everything else, so that answers made on the way out (a compressed body,
a problem document) carry the same headers.
"""

import time
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem, unexpected

REQUESTS = Counter("gridpatrol_requests_total", "Answers by route and status", ["route", "status"])
SECONDS = Histogram("gridpatrol_request_seconds", "Time to answer", ["route"])

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'{nonce}; "
    "script-src 'self'{nonce}; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": POLICY.format(nonce=""),
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})
COMPRESS_FROM = 2_000
LARGEST_BODY = 1_000_000
UPLOADS = "/api/imports/"


def policy(nonce: str) -> Mapping[str, str]:
    """The policy of a page whose own inline scripts and styles carry a nonce."""
    return {"Content-Security-Policy": POLICY.format(nonce=f" 'nonce-{nonce}'")}


def install(app: FastAPI, largest_upload: int) -> None:
    """Put the layers around the application; the last one added is the outermost."""
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM, compresslevel=5)
    app.add_middleware(Guard, largest_upload=largest_upload)


class Guard:
    """Refuses strangers, numbers and times every request, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, largest_upload: int) -> None:
        self._app = app
        self._largest_upload = largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(str(uuid4()), send)
        begun = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=answer.number):
            await self._handle(scope, receive, answer)
        _measure(scope, answer.status, time.perf_counter() - begun)

    async def _handle(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        limit = self._largest_upload if scope["path"].startswith(UPLOADS) else LARGEST_BODY
        inner = _refusal(scope, limit) or self._app
        try:
            await inner(scope, _limited(receive, limit), answer.send)
        except Exception as failure:
            if answer.status:
                raise
            await unexpected(Request(scope), failure)(scope, receive, answer.send)


class _Answer:
    """Adds the headers that an answer does not bring itself."""

    def __init__(self, number: str, send: Send) -> None:
        self.number = number
        self.status = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self.number
        await self._send(message)


def _limited(receive: Receive, limit: int) -> Receive:
    """Counts what comes in: a sender need not say how much it will be."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413)
        return message

    return counted


def _refusal(scope: Scope, limit: int) -> Response | None:
    headers = Headers(scope=scope)
    if not _is_loopback(headers.get("host", "")):
        return problem(Request(scope), 421, "wrong_host")
    if scope["method"] not in READING and _is_foreign(headers):
        return problem(Request(scope), 403, "cross_site")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limit:
        return problem(Request(scope), 413, "too_large")
    return None


def _is_loopback(host: str) -> bool:
    """Until accounts arrive this machine alone is served; a foreign name that was made to point
    here (DNS rebinding) must not pass for it."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _is_foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page sent this."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _measure(scope: Scope, status: int, seconds: float) -> None:
    """By route pattern, never by path: paths hold numbers of cases."""
    route = getattr(scope.get("route"), "path", "none")
    REQUESTS.labels(route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
