"""What a file is, by its content: its name and what the sender calls it are nobody's proof."""

from pathlib import Path

import puremagic

ACCEPTED = ("image/jpeg", "image/png", "image/webp", "application/pdf")
PDF_BEGIN, PDF_END = b"%PDF-", b"%%EOF"
_TAIL_BYTES = 2048


class UnknownContentError(Exception):
    """The content is of no type that is taken, or ends before its end; the message says which."""


def media_type_of(path: Path) -> str:
    """Return the type of a file.

    Raises:
        UnknownContentError: it is none of the accepted ones, or a document that was cut off.
    """
    try:
        found = puremagic.from_file(path, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found not in ACCEPTED:
        raise UnknownContentError(f"is none of: {', '.join(ACCEPTED)}")
    if found == "application/pdf":
        _check_document(path)
    return found


def _check_document(path: Path) -> None:
    with path.open("rb") as file:
        begin = file.read(len(PDF_BEGIN))
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        end = file.read()
    # What begins as something else could be shown as that.
    if begin != PDF_BEGIN:
        raise UnknownContentError("does not begin as a PDF does")
    if PDF_END not in end:
        raise UnknownContentError("is incomplete")
