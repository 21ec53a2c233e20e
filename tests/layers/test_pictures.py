"""What is taken as a photograph, what its camera is believed to say, and what is kept of it."""

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as wish
from hypothesis import strategies as some
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, Base
from PIL.TiffImagePlugin import IFDRational

from geo.crs import Datum
from layers import pictures
from layers.errors import Invalid
from layers.pictures.checking import MOST_SCANS
from tests.pictures import PHONE, PLAIN, drawn, encoded, exif, of_size, parts, telling

ZONE = ZoneInfo("Asia/Shanghai")
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def taken(content: bytes) -> pictures.Picture:
    return pictures.take(content, ZONE)


def kept(content: bytes) -> Image.Image:
    return Image.open(BytesIO(taken(content).full))


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    return isinstance(pixel, tuple) and all(
        abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True)
    )


# --- What is kept -------------------------------------------------------------------------------


def test_nothing_that_a_file_tells_is_kept_but_its_pixels():
    sent = telling()
    picture = taken(sent)

    assert sent.count(PHONE.encode()) > 10
    assert {0xE1, 0xE2, 0xED, 0xFE, "rest"} < parts(sent)
    for jpeg in (picture.full, picture.small):
        assert parts(jpeg) == PLAIN
        assert PHONE.encode() not in jpeg and b"Exif" not in jpeg and b"xmp" not in jpeg
        assert jpeg[:11] == b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
        assert dict(Image.open(BytesIO(jpeg)).getexif()) == {}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_nor_of_other_kinds_of_files(kind):
    told = exif((119.905, 29.705))
    told[Base.ImageDescription] = PHONE
    sent = encoded(drawn(), kind, exif=told, xmp=f"<x:xmpmeta>{PHONE}</x:xmpmeta>".encode())

    picture = taken(sent + PHONE.encode())

    assert picture.said.place == pytest.approx((119.905, 29.705))
    assert parts(picture.full) == parts(picture.small) == PLAIN
    assert PHONE.encode() not in picture.full + picture.small


def test_a_large_picture_is_made_smaller_and_a_small_one_stays():
    large, small = taken(encoded(drawn(4000, 1000))), taken(encoded(drawn(64, 48)))

    assert (large.width, large.height) == (2048, 512)
    assert Image.open(BytesIO(large.full)).size == (2048, 512)
    assert Image.open(BytesIO(large.small)).size == (320, 80)
    assert (small.width, small.height) == (64, 48) == Image.open(BytesIO(small.small)).size


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "upper left"), (2, "upper right"), (3, "lower right"), (4, "lower left"),
     (5, "upper left"), (6, "upper right"), (7, "lower right"), (8, "lower left")],
)  # fmt: skip
def test_a_picture_is_kept_upright(orientation, corner):
    upright = kept(encoded(drawn(64, 32), exif=exif(orientation=orientation)))

    width, height = upright.size
    corners = {"upper left": (2, 2), "upper right": (width - 3, 2),
               "lower left": (2, height - 3), "lower right": (width - 3, height - 3)}  # fmt: skip
    assert (width, height) == ((64, 32) if orientation < 5 else (32, 64))
    assert [name for name, at in corners.items() if near(upright.getpixel(at), RED)] == [corner]


def test_colours_are_kept_as_the_profile_means_them():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
    sent = encoded(drawn(), icc_profile=swapped)

    assert near(Image.open(BytesIO(sent)).getpixel((2, 2)), RED)
    assert near(kept(sent).getpixel((2, 2)), (0, 255, 0))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
def test_pictures_of_every_kind_of_colour_are_kept_as_one(mode):
    assert kept(encoded(drawn(mode=mode), "PNG")).mode == "RGB"


def test_printers_colours_are_kept_too():
    assert near(kept(encoded(drawn(mode="CMYK"))).getpixel((2, 2)), RED)


def test_what_shines_through_is_white_and_not_what_was_hidden():
    hidden = drawn(mode="RGBA")
    hidden.putalpha(0)

    assert near(kept(encoded(hidden, "PNG")).getpixel((2, 2)), WHITE)


def test_of_a_phones_several_exposures_the_photograph_is_kept():
    several = encoded(drawn(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])

    assert near(kept(several).getpixel((2, 2)), RED)


# --- What the camera says -----------------------------------------------------------------------


def said(**told: object) -> pictures.Said:
    return taken(encoded(drawn(), exif=exif(**told))).said


@pytest.mark.parametrize(
    "place", [(119.905, 29.705), (-70.25, -33.5), (151.2, -33.87), (0.0001, 51.5)]
)
def test_the_place_is_read_in_all_quarters_of_the_world(place):
    assert said(place=place).place == pytest.approx(place, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "datum"),
    [(None, None), ("WGS-84", Datum.WGS84), ("WGS84", Datum.WGS84), ("GCJ-02", Datum.GCJ02),
     ("CGCS2000", Datum.CGCS2000), ("TOKYO", None)],
)  # fmt: skip
def test_the_datum_is_the_one_that_is_named(name, datum):
    named = {} if name is None else {GPS.GPSMapDatum: name}

    assert said(place=(119.905, 29.705), gps=named).datum is datum


