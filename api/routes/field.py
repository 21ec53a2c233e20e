"""The grid worker's page on the phone, and what makes it one that works without a signal.

It holds nobody's data and is for everybody: kept on the phone, it is opened where nobody can be
asked who it is. What is somebody's it asks of the API.
"""

import re

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api import pages
from api.assets import Shelf
from api.deps import CurrentLanguage
from maps import theme
from maps.assets import SCRIPT
from maps.theme import LANGUAGES, Language

router = APIRouter(include_in_schema=False)
NAME = "field"
PAGE = f"/{NAME}"


@router.get(PAGE)
async def page(request: Request, language: CurrentLanguage) -> HTMLResponse:
    return pages.answer(request, NAME, language, **_parts(request))


@router.get(f"{PAGE}/worker.js")
async def worker(request: Request) -> Response:
    """The service worker of this version of the files; below its own address it may serve no
    page, hence the header."""
    shelf: Shelf = request.app.state.shelf
    files = orjson.dumps(_needed(request, shelf)).decode()
    script = f'import {{ serve }} from "{shelf.base}/field/worker.js";\nserve({files});\n'
    return Response(script, headers={"Service-Worker-Allowed": PAGE}, media_type=SCRIPT)


def _parts(request: Request) -> dict[str, object]:
    """The scripts by name, so that a slow line need not find out one after the other."""
    shelf: Shelf = request.app.state.shelf
    return {"accent": theme.LIGHT["accent"], "scripts": shelf.needed([f"{NAME}/app.js"])}


def _needed(request: Request, shelf: Shelf) -> list[str]:
    """What the page names, in whichever language, and all that its scripts import."""
    shown = pages.render(request, NAME, "zh", **_parts(request))
    named = re.findall(rf'"{shelf.base}/([^"]+)"', shown)
    return shelf.needed([*named, *(f"words/phone.{language}.js" for language in LANGUAGES)])


@router.get(f"{PAGE}/app.webmanifest")
async def manifest(language: CurrentLanguage) -> Response:
    """By which a phone puts the page among its apps."""
    content = orjson.dumps(_manifest(language))
    return Response(content, media_type="application/manifest+json")


def _manifest(language: Language) -> dict[str, object]:
    icons = (("192", "any"), ("512", "any"), ("512", "maskable"))
    return {
        "id": PAGE, "start_url": PAGE, "scope": PAGE, "display": "standalone", "lang": language,
        "name": theme.word("field.title", language),
        "short_name": theme.word("field.short", language),
        "theme_color": theme.LIGHT["accent"], "background_color": theme.LIGHT["ground"],
        "icons": [
            {"src": f"/assets/field/{'mask' if purpose == 'maskable' else 'icon'}-{size}.png",
             "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size, purpose in icons
        ],
    }  # fmt: skip
