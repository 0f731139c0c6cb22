"""What must not leave intake: numbers and addresses that lead to a person, and words that nobody foresaw."""

import re
from collections.abc import Mapping

MASK = "***"

_PERSONAL = re.compile(
    r"""
    [\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+                  # mail address
    | (?<!\d)\d{17}[\dXx](?!\d)                       # resident identity number, GB 11643
    | (?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)  # mobile telephone
    | (?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)              # fixed telephone with area code
    """,
    re.VERBOSE | re.ASCII,
)


_WIDE = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("＠"): ord("@"), ord("．"): ord(".")}
"""Chinese input methods write digits and signs as wide as characters; one for one, so that places stay the same."""

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_CODE = 40
MAX_CODE_DIGITS = 6
"""Longer numbers are telephones and the like."""


def masked(text: str) -> str:
    """Return the text with mail addresses, identity numbers and telephone numbers masked."""
    parts, place = [], 0
    for found in _PERSONAL.finditer(text.translate(_WIDE)):
        parts += [text[place : found.start()], MASK]
        place = found.end()
    return "".join((*parts, text[place:]))


def coded(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the details that rules may ask for: codes, such as ``yes`` or ``6-10``, and no free text."""
    return {name: value for name, value in attributes.items() if _is_code(value)}


def _is_code(value: str) -> bool:
    digits = sum(character.isdigit() for character in value)
    return len(value) <= MAX_CODE and digits <= MAX_CODE_DIGITS and _CODE.fullmatch(value) is not None