@pytest.mark.parametrize(
    "gps",
    [
        {GPS.GPSStatus: "V"},
        {GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (91.0, 0.0, 0.0)},
        {GPS.GPSLongitude: (119.0,)},
        {GPS.GPSLatitude: (IFDRational(0, 0), 0.0, 0.0)},
    ],
)
def test_a_place_that_is_none_is_not_said(gps):
    assert said(place=(119.905, 29.705), gps=gps).place is None


@pytest.mark.parametrize(
    ("camera", "at"),
    [
        (
            {Base.DateTimeOriginal: "2026:11:16 12:01:00", Base.OffsetTimeOriginal: "+09:00"},
            datetime(2026, 11, 16, 12, 1, tzinfo=timezone(timedelta(hours=9))),
        ),
        (
            {Base.DateTimeOriginal: "2026:11:16 12:01:00"},
            datetime(2026, 11, 16, 4, 1, tzinfo=UTC),
        ),
        (
            {Base.DateTimeDigitized: "2026:11:16 12:01:00", Base.OffsetTimeDigitized: "Z"},
            datetime(2026, 11, 16, 12, 1, tzinfo=UTC),
        ),
        ({Base.DateTimeOriginal: "0000:00:00 00:00:00"}, None),
        ({Base.DateTimeOriginal: "1970:01:01 08:00:00"}, None),
        ({Base.DateTimeOriginal: "yesterday"}, None),
        ({}, None),
    ],
)
def test_the_time_is_read_with_its_offset_or_in_the_bureaus_zone(camera, at):
    assert said(camera=camera).taken_at == at


@pytest.mark.filterwarnings("ignore")
def test_a_damaged_head_is_no_reason_to_refuse_a_picture():
    content = encoded(drawn(), exif=b"Exif\x00\x00MM\x00\x2a\x00\x00\xff\xff")

    assert taken(content).said == pictures.Said()


# --- What is refused ----------------------------------------------------------------------------


def animated(kind: str) -> bytes:
    return encoded(drawn(), kind, save_all=True, append_images=[Image.new("RGB", (64, 48))])


def of_many_scans() -> bytes:
    """Small to send, long to draw."""
    jpeg = encoded(drawn(), progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * (MOST_SCANS + 1) + jpeg[-2:]


REFUSED = {
    "an archive under another name": (b"PK\x03\x04" + bytes(100), "picture_unknown"),
    "nothing": (b"", "picture_unknown"),
    "a page": (b"<html><script>alert(1)</script>", "picture_unknown"),
    "another kind of picture": (encoded(drawn(), "GIF"), "picture_unknown"),
    "an iPhone's": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "picture_heic"),
    "half a picture": (encoded(drawn(640, 480))[:-2000], "picture_damaged"),
    "half a PNG": (encoded(drawn(640, 480), "PNG")[:-200], "picture_damaged"),
    "a head alone": (encoded(drawn())[:20], "picture_damaged"),
    "a stripe": (encoded(Image.new("L", (1, 65_535)), "PNG"), "picture_shape"),
    "a bomb": (of_size(30_000, 30_000), "picture_too_many_pixels"),
    "a smaller bomb": (of_size(12_000, 9_000), "picture_too_many_pixels"),
    "a bomb of a size that Pillow lets pass": (of_size(8_000, 7_000), "picture_too_many_pixels"),
    "a moving PNG": (animated("PNG"), "picture_moves"),
    "a moving WebP": (animated("WEBP"), "picture_moves"),
    "one that takes hours to draw": (of_many_scans(), "picture_damaged"),
    "too many bytes": (encoded(drawn()) + bytes(15_000_000), "picture_too_large"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_photograph_is_refused_by_its_content(what):
    content, code = REFUSED[what]

    with pytest.raises(Invalid) as refusal:
        taken(content)

    assert refusal.value.code == code


@pytest.mark.filterwarnings("ignore")
@wish(max_examples=150, deadline=None)
@given(
    kind=some.sampled_from(["JPEG", "PNG", "WEBP"]),
    spoilt=some.lists(some.tuples(some.floats(0, 1), some.binary(min_size=1, max_size=6)),
                      min_size=1, max_size=4),
)  # fmt: skip
def test_a_spoilt_file_is_a_picture_or_a_refusal_and_never_a_defect(kind, spoilt):
    content = bytearray(encoded(drawn(), kind, exif=exif((119.905, 29.705))))
    for where, with_ in spoilt:
        at = int(where * (len(content) - 1))
        content[at : at + len(with_)] = with_

    try:
        picture = taken(bytes(content))
    except Invalid:
        return
    assert parts(picture.full) == parts(picture.small) == PLAIN
