"""Rows of a CSV or XLSX file, whatever program wrote it."""

import codecs
import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
CHUNK = 1 << 20
MAX_CELL_CHARS = 10_000_000
DELIMITERS = ",;\t"


class SpreadsheetError(Exception):
    """The file cannot be used at all; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with anything in it; ``number`` is what a spreadsheet program shows beside it, the header being 1."""

    number: int
    cells: tuple[str, ...]


class Spreadsheet:
    """A table whose first row is its header. Text in UTF-8, UTF-16 (with its mark) or GB18030 is told apart.

    Raises:
        SpreadsheetError: no such file, no table, no header, or text in another encoding.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                start = file.read(len(ZIP))
            self._is_workbook = start == ZIP
            if start == OLE:
                raise SpreadsheetError(f"{path} is of the old .xls kind; save it as .xlsx or .csv")
            self._encoding = "" if self._is_workbook else _encoding(path)
        except OSError as error:
            raise SpreadsheetError(f"{path} cannot be read: {error.strerror}") from None
        first = next(self._all(), None)
        if first is None:
            raise SpreadsheetError(f"{path} is empty")
        self.header: tuple[str, ...] = first.cells
        self._header_number = first.number

    def rows(self) -> Iterator[Row]:
        """Return the rows below the header, one after the other."""
        return (row for row in self._all() if row.number > self._header_number)

    def _all(self) -> Iterator[Row]:
        found = self._from_workbook() if self._is_workbook else self._from_text()
        for number, cells in enumerate(found, start=1):
            texts = tuple(cells)
            if any(texts):
                yield Row(number, texts)

    def _from_text(self) -> Iterator[Sequence[str]]:
        csv.field_size_limit(MAX_CELL_CHARS)
        with self._path.open(encoding=self._encoding, newline="") as file:
            header = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=header.count)
            try:
                for cells in csv.reader(file, delimiter=delimiter):
                    yield [cell.strip() for cell in cells]
            except csv.Error as error:
                raise SpreadsheetError(f"{self._path} is no CSV: {error}") from None

    def _from_workbook(self) -> Iterator[Iterator[str]]:
        import openpyxl  # noqa: PLC0415 - a fifth of the start of every command, and few read workbooks
        from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

        try:
            # Opened here: a workbook whose sheet is torn does not close what it opened.
            with self._path.open("rb") as file:
                book = openpyxl.load_workbook(file, read_only=True, data_only=True)
                if not book.worksheets:
                    raise SpreadsheetError(f"{self._path} has no sheet with rows")
                for cells in book.worksheets[0].iter_rows(values_only=True):
                    yield map(_text, cells)
        except (BadZipFile, EOFError, InvalidFileException, KeyError, ParseError, ValueError, zlib.error) as error:
            # A sheet is read as its rows are asked for: what is broken may come late.
            raise SpreadsheetError(f"{self._path} is no workbook: {type(error).__name__}") from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(2)
    is_utf_16 = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise SpreadsheetError(f"{path} is neither UTF-8 nor GB18030 text, nor a workbook")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value).strip()
