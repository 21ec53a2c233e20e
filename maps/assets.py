"""What the browser loads, by the name under which it is served, and where it lies.

Third-party files come from `npm ci` in var/web; our own lie in maps/web. The server serves a name
of this table and nothing else; a saved page carries the contents instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

OWN = Path(__file__).with_name("web")
SCRIPT = "text/javascript"
STYLE = "text/css"


@dataclass(frozen=True)
class Asset:
    """A file of a package below node_modules, or one of ours."""

    path: str
    media_type: str
    ours: bool = False


SHEET_MODULES = (
    "decode",
    "fill",
    "find",
    "labels",
    "marks",
    "page",
    "popup",
    "surface",
    "table",
    "view",
)

MAPLIBRE = {
    "maplibre-gl.mjs": SCRIPT,
    "maplibre-gl-worker.mjs": SCRIPT,
    "maplibre-gl-shared.mjs": SCRIPT,
    "maplibre-gl.css": STYLE,
}

ASSETS: Mapping[str, Asset] = MappingProxyType(
    {
        "leaflet.js": Asset("leaflet/dist/leaflet.js", SCRIPT),
        "leaflet.css": Asset("leaflet/dist/leaflet.css", STYLE),
        **{
            f"maplibre/{name}": Asset(f"maplibre-gl/dist/{name}", kind)
            for name, kind in MAPLIBRE.items()
        },
        "swagger-ui.js": Asset("swagger-ui-dist/swagger-ui-bundle.js", SCRIPT),
        "swagger-ui.css": Asset("swagger-ui-dist/swagger-ui.css", STYLE),
        "swagger-ui.png": Asset("swagger-ui-dist/favicon-32x32.png", "image/png"),
        "sheet.css": Asset("sheet.css", STYLE, ours=True),
        **{
            f"sheet/{name}.js": Asset(f"sheet/{name}.js", SCRIPT, ours=True)
            for name in SHEET_MODULES
        },
    }
)


def file_of(name: str, web: Path) -> Path:
    """The file behind a name; KeyError for a name that is not served.

    `web` is the folder in which `npm ci` was run (var/web).
    """
    asset = ASSETS[name]
    return (OWN if asset.ours else web / "node_modules") / asset.path
