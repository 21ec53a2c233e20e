"""What browsers load, held in memory and compressed once.

Every file is served at two addresses: by its name, to be asked for anew each time, and below a
digest of all of them, to be kept for good. Modules refer to each other by relative addresses, so
that a page never mixes two versions.
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orjson

from maps import theme
from maps.assets import ASSETS, OWN, SCRIPT, STYLE, file_of

FOLDERS = ("shared", "desk", "desk/admin")
KINDS = {".js": SCRIPT, ".css": STYLE, ".svg": "image/svg+xml"}
COMPRESSIBLE = frozenset(KINDS.values())


@dataclass(frozen=True)
class Asset:
    """One file's content; `gzipped` is None where compressing it gains nothing."""

    content: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:20]}"'

    @cached_property
    def gzipped(self) -> bytes | None:
        return gzip.compress(self.content, 9) if self.media_type in COMPRESSIBLE else None


class Shelf:
    """All assets by name; `web` is where the launcher put the browser libraries."""

    def __init__(self, web: Path) -> None:
        self.assets: Mapping[str, Asset] = dict(_all(web))
        together = "".join(name + asset.etag for name, asset in sorted(self.assets.items()))
        self.digest = hashlib.sha256(together.encode()).hexdigest()[:12]

    @property
    def base(self) -> str:
        """The address below which files can be kept for good."""
        return f"/assets/{self.digest}"


def _all(web: Path) -> Iterator[tuple[str, Asset]]:
    for name, asset in ASSETS.items():
        yield name, Asset(file_of(name, web).read_bytes(), asset.media_type)
    for folder in FOLDERS:
        for path in sorted((OWN / folder).iterdir()):
            if path.suffix in KINDS:
                yield f"{folder}/{path.name}", Asset(path.read_bytes(), KINDS[path.suffix])
    yield "theme.css", Asset(theme.css().encode(), STYLE)
    for language in theme.LANGUAGES:
        words = orjson.dumps(dict(theme.catalogue(language)))
        yield f"words/{language}.js", Asset(b"export default " + words + b";\n", SCRIPT)
