"""Pictures as phones send them, with all that they carry along."""

import re
import struct
from collections.abc import Mapping
from io import BytesIO

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

PHONE = "13800001111"
SEGMENT = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")


def drawn(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Red in the upper left corner, blue elsewhere."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height // 2))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(
    place: tuple[float, float] | None = None,
    *,
    camera: Mapping[int, object] | None = None,
    gps: Mapping[int, object] | None = None,
    orientation: int | None = None,
) -> Image.Exif:
    """What a phone writes: a place (lon, lat) and the tags of its camera and receiver."""
    made = Image.Exif()
    if orientation is not None:
        made[Base.Orientation] = orientation
    if camera:
        made.get_ifd(IFD.Exif).update(camera)
    if place is not None:
        lon, lat = place
        made.get_ifd(IFD.GPSInfo).update({
            GPS.GPSLatitudeRef: "S" if lat < 0 else "N", GPS.GPSLatitude: _degrees(lat),
            GPS.GPSLongitudeRef: "W" if lon < 0 else "E", GPS.GPSLongitude: _degrees(lon),
        })  # fmt: skip
    if gps:
        made.get_ifd(IFD.GPSInfo).update(gps)
    return made


def _degrees(angle: float) -> tuple[float, float, float]:
    minutes = abs(angle) % 1 * 60
    return float(int(abs(angle))), float(int(minutes)), minutes % 1 * 60


def telling() -> bytes:
    """A JPEG that says a phone number and a place in every corner where there is room."""
    camera = {Base.UserComment: PHONE.encode(), Base.MakerNote: PHONE.encode()}
    told = exif((119.905, 29.705), camera=camera)
    told[Base.ImageDescription] = told[Base.Artist] = told[Base.Copyright] = PHONE
    content = encoded(
        drawn(), exif=told, comment=PHONE, xmp=f"<x:xmpmeta>{PHONE}</x:xmpmeta>".encode(),
        icc_profile=PHONE.encode() * 20,
    )  # fmt: skip
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(PHONE)) + PHONE.encode()
    odd = b"".join(_segment(app, PHONE.encode()) for app in (0xE3, 0xE7, 0xEF))
    return content[:2] + _segment(0xED, iptc) + odd + content[2:] + PHONE.encode() + content


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def parts(jpeg: bytes) -> set[int | str]:
    """The markers of a JPEG, and `rest` if something lies behind its end."""
    found: set[int | str] = set()
    at = 2
    while match := SEGMENT.search(jpeg, at):
        found.add(match[1][0])
        if match[1] == b"\xd9":
            return found if match.end() == len(jpeg) else {*found, "rest"}
        at = match.end() + int.from_bytes(jpeg[match.end() : match.end() + 2], "big")
    return found


PLAIN = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9}
"""JFIF's own head, tables, size, pixels, end."""


def of_size(width: int, height: int) -> bytes:
    """A small JPEG whose head says another size."""
    jpeg = encoded(Image.new("L", (8, 8)))
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
