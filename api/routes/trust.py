"""The page on which a phone learns to trust this server, and the file that it needs for that.

For everybody: whoever cannot sign in safely yet has to read it first. It needs no other request,
because it is shown over plain HTTP too.
"""

from functools import cache
from secrets import token_urlsafe

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from api import certificates, pages, trust
from api.deps import CurrentLanguage, CurrentSettings
from api.safety import policy
from maps import theme
from maps.assets import OWN

router = APIRouter(include_in_schema=False)
CERTIFICATE = "application/x-x509-ca-cert"


@router.get(trust.PAGE)
async def page(
    request: Request, language: CurrentLanguage, settings: CurrentSettings
) -> HTMLResponse:
    nonce = token_urlsafe(16)
    answer = pages.answer(
        request, "trust", language, nonce=nonce, style=_style(),
        shown=trust.introduction(settings, request.url.hostname or ""),
        safe=request.url.scheme == "https", file=trust.FILE, devices=trust.DEVICES,
        device=trust.device(request.headers.get("user-agent", "")),
    )  # fmt: skip
    answer.headers.update(policy(nonce))
    return answer


@router.get(trust.FILE)
async def file(settings: CurrentSettings) -> Response:
    public = certificates.public(settings.tls) if settings.reached.authority else None
    if public is None:
        raise HTTPException(404)
    headers = {"Content-Disposition": f'inline; filename="{trust.FILE_NAME}"'}
    return Response(public, headers=headers, media_type=CERTIFICATE)


@cache
def _style() -> str:
    return theme.css() + (OWN / "desk" / "trust.css").read_text()
