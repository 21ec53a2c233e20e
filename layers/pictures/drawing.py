"""Drawing a picture anew: upright, of bounded size, in sRGB, and with nothing but its pixels."""

from io import BytesIO

from PIL import Image, ImageCms

from layers.pictures.checking import DAMAGE

LONGEST, SMALL = 2048, 320  # pixels of the longer side
SMOOTH = Image.Resampling.LANCZOS


def upright(image: Image.Image, turned: Image.Transpose | None) -> Image.Image:
    """The pixels on a canvas of their own. Made smaller first, for all else takes memory."""
    image.draft(None, (LONGEST, LONGEST))
    profile = image.info.get("icc_profile")
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((LONGEST, LONGEST), SMOOTH, reducing_gap=None)
    if turned is not None:
        image = image.transpose(turned)
    return _clean(_srgb(image, profile))


def thumbnail(drawn: Image.Image) -> Image.Image:
    """The same for lists."""
    small = drawn.copy()
    small.thumbnail((SMALL, SMALL), SMOOTH)
    return small


def jpeg(drawn: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    drawn.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as every screen shows them; by guess where the profile is none or does not fit."""
    if not profile:
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, own, SRGB, outputMode=mode) or image
    except (ImageCms.PyCMSError, *DAMAGE):
        return image


SRGB = ImageCms.createProfile("sRGB")


def _clean(image: Image.Image) -> Image.Image:
    """On white, where one could see through it; without what else Pillow carries along."""
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return canvas
