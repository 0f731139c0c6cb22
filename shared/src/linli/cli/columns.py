"""Answers as aligned columns, and text from elsewhere made fit for a terminal."""

import sys
from collections.abc import Sequence


def printable(text: str, most: int | None = None) -> str:
    """Return text without control characters, which a terminal would obey, and not longer than ``most``."""
    clean = "".join(one if one.isprintable() else "\ufffd" for one in text)
    return clean if most is None or len(clean) <= most else f"{clean[: most - 1]}…"


def tell(line: str) -> None:
    """Print what was just done, at once."""
    try:
        print(printable(line), flush=True)  # noqa: T201 - the answer
    except BrokenPipeError:
        # Whoever read has gone, as `head` does; what was asked is done to its end all the same.
        sys.stdout = sys.stderr


def print_columns(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
    """Print rows under a head; the columns whose places are in ``right`` hold numbers."""
    lines = [head, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        cells = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(cells).rstrip())  # noqa: T201 - the answer
