"""What a file is, by its name and by its first bytes; and how its text is encoded."""

import codecs
import hashlib
import re
import zipfile
from pathlib import Path

from layers.errors import Invalid

KINDS = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".geojson": "geojson",
    ".json": "geojson",
    ".geojsonl": "geojson",
    ".ndjson": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shapefile",
    ".zip": "zip",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".pbf": "osm",
    ".osm": "osm",
}
MAGIC = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"SQLite format 3\x00": "gpkg",
    b"PAR1": "parquet",
    b"\x00\x00\x27\x0a": "shapefile",
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"%PDF": "pdf",
    b"\xd0\xcf\x11\xe0": "old excel or word",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"GIF8": "gif",
}
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
OSM_BLOCK = b"\n\tOSMHeader"
"""What stands after the length of the first block of a .pbf."""
OSM_XML = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>)?\s*<osm\b")
CHUNK = 1 << 24
UNPACKED_LIMIT = 4 << 30
UNPACKED_FREE = 64 << 20
UNPACKED_RATIO = 300


def kind(path: Path) -> str:
    """Which reader the file needs. Raises Invalid where name and content disagree."""
    head = opening(path)
    named = KINDS.get(path.suffix.lower())
    if named is None:
        raise Invalid("file_kind_unknown", file=path.name, known=sorted(KINDS))
    found = _content(head, named)
    expected = "zip" if named == "excel" else named
    if found != expected:
        raise Invalid("file_not_as_named", file=path.name, found=found)
    if expected == "zip":
        _check_unpacked_size(path)
    return named


def opening(path: Path) -> bytes:
    """The first bytes of a file that is there, is a file and is not empty."""
    if path.is_dir():
        raise Invalid("file_is_folder", file=path.name)
    try:
        with path.open("rb") as opened:
            head = opened.read(65536)
    except FileNotFoundError:
        raise Invalid("file_not_found", file=str(path)) from None
    except (OSError, ValueError) as problem:
        raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem
    if not head.strip():
        raise Invalid("file_empty", file=path.name)
    return head


def _content(head: bytes, named: str) -> str:
    by_magic = next((what for magic, what in MAGIC.items() if head.startswith(magic)), None)
    if by_magic is not None:
        return by_magic
    if head[4:].startswith(OSM_BLOCK) or OSM_XML.match(head):
        return "osm"
    if b"\x00" in head.split(b"\n", 1)[0] and not any(head.startswith(bom) for bom in BOMS):
        return "binary"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if start.startswith(b"<?xml"):
        return "xml"
    return named if named in {"text", "geojson"} else "text"


def _check_unpacked_size(path: Path) -> None:
    """A few kilobytes can unpack to gigabytes; look before unpacking."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(member.file_size for member in packed.infolist())
    except (zipfile.BadZipFile, UnicodeError, OSError) as problem:
        raise Invalid("file_not_readable", file=path.name, says=str(problem)) from problem
    allowed = max(UNPACKED_FREE, path.stat().st_size * UNPACKED_RATIO)
    if size > min(allowed, UNPACKED_LIMIT):
        raise Invalid("file_unpacks_too_large", file=path.name, bytes=size)


def sha256(paths: list[Path]) -> str:
    """One digest over all the files that make up the input."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as opened:
            while chunk := opened.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def encoding(path: Path, told: str | None, start: int = 0) -> str:
    """The encoding in which the *whole* text can be read strictly: as told, UTF-8 or GB 18030.

    `start` is the byte at which the text begins.
    """
    if told is not None:
        return _checked(path, known(told), start)
    with path.open("rb") as opened:
        head = opened.read(4)
    marked = next((name for bom, name in BOMS.items() if head.startswith(bom)), None)
    if marked is not None:
        return _checked(path, marked, start)
    if _decodes(path, "utf-8", start):
        return "utf-8"
    if _looks_chinese(path, start) and _decodes(path, "gb18030", start):
        return "gb18030"
    raise Invalid("encoding_unknown", file=path.name)


def known(name: str) -> str:
    """Python's name; every GB encoding is read as GB 18030, which contains the others."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise Invalid("encoding_not_known", encoding=name) from None
    return "gb18030" if found in {"gb2312", "gbk"} else found


def _checked(path: Path, name: str, start: int) -> str:
    if not _decodes(path, name, start):
        raise Invalid("encoding_does_not_fit", file=path.name, encoding=name)
    return name


def _decodes(path: Path, name: str, start: int) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as opened:
            opened.seek(start)
            while chunk := opened.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _looks_chinese(path: Path, start: int) -> bool:
    """GB 18030 decodes nearly anything, Latin-1 too: ask that the characters be common ones."""
    with path.open("rb") as opened:
        opened.seek(start)
        text = opened.read(1 << 20).decode("gb18030", errors="ignore")
    foreign = [letter for letter in text if ord(letter) > 127]
    common = sum(len(letter.encode("gb2312", errors="ignore")) == 2 for letter in foreign)
    return common >= 0.8 * len(foreign)
