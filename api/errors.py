"""How a refusal looks over HTTP: RFC 9457 problem documents with a stable code."""

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from api.language import chosen
from layers import errors
from maps import theme

STATUS: dict[type[errors.Refused], int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Forbidden: 403,
    errors.Invalid: 422,
}
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Give every way of failing its problem document."""
    # Starlette types every handler as taking any exception.
    handlers: dict[type[Exception], ExceptionHandler] = {
        errors.Refused: _refused,  # type: ignore[dict-item]
        RequestValidationError: _malformed,  # type: ignore[dict-item]
        HTTPException: _http,  # type: ignore[dict-item]
        DBAPIError: _database,  # type: ignore[dict-item]
        PoolExhausted: _unavailable,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def problem(request: Request, status: int, code: str, **values: object) -> Response:
    """One problem document in the language the client asked for."""
    title = theme.word(f"problem.{code}", chosen(request), **values)
    body = {"type": f"/api/problems/{code}", "title": title, "status": status, "code": code}
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else None
    content = orjson.dumps({**body, "values": values}, default=str)
    return Response(content, status, headers, MEDIA_TYPE)


def _refused(request: Request, refusal: errors.Refused) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(refusal, kind))
    return problem(request, status, refusal.code, **refusal.values)


def _malformed(request: Request, refusal: RequestValidationError) -> Response:
    places = [
        {"place": ".".join(map(str, error["loc"])), "says": error["msg"]}
        for error in refusal.errors()
    ]
    return problem(request, 422, "malformed", errors=places)


def _http(request: Request, refusal: HTTPException) -> Response:
    codes = {404: "no_such_page", 405: "no_such_method", 413: "too_large"}
    code = codes.get(refusal.status_code, "refused")
    return problem(request, refusal.status_code, code)


def _database(request: Request, failure: DBAPIError) -> Response:
    """A stopped server or a full disk passes by itself; anything else is a defect of ours."""
    full = getattr(failure.orig, "sqlstate", None) in ("53100", "53200", "53300", "57P01", "57P03")
    if isinstance(failure, OperationalError) or failure.connection_invalidated or full:
        return _unavailable(request, failure)
    return _unexpected(request, failure)


def _unavailable(request: Request, failure: Exception) -> Response:
    log.error("database away", path=request.url.path, error=type(failure).__name__)
    return problem(request, 503, "database_away")


def _unexpected(request: Request, failure: Exception) -> Response:
    log.error("defect", path=request.url.path, exc_info=failure)
    return problem(request, 500, "defect")
