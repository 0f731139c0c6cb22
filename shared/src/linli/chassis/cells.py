"""Cells of a spreadsheet that mean what they say and do nothing."""

import re

_BEGINS_A_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell(value: object) -> str:
    """Return a value as the text of a cell.

    Spreadsheets take what begins as a formula for one, also when it is a resident's words; an apostrophe keeps it text.
    Numbers of ours are no such words.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    plain = _UNWRITABLE.sub("", value)
    return f"'{plain}" if plain.startswith(_BEGINS_A_FORMULA) else plain
