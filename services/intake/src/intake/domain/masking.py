"""What must not leave intake in a description: numbers and addresses that lead to a person."""

import re

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


def masked(text: str) -> str:
    """Return the text with mail addresses, identity numbers and telephone numbers masked."""
    return _PERSONAL.sub(MASK, text)
