"""Of a picture nothing but its pixels is kept."""

from pathlib import Path

import pytest
from PIL import Image

from intake.attachments.images import MAX_SIDE, THUMBNAIL_SIDE, Picture, PictureError, rewrite

from . import making


def rewritten(tmp_path: Path, content: bytes) -> tuple[Picture, bytes, bytes]:
    sent, file, thumbnail = tmp_path / "sent", tmp_path / "file", tmp_path / "thumbnail"
    sent.write_bytes(content)
    size = rewrite(sent, file, thumbnail)
    return size, file.read_bytes(), thumbnail.read_bytes()


def test_a_photograph_stands_upright_and_tells_neither_place_nor_camera(tmp_path: Path) -> None:
    content = making.photograph()
    assert making.CAMERA.encode() in content
    assert making.PLACE in content
    size, file, thumbnail = rewritten(tmp_path, content)
    assert (size.width, size.height, size.size) == (200, 400, len(file))
    for kept in (file, thumbnail):
        assert making.CAMERA.encode() not in kept
        assert making.PLACE not in kept
        assert not making.opened(kept).getexif()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_form_becomes_a_jpeg_with_a_thumbnail(tmp_path: Path, form: str) -> None:
    size, file, thumbnail = rewritten(tmp_path, making.picture((900, 600), form))
    assert (making.opened(file).format, making.opened(file).size) == ("JPEG", (900, 600))
    assert (size.width, size.height) == (900, 600)
    assert max(making.opened(thumbnail).size) == THUMBNAIL_SIDE


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "1", "CMYK", "I;16"])
def test_each_mode_of_pixels_is_taken(tmp_path: Path, mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    size, _, _ = rewritten(tmp_path, making.saved(Image.new(mode, (30, 20)), form))
    assert (size.width, size.height) == (30, 20)


def test_what_lets_through_is_white(tmp_path: Path) -> None:
    _, file, _ = rewritten(tmp_path, making.saved(Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "PNG"))
    assert making.opened(file).getpixel((4, 4)) == (255, 255, 255)


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    size, _, _ = rewritten(tmp_path, making.saved(Image.new("RGB", (7000, 3500)), "JPEG"))
    assert size.width == MAX_SIDE
    assert abs(size.height - MAX_SIDE / 2) <= 1


@pytest.mark.parametrize(
    ("width", "height"), [(4100, 4000), (8000, 8000), (20_000, 20_000), (60_000, 60_000), (2**31 - 1, 1)]
)
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, width: int, height: int
) -> None:
    with pytest.raises(PictureError, match=r"has more than (16|50) million pixels|is broken"):
        rewritten(tmp_path, making.pixel_bomb(width, height))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_off_is_refused(tmp_path: Path, form: str) -> None:
    content = making.picture((300, 300), form)
    for kept in (20, len(content) // 2, len(content) - 100):
        with pytest.raises(PictureError, match="is broken or incomplete"):
            rewritten(tmp_path, content[:kept])


def test_a_photograph_of_a_good_camera_is_taken_and_a_larger_one_is_not(tmp_path: Path) -> None:
    size, _, _ = rewritten(tmp_path, making.saved(Image.new("RGB", (8000, 6000)), "JPEG"))
    assert (size.width, size.height) == (3000, 2250)
    with pytest.raises(PictureError, match="has more than 50 million pixels"):
        rewritten(tmp_path, making.saved(Image.new("RGB", (8000, 6300)), "JPEG"))


def test_what_rides_along_in_a_picture_is_left_behind(tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    for content in (making.png_with_text(script), making.picture() + script.encode() + making.zip_bomb()):
        assert script.encode() in content
        _, file, _ = rewritten(tmp_path, content)
        assert script.encode() not in file
        assert b"PK\x03\x04" not in file
