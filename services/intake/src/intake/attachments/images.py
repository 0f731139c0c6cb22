"""Pictures, written anew: what is not picture in them is left behind, with where and by whose camera they were made."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000
"""Of a photograph: a JPEG with so many is decoded at half its size."""

MAX_PIXELS_AS_THEY_ARE = 16_000_000
"""Of any other picture, of which each pixel is decoded, into four bytes."""

MAX_SIDE = 3000
THUMBNAIL_SIDE = 400
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")


class PictureError(Exception):
    """The picture cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The size of a picture that was written: in pixels, and ``size`` in bytes."""

    width: int
    height: int
    size: int


def rewrite(source: Path, target: Path, thumbnail: Path) -> Picture:
    """Write a picture as JPEG, upright and no larger than needed, and a thumbnail of it.

    Raises:
        PictureError: it is broken, cut off, or has too many pixels.
    """
    try:
        with Image.open(source, formats=FORMATS) as image:
            _check_size(image)
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            # Smaller first: what comes after makes copies.
            image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
            upright = _flat(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many(MAX_PIXELS) from None
    # Pillow's decoders raise whatever a broken file leads them to.
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError):
        raise PictureError("is broken or incomplete") from None
    upright.save(target, "JPEG", quality=QUALITY, optimize=True)
    size = Picture(upright.width, upright.height, target.stat().st_size)
    upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    upright.save(thumbnail, "JPEG", quality=QUALITY)
    return size


def _check_size(image: Image.Image) -> None:
    halved = image.format == "JPEG" and image.mode in {"L", "RGB"}
    most = MAX_PIXELS if halved else MAX_PIXELS_AS_THEY_ARE
    if image.width * image.height > most:
        raise _too_many(most)


def _too_many(most: int) -> PictureError:
    return PictureError(f"has more than {most // 1_000_000} million pixels")


def _flat(image: Image.Image) -> Image.Image:
    """Return the pixels alone, on white where they let something through."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        opaque = image.convert("RGBA")
        flat = Image.new("RGB", opaque.size, "white")
        flat.paste(opaque, mask=opaque.getchannel("A"))
        return flat
    flat = Image.new("RGB", image.size)
    flat.paste(image.convert("RGB"))
    return flat
