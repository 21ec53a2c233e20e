"""What a camera says of a picture (EXIF 2.32): where, when, and which way up it was held.

Nobody vouches for any of it: it is compared with what people say, and never takes its place. What
cannot be read was not said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from geo.crs import Datum
from layers.pictures.checking import DAMAGE

Tags: TypeAlias = Mapping[int, object]
Found = TypeVar("Found")
TURNS: Mapping[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What puts a picture of this orientation upright."""
TIMES = (
    (Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (Base.DateTimeDigitized, Base.OffsetTimeDigitized),
)
"""Not the plain DateTime: that is of the last change to the file."""
YEARS = range(2000, 2100)
"""A camera whose clock was never set says 1970, or 0000."""
INTERRUPTED = "V"
"""The satellites were lost: the position is of some time before."""


@dataclass(frozen=True)
class Said:
    """`place`: longitude and latitude in degrees, on `datum` if the camera names one."""

    place: tuple[float, float] | None = None
    datum: Datum | None = None
    taken_at: datetime | None = None
    turned: Image.Transpose | None = None


def said(image: Image.Image, zone: ZoneInfo) -> Said:
    """What the camera says; a time without an offset is of this zone."""
    exif = _if_whole(image.getexif)
    if exif is None:
        return Said()
    camera: Tags = _if_whole(lambda: exif.get_ifd(IFD.Exif)) or {}
    gps: Tags = _if_whole(lambda: exif.get_ifd(IFD.GPSInfo)) or {}
    return Said(
        _if_whole(lambda: _place(gps)),
        _if_whole(lambda: _datum(gps)),
        _if_whole(lambda: _time(camera, zone)),
        _if_whole(lambda: TURNS.get(exif.get(Base.Orientation))),
    )


def _if_whole(read: Callable[[], Found]) -> Found | None:
    try:
        return read()
    except DAMAGE:
        return None


def _place(gps: Tags) -> tuple[float, float] | None:
    lon = _degrees(gps, GPS.GPSLongitude, GPS.GPSLongitudeRef, "W")
    lat = _degrees(gps, GPS.GPSLatitude, GPS.GPSLatitudeRef, "S")
    lost = _text(gps, GPS.GPSStatus) == INTERRUPTED
    there = abs(lon) <= 180 and abs(lat) <= 90 and (lon, lat) != (0, 0)
    return (lon, lat) if there and not lost else None


def _degrees(gps: Tags, angle: int, side: int, negative: str) -> float:
    parts = gps[angle]
    if not isinstance(parts, tuple):
        raise TypeError("degrees, minutes and seconds are three")
    degrees, minutes, seconds = map(float, parts)
    found = degrees + minutes / 60 + seconds / 3600
    return -found if _text(gps, side).upper() == negative else found


def _datum(gps: Tags) -> Datum:
    name = _text(gps, GPS.GPSMapDatum).lower()
    return Datum("".join(filter(str.isalnum, name)))


def _time(camera: Tags, zone: ZoneInfo) -> datetime | None:
    at, offset = next((of for of in TIMES if _text(camera, of[0])), TIMES[0])
    local = datetime.strptime(_text(camera, at), "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
    if away := _text(camera, offset):
        local = local.replace(tzinfo=datetime.strptime(away, "%z").tzinfo)
    return local if local.year in YEARS else None


def _text(tags: Tags, tag: int) -> str:
    value = tags.get(tag, "")
    text = value.decode("ascii", "ignore") if isinstance(value, bytes) else str(value)
    return text.strip("\x00 ")
