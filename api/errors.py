"""How a refusal looks over HTTP: RFC 9457 problem documents with a stable code."""

import errno
from collections.abc import Mapping
from urllib.parse import urlencode

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from psycopg.errors import QueryCanceled
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ExceptionHandler

from api import open311, pages
from api.language import chosen
from layers import errors
from maps import theme
from maps.theme import Language

STATUS: dict[type[errors.Refused], int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Invalid: 422,
    errors.Unrecognised: 401,
    errors.TooSoon: 429,
    errors.Unready: 503,
}
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
HTTP_CODES = {
    404: "no_such_page", 405: "no_such_method", 408: "too_slow", 413: "too_large",
}  # fmt: skip

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Give every way of failing its problem document."""
    for kind, handler in _handlers().items():
        app.add_exception_handler(kind, handler)


def _handlers() -> dict[type[Exception], ExceptionHandler]:
    # Starlette types every handler as taking any exception.
    return {
        errors.Refused: _refused,  # type: ignore[dict-item]
        RequestValidationError: _malformed,  # type: ignore[dict-item]
        HTTPException: _http,  # type: ignore[dict-item]
        DBAPIError: _database,  # type: ignore[dict-item]
        PoolExhausted: _unavailable,
        OSError: _system,  # type: ignore[dict-item]
        ClientDisconnect: _gone,
    }


def answered(request: Request, failure: BaseException) -> Response:
    """The same for a way past the application."""
    for kind, handler in _handlers().items():
        if isinstance(failure, kind):
            return handler(request, failure)  # type: ignore[return-value, arg-type]
    return unexpected(request, failure)


def problem(request: Request, status: int, code: str, /, **values: object) -> Response:
    """One problem document, or page for whoever looks at one, in the language asked for."""
    language = chosen(request)
    title = words(code, language, values)
    headers = _headers(status, values)
    if open311.is_asked(request):
        answer = open311.fault(request, status, code, title, values)
        answer.headers.update(headers)
        return answer
    if _is_looking(request):
        page = "refused" if _is_resident(request) else "problem"
        shown = pages.render(request, page, language, title=title, status=status, code=code)
        return HTMLResponse(shown, status, headers)
    body = {"type": f"/api/problems/{code}", "title": title, "status": status, "code": code}
    content = orjson.dumps({**body, "values": values}, default=str)
    return Response(content, status, headers, MEDIA_TYPE)


def form(
    request: Request, name: str, language: Language, refusal: errors.Refused | None,
    **values: object,
) -> HTMLResponse:  # fmt: skip
    """A page with a form, and on it why what was sent was refused."""
    status = 200 if refusal is None else status_of(refusal)
    wrong = None if refusal is None else words(refusal.code, language, refusal.values)
    shown = pages.render(request, name, language, wrong=wrong, **values)
    headers = {} if refusal is None else _headers(status, refusal.values)
    return pages.kept(request, language, HTMLResponse(shown, status, headers))


def words(code: str, language: Language, values: Mapping[str, object]) -> str:
    """A refusal in words; powers, steps, states and needs by their names."""
    known = theme.catalogue(language)
    named = {name: known.get(f"{kind}.{values[name]}", values[name])
             for name, kind in NAMED.items() if name in values}  # fmt: skip
    return theme.word(f"problem.{code}", language, **{**values, **named})


NAMED = {"verb": "verb", "step": "step", "state": "state", "missing": "need"}
"""Values that are codes -> the entries of the catalogue that name them."""


def _headers(status: int, values: Mapping[str, object]) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if status in (429, 503):
        return {"Retry-After": str(values.get("seconds", RETRY_AFTER_S))}
    return {}


def _is_looking(request: Request) -> bool:
    """Whether a person's browser opens a page, as against a program that asks the API."""
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not request.url.path.startswith("/api/")


def _is_resident(request: Request) -> bool:
    """Whether a page was asked for that is for people without an account."""
    return request.url.path == "/report" or request.url.path.startswith("/r/")


def _refused(request: Request, refusal: errors.Refused) -> Response:
    page = _first(refusal)
    if page and _is_looking(request):
        return RedirectResponse(f"{page}?{urlencode({'next': _here(request)})}", 303)
    return problem(request, status_of(refusal), refusal.code, **refusal.values)


def status_of(refusal: errors.Refused) -> int:
    return next(code for kind, code in STATUS.items() if isinstance(refusal, kind))


def _first(refusal: errors.Refused) -> str | None:
    """The page to which somebody must go first who wanted to look at another."""
    if isinstance(refusal, errors.Unrecognised):
        return "/sign-in"
    return "/choose-password" if refusal.code == "choose_password" else None


def _here(request: Request) -> str:
    """What was asked for; a form that was sent cannot be asked for again."""
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query if request.method == "GET" else "/"


def of_item(request: Request, refusal: errors.Refused | ValidationError) -> Response:
    """What an item of several is answered that were sent together."""
    if isinstance(refusal, ValidationError):
        return _malformed(request, refusal)
    return problem(request, status_of(refusal), refusal.code, **refusal.values)


def _malformed(request: Request, refusal: RequestValidationError | ValidationError) -> Response:
    places = [
        {"place": ".".join(map(str, error["loc"])), "says": error["msg"]}
        for error in refusal.errors()
    ]
    return problem(request, 422, "malformed", errors=places)


def _http(request: Request, refusal: HTTPException) -> Response:
    answer = problem(request, refusal.status_code, HTTP_CODES.get(refusal.status_code, "refused"))
    answer.headers.update(refusal.headers or {})
    return answer


def _gone(request: Request, _failure: Exception) -> Response:
    """Whoever sent it does not wait for an answer; it is no defect."""
    return problem(request, 408, "too_slow")


def _system(request: Request, failure: OSError) -> Response:
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        log.error("disk full")
        return problem(request, 503, "disk_full")
    return unexpected(request, failure)


def _database(request: Request, failure: DBAPIError) -> Response:
    """A stopped server or a full disk passes by itself; anything else is a defect of ours."""
    if isinstance(failure.orig, QueryCanceled):
        return problem(request, 503, "took_too_long")
    full = getattr(failure.orig, "sqlstate", None) in ("53100", "53200", "53300", "57P01", "57P03")
    if isinstance(failure, OperationalError) or failure.connection_invalidated or full:
        return _unavailable(request, failure)
    return unexpected(request, failure)


def _unavailable(request: Request, failure: Exception) -> Response:
    log.error("database away", error=type(failure).__name__)
    return problem(request, 503, "database_away")


def unexpected(request: Request, failure: BaseException) -> Response:
    """What is nobody's fault but ours: recorded in full, told in a word."""
    log.error("defect", exc_info=failure)
    return problem(request, 500, "defect")
