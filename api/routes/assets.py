"""Scripts, styles and words, from our own address only: many bureaus have no internet."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.assets import Asset, Shelf

router = APIRouter(include_in_schema=False)
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """What browsers ask of a page that names no icon."""
    return await asset("shared/mark.svg", request)


@router.get("/assets/{path:path}")
async def asset(path: str, request: Request) -> Response:
    """Nothing here waits for anything: no turn in the thread pool."""
    shelf: Shelf = request.app.state.shelf
    digest, _, rest = path.partition("/")
    kept = digest == shelf.digest
    found = shelf.assets.get(rest if kept else path)
    if found is None:
        raise HTTPException(404)
    return _answer(request, found, FOR_GOOD if kept else ASK_AGAIN)


def _answer(request: Request, found: Asset, caching: str) -> Response:
    headers = {"ETag": found.etag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    zipped = found.gzipped if "gzip" in request.headers.get("accept-encoding", "") else None
    if zipped is None:
        return Response(found.content, headers=headers, media_type=found.media_type)
    return Response(zipped, headers={**headers, "Content-Encoding": "gzip"},
                    media_type=found.media_type)  # fmt: skip
