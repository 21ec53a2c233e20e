"""What browsers load, held in memory and compressed once.

Every file is served at two addresses: by its name, to be asked for anew each time, and below a
digest of all of them, to be kept for good. Modules refer to each other by relative addresses, so
that a page never mixes two versions.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from posixpath import dirname, join, normpath

import orjson

from maps import theme
from maps.assets import ASSETS, OWN, SCRIPT, STYLE, file_of

PNG = "image/png"
FOLDERS = (
    "shared",
    "desk",
    "desk/admin",
    "desk/cases",
    "desk/leader",
    "desk/live",
    "desk/map",
    "phone",
    "phone/outbox",
    "field",
    "squad",
    "resident",
)
KINDS = {".js": SCRIPT, ".css": STYLE, ".svg": "image/svg+xml", ".png": PNG}
COMPRESSIBLE = frozenset(KINDS.values()) - {PNG}
ON_THE_PHONE = ("field.", "squad.", "duty.", "out_of_service.", "do.", "needs.", "photo.",
                "span.", "state.", "problem.", "desk.", "cases.reason.", "sign_in.go",
                "choose.change")  # fmt: skip
"""The words that pages on the phone use: the others would only make the first visit longer."""
OF_RESIDENTS = ("resident.", "stage.", "problem.defect", "desk.offline")
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORTS = re.compile(r"""\b(?:from|import)\s*\(?\s*"(\.[^"]+)\"""")


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
        self.assets: Mapping[str, Asset] = {**_files(web), **dict(_worded())}
        together = "".join(name + asset.etag for name, asset in sorted(self.assets.items()))
        self.digest = hashlib.sha256(together.encode()).hexdigest()[:12]

    @property
    def base(self) -> str:
        """The address below which files can be kept for good."""
        return f"/assets/{self.digest}"

    def needed(self, names: Iterable[str]) -> list[str]:
        """These files and all that their scripts import, each once."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found[name] = None
                waiting += _imported(name, self.assets[name])
        return list(found)


def _imported(name: str, asset: Asset) -> Iterator[str]:
    if asset.media_type != SCRIPT:
        return
    for path in IMPORTS.findall(COMMENTS.sub("", asset.content.decode())):
        yield normpath(join(dirname(name), path))


@cache
def _files(web: Path) -> Mapping[str, Asset]:
    """They stay as they are while a process runs."""
    libraries = {
        name: Asset(file_of(name, web).read_bytes(), asset.media_type)
        for name, asset in ASSETS.items()
    }
    ours = {
        f"{folder}/{path.name}": Asset(path.read_bytes(), KINDS[path.suffix])
        for folder in FOLDERS
        for path in (OWN / folder).iterdir()
        if path.suffix in KINDS
    }
    return libraries | ours


def _worded() -> Iterator[tuple[str, Asset]]:
    """What is put together of the theme and of the words, which a bureau may have of its own."""
    yield "theme.css", Asset(theme.css().encode(), STYLE)
    for language in theme.LANGUAGES:
        words = theme.catalogue(language)
        yield f"words/{language}.js", _script(words)
        for page, prefixes in (("phone", ON_THE_PHONE), ("resident", OF_RESIDENTS)):
            used = {key: text for key, text in words.items() if key.startswith(prefixes)}
            yield f"words/{page}.{language}.js", _script(used)


def _script(words: Mapping[str, str]) -> Asset:
    return Asset(b"export default " + orjson.dumps(dict(words)) + b";\n", SCRIPT)
