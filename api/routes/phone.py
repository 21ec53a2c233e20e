"""The pages on the phone, and what makes each one that works without a signal.

They hold nobody's data and are for everybody: kept on the phone, they are opened where nobody can
be asked who it is. What is somebody's they ask of the API.
"""

import re
from enum import StrEnum

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


class Name(StrEnum):
    """Whose pages they are: each is an app of its own, with its own worker and scope."""

    FIELD = "field"
    SQUAD = "squad"


FRAME = "phone"


async def page(request: Request, language: CurrentLanguage) -> HTMLResponse:
    name = _name(request)
    return pages.answer(request, FRAME, language, **_parts(request, name))


async def worker(request: Request) -> Response:
    """The service worker of this version of the files; below its own address it may serve no
    page, hence the header."""
    shelf: Shelf = request.app.state.shelf
    name = _name(request)
    needed = orjson.dumps(_needed(request, shelf, name)).decode()
    script = (f'import {{ serve }} from "{shelf.base}/phone/worker.js";\n'
              f'serve("{name}", {needed});\n')  # fmt: skip
    return Response(script, headers={"Service-Worker-Allowed": f"/{name}"}, media_type=SCRIPT)


async def manifest(request: Request, language: CurrentLanguage) -> Response:
    """By which a phone puts the page among its apps."""
    content = orjson.dumps(_manifest(_name(request), language))
    return Response(content, media_type="application/manifest+json")


for each in Name:
    router.get(f"/{each}")(page)
    router.get(f"/{each}/worker.js")(worker)
    router.get(f"/{each}/app.webmanifest")(manifest)


def _name(request: Request) -> Name:
    return Name(request.url.path.split("/")[1])


def _parts(request: Request, name: Name) -> dict[str, object]:
    """The scripts by name, so that a slow line need not find out one after the other."""
    shelf: Shelf = request.app.state.shelf
    scripts = shelf.needed([f"{name}/app.js"])
    return {"page": name, "accent": theme.LIGHT["accent"], "scripts": scripts}


def _needed(request: Request, shelf: Shelf, name: Name) -> list[str]:
    """What the page names, in whichever language, and all that its scripts import."""
    shown = pages.render(request, FRAME, "zh", **_parts(request, name))
    named = re.findall(rf'"{shelf.base}/([^"]+)"', shown)
    return shelf.needed([*named, *(f"words/phone.{language}.js" for language in LANGUAGES)])


def _manifest(name: Name, language: Language) -> dict[str, object]:
    icons = (("192", "any"), ("512", "any"), ("512", "maskable"))
    page = f"/{name}"
    return {
        "id": page, "start_url": page, "scope": page, "display": "standalone", "lang": language,
        "name": theme.word(f"{name}.title", language),
        "short_name": theme.word(f"{name}.short", language),
        "theme_color": theme.LIGHT["accent"], "background_color": theme.LIGHT["ground"],
        "icons": [
            {"src": f"/assets/phone/{'mask' if purpose == 'maskable' else 'icon'}-{size}.png",
             "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size, purpose in icons
        ],
    }  # fmt: skip
