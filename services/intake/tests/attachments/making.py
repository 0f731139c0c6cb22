"""Files as people and others send them."""

import io
import random
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

CAMERA, PLACE = "Camera of Somebody", b"N26.0391"


def picture(size: tuple[int, int] = (640, 480), form: str = "JPEG", *, seed: int = 0, **more: Any) -> bytes:
    """Return a picture of noise, so that it compresses as badly as a photograph."""
    noise = Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))
    return saved(noise, form, **more)


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **more)
    return written.getvalue()


def photograph(orientation: int = 6) -> bytes:
    """Return a JPEG as a telephone makes it: turned, with where and by whom it was made."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0110] = CAMERA
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = PLACE.decode()
    return picture((400, 200), exif=exif)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def png_with_text(text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    return picture((64, 64), "PNG", pnginfo=info)


def pixel_bomb(width: int, height: int) -> bytes:
    """Return a PNG of few bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = zlib.compress(bytes(1024), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def document(text: str = "证明") -> bytes:
    """Return the smallest PDF that anybody would open."""
    body = f"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj %{text}\n"
    return b"%PDF-1.4\n" + body.encode() + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def heic() -> bytes:
    """Return the beginning of a picture as telephones of one maker keep it."""
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500)


def zip_bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10_000_000))
    return written.getvalue()
