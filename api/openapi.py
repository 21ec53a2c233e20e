"""The interface's description, and its page from our own assets."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from api.answers import Problem
from api.errors import MEDIA_TYPE

REFUSALS = {
    "401": "Nobody is signed in",
    "403": "Not allowed, or sent by another site's page",
    "404": "Not there, or not for you",
    "408": "It came too slowly",
    "409": "The present state does not allow it",
    "413": "Larger than this server takes",
    "421": "Not served under that name",
    "422": "Cannot be understood or kept",
    "429": "Too often: try again after Retry-After seconds",
    "503": "The database is away or took too long, or the disk is full: try again",
}
ALWAYS = ("401", "403", "421", "422", "429", "503")
CHANGING = ("404", "408", "409", "413")
SCHEMA = {"$ref": "#/components/schemas/Problem"}
DESCRIPTION = (
    "Times are ISO 8601 with their zone, coordinates longitude and latitude on WGS 84 unless a "
    "`datum` says otherwise. Refusals are problem documents (RFC 9457) with a stable `code`; "
    "lists come in pages: send a page's `next` as `after`."
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Grid Patrol API</title>
<link rel="icon" href="{base}/shared/mark.svg">
<link rel="stylesheet" href="{base}/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="{base}/swagger-ui.js"></script>
<script type="module" src="{base}/shared/docs.js"></script>
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Describe the refusals that every route shares."""

    def described() -> dict[str, object]:
        if not app.openapi_schema:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


@router.get("/api/docs")
async def docs(request: Request) -> HTMLResponse:
    """Without a word from outside."""
    return HTMLResponse(PAGE.format(base=request.app.state.shelf.base))


def _described(app: FastAPI) -> dict[str, object]:
    schema = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
    )
    schemas = schema["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            _describe_refusals(method, operation)
    return schema


def _describe_refusals(method: str, operation: dict[str, dict[str, object]]) -> None:
    answers = operation["responses"]
    named = any(place["in"] == "path" for place in operation.get("parameters", []))  # type: ignore[index]
    codes = {
        *ALWAYS,
        *(CHANGING if method != "get" else ()),
        *(("404",) if named else ()),
        *(code for code in answers if code in REFUSALS),
    }
    for code in sorted(codes):
        answers[code] = {
            "description": REFUSALS[code],
            "content": {MEDIA_TYPE: {"schema": SCHEMA}},
        }
