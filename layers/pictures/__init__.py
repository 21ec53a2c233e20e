"""Pictures that people send: checked by their content, asked where and when, drawn anew.

What is kept of one is its pixels alone, upright and in sRGB. Whatever else a file holds (EXIF, XMP,
IPTC, comments, thumbnails, what lies behind its end) goes no further than this room. One picture
takes up to 400 MB for a second or so: the doors let one through at a time.
"""

from dataclasses import dataclass
from hashlib import sha256
from zoneinfo import ZoneInfo

from layers.pictures.camera import Said, said
from layers.pictures.checking import LARGEST, intact, opened
from layers.pictures.drawing import jpeg, thumbnail, upright

__all__ = ["LARGEST", "Picture", "Said", "take"]

QUALITY, SMALL_QUALITY = 85, 80


@dataclass(frozen=True)
class Picture:
    """`sent` is the digest (SHA-256) of the file as it came; `full` and `small` are JPEG."""

    sent: bytes
    full: bytes
    small: bytes
    width: int
    height: int
    said: Said


def take(content: bytes, zone: ZoneInfo) -> Picture:
    """What is kept of a file, and what its camera says; times without a zone are of this one.

    Raises Invalid for whatever is no photograph.
    """
    image = opened(content)
    told = said(image, zone)
    with intact():
        drawn = upright(image, told.turned)
    return Picture(
        sha256(content).digest(),
        jpeg(drawn, QUALITY),
        jpeg(thumbnail(drawn), SMALL_QUALITY),
        *drawn.size,
        told,
    )
