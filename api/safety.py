"""Headers and limits that hold for every answer."""

import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import Counter, Histogram

REQUESTS = Counter("gridpatrol_requests_total", "Answers by route and status", ["route", "status"])
SECONDS = Histogram("gridpatrol_request_seconds", "Time to answer", ["route"])

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STRICT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)

Handler = Callable[[Request], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Number, time and guard every request."""
    app.middleware("http")(_guard)


async def _guard(request: Request, handle: Handler) -> Response:
    number = str(uuid4())
    begun = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request=number):
        response = await handle(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", STRICT_POLICY)
    response.headers["X-Request-Id"] = number
    _measure(request, response, time.perf_counter() - begun)
    return response


def _measure(request: Request, response: Response, seconds: float) -> None:
    """By route pattern, never by path: paths hold numbers of cases."""
    route = getattr(request.scope.get("route"), "path", "none")
    REQUESTS.labels(route, response.status_code).inc()
    SECONDS.labels(route).observe(seconds)
