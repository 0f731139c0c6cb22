"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Mapping

from fastapi import Response

from linli.chassis.cells import cell


def csv_response(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """Return a table as CSV in UTF-8 with a byte order mark, which spreadsheets need to read Chinese."""
    file = io.StringIO()
    table = csv.DictWriter(file, list(columns))
    table.writeheader()
    for row in rows:
        table.writerow({name: cell(value) for name, value in row.items()})
    return Response("\ufeff" + file.getvalue(), media_type="text/csv; charset=utf-8")
