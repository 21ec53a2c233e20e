"""Whether something that was sent is a photograph: told by its content, before it is decoded."""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image

from layers.errors import Invalid

LARGEST = 15_000_000  # bytes
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""Cameras write JPEG, which is made smaller while it is decoded; the others come up whole."""
MOST_SIDES = 20
"""The long side is at most so many times the short one: a panorama, but no stripe."""
MOST_MARKERS, MOST_SCANS = 1_000, 40
"""Of a JPEG. Each scan is drawn over all pixels, and a few bytes are enough for one: without a
bound, a small file would be drawn for hours. Cameras write up to 13."""
SIGNS = (
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("WEBP", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
)
HEIC = re.compile(rb".{4}ftyp(hei|hev|mif1|msf1)", re.DOTALL)
MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"
DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises of files that are not as they should be."""


@contextmanager
def intact() -> Iterator[None]:
    """Damage is met in many ways; to whoever sent the picture they all mean the same."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Invalid("picture_too_many_pixels", most=max(MOST_PIXELS.values()) // 10**6) from bomb
    except DAMAGE as damage:
        raise Invalid("picture_damaged") from damage


def opened(content: bytes) -> Image.Image:
    """A still picture of bounded size, of which no more than the head was read."""
    if len(content) > LARGEST:
        raise Invalid("picture_too_large", most=LARGEST // 10**6)
    kind = _kind(content)
    if kind == "JPEG":
        _check_markers(content)
    with intact():
        image = Image.open(BytesIO(content), formats=[kind])
    _check_size(image, kind)
    # A JPEG of several pictures (MPO) has the photograph first, and behind it what it was made of.
    if kind != "JPEG" and getattr(image, "is_animated", False):
        raise Invalid("picture_moves")
    return image


def _kind(content: bytes) -> str:
    for kind, sign in SIGNS:
        if sign.match(content):
            return kind
    if HEIC.match(content):
        raise Invalid("picture_heic")
    raise Invalid("picture_unknown")


def _check_markers(content: bytes) -> None:
    """Counted up to the end of the picture: behind it there may be anything, such as a film."""
    at, markers, scans = 2, 0, 0
    while found := MARKER.search(content, at):
        markers, scans = markers + 1, scans + (found[1] == START_OF_SCAN)
        if found[1] == END_OF_IMAGE:
            return
        if markers > MOST_MARKERS or scans > MOST_SCANS:
            break
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")
    raise Invalid("picture_damaged")


def _check_size(image: Image.Image, kind: str) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS[kind]:
        raise Invalid("picture_too_many_pixels", most=MOST_PIXELS[kind] // 10**6)
    if max(image.size) > MOST_SIDES * min(image.size):
        raise Invalid("picture_shape", width=width, height=height)
