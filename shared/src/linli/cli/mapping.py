"""From the columns of a file to reports."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from linli.cli.spreadsheet import Row

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=$|[ T])")
_SHORT_HOUR = re.compile(r"([ T])(\d:)")

FIELDS = ("description", "category", "area", "lat", "lon", "reporter_name", "reporter_contact", "language", "made_at")

Report = dict[str, object]


class MappingError(Exception):
    """The mapping does not fit the file; the message says what there is."""


class RowError(Exception):
    """A row cannot be made a report; the message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row. Several columns of one field are joined, a line each, in that order.

    ``defaults`` are the values of fields that a row leaves empty; ``source`` is where the file is from, for sources
    whose ids may be the same.
    """

    width: int
    places: Mapping[str, Sequence[int]]
    id_place: int | None
    id_column: str | None
    defaults: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    source: str = ""

    def report(self, row: Row) -> Report:
        """Return the body of the request that reports the row.

        Raises:
            RowError: more cells than columns, coordinates that are no numbers, or a time that is none.
        """
        if len(row.cells) > self.width and any(row.cells[self.width :]):
            raise RowError(f"has {len(row.cells)} cells, the header has {self.width}")
        values = {name: self._value(name, row) for name in FIELDS}
        body: Report = {name: values[name] for name in ("description", "category", "area", "language") if values[name]}
        body.setdefault("description", "")
        body["source"] = "import"
        if values["made_at"]:
            body["made_at"] = _moment(values["made_at"], self.zone)
        if values["lat"] or values["lon"]:
            body["location"] = {"lat": _number("lat", values["lat"]), "lon": _number("lon", values["lon"])}
        reporter = {name: values[f"reporter_{name}"] for name in ("name", "contact") if values[f"reporter_{name}"]}
        if reporter:
            body["reporter"] = reporter
        return body

    def key(self, row: Row, body: Report) -> str:
        """Return what makes a second import of the row harmless: its id in the source, else its content.

        Raises:
            RowError: the row's id is empty.
        """
        if self.id_place is None:
            return _key("content", json.dumps(body, sort_keys=True))
        source_id = _cell(row, self.id_place)
        if not source_id:
            raise RowError(f"{self.id_column} is empty")
        return _key("id", str(self.id_column), source_id, *([self.source] if self.source else []))

    def _value(self, name: str, row: Row) -> str:
        parts = (_cell(row, place) for place in self.places.get(name, ()))
        return "\n".join(part for part in parts if part) or self.defaults.get(name, "")


def columns_of(
    header: Sequence[str],
    mapped: Iterable[str],
    *,
    id_column: str | None,
    defaults: Mapping[str, str],
    zone: tzinfo = UTC,
    source: str = "",
) -> Columns:
    """Return the columns of a file with that header; ``mapped`` are the user's ``COLUMN=FIELD``.

    Without any, columns that are called like a field are that field.

    Raises:
        MappingError: no such column or field, or nothing is the description.
    """
    pairs = [_pair(header, text) for text in mapped] or [(name, name) for name in FIELDS if name in header]
    places: dict[str, list[int]] = {}
    for column, name in pairs:
        places.setdefault(name, []).append(_place(header, column))
    if "description" not in places:
        raise MappingError(f"no column is the description: --map COLUMN=description; columns: {', '.join(header)}")
    id_place = None if id_column is None else _place(header, id_column)
    return Columns(len(header), places, id_place, id_column, defaults, zone, source)


def zone_of(name: str) -> tzinfo:
    """Return the zone with that name.

    Raises:
        MappingError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingError(f"{name!r} is no zone; one is Asia/Shanghai") from None


def _pair(header: Sequence[str], text: str) -> tuple[str, str]:
    column, _, name = text.rpartition("=")
    if name in FIELDS and column:
        return column, name
    hint = f"; did you mean {name}={column}?" if column in FIELDS and name in header else ""
    raise MappingError(f"{text!r} is not COLUMN=FIELD; fields: {', '.join(FIELDS)}{hint}")


def _place(header: Sequence[str], column: str) -> int:
    if header.count(column) != 1:
        many = "more than one column is" if column in header else "no column is"
        raise MappingError(f"{many} called {column!r}; columns: {', '.join(header)}")
    return header.index(column)


def _cell(row: Row, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RowError(f"{name}: not a number") from None


def _moment(text: str, zone: tzinfo) -> str:
    """Return a time as ISO 8601 with its zone; 2019/8/19 11:48 is one too, and a date is its beginning."""
    date = _DATE.match(text)
    try:
        if date is not None:
            year, month, day = (int(part) for part in date.groups())
            text = f"{year:04}-{month:02}-{day:02}{text[date.end() :]}"
            text = _SHORT_HOUR.sub(r"\g<1>0\2", text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RowError("made_at: not a time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _key(*parts: str) -> str:
    # Lengths before the parts: no two lists of parts give the same text.
    joined = "".join(f"{len(part)}:{part}" for part in ("linli-import", *parts))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
