"""All that staff look for as one file: CSV, XLSX or GeoJSON, in the memory of a page however many there are."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import StreamingResponse

from intake.api.looking import IssueQuery, scope_of
from intake.api.scope import Staff
from intake.desk_queries import IssueFilter, Scope, has_more_than, list_issues
from intake.queries import AnyRow
from linli.chassis.cells import cell
from linli.chassis.database import connected
from linli.chassis.describing import refusal
from linli.chassis.district import CurrentDistrict
from linli.chassis.language import Language
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime
from linli.district.known import KnownDistrict

router = APIRouter(prefix="/v1/issues", tags=["desk"])

PAGE = 2000
MOST_ROWS_XLSX = 100_000
"""A workbook is written whole before any of it can be sent; Excel itself opens 1,048,576 rows."""

BOM = "\ufeff"
"""Tells spreadsheets that it is UTF-8."""

CHUNK_BYTES = 256 * 1024

COLUMNS = (
    "id", "state", "category", "category_name", "area", "area_name", "address", "lat", "lon", "description",
    "attributes", "language", "source", "reported_at", "made_at", "level", "unit", "department", "handler", "deadline",
    "outcome", "supporters", "solved", "satisfaction", "merged_into",
)  # fmt: skip

Form = Literal["csv", "xlsx", "geojson"]
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}


@router.get(
    "/export.{form}",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The file", "content": {media.partition(";")[0]: {} for media in MEDIA.values()}},
        **refusal(409, "Too many rows for a workbook"),
    },
)
async def export_issues(
    form: Form,
    principal: Staff,
    runtime: CurrentRuntime,
    district: CurrentDistrict,
    language: Language,
    asked: Annotated[IssueQuery, Query()],
) -> StreamingResponse:
    """Give all issues that are looked for, newest first; a workbook of more than 100,000 is refused.

    What is reported while it is written may be missing. A cell never is a formula, whatever residents wrote.
    """
    scope, wanted = scope_of(principal, district), asked.filter(runtime.now())
    if form == "xlsx":
        await _check_room(runtime.engine, scope, wanted)
    content = _WRITERS[form](runtime.engine, scope, wanted, district, language)
    headers = {"Content-Disposition": f'attachment; filename="issues.{form}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(content, headers=headers, media_type=MEDIA[form])


async def _check_room(engine: AsyncEngine, scope: Scope, wanted: IssueFilter) -> None:
    async with connected(engine) as connection:
        if await has_more_than(connection, scope, wanted, MOST_ROWS_XLSX):
            detail = f"A workbook has at most {MOST_ROWS_XLSX} rows. Look for less, such as one year, or take the CSV."
            raise ProblemError(409, "too-many-rows", "Too many rows for a workbook", detail)


async def pages(engine: AsyncEngine, scope: Scope, wanted: IssueFilter) -> AsyncIterator[Sequence[AnyRow]]:
    """Yield what is looked for page by page, each read by itself: nothing is held while a slow reader reads."""
    after = None
    while True:
        async with connected(engine) as connection:
            rows = await list_issues(connection, scope, wanted, after=after, limit=PAGE)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = rows[-1].id


async def csv_rows(
    engine: AsyncEngine, scope: Scope, wanted: IssueFilter, district: KnownDistrict, language: str
) -> AsyncIterator[str]:
    """Yield a CSV file."""
    yield BOM + _lines([COLUMNS])
    async for rows in pages(engine, scope, wanted):
        yield await asyncio.to_thread(_lines, (_cells(row, district, language) for row in rows))


async def features(
    engine: AsyncEngine, scope: Scope, wanted: IssueFilter, district: KnownDistrict, language: str
) -> AsyncIterator[str]:
    """Yield a feature collection of GeoJSON; an issue without a point has no geometry."""
    yield '{"type":"FeatureCollection","features":['
    between = ""
    async for rows in pages(engine, scope, wanted):
        yield between + ",".join(_feature(row, district, language) for row in rows)
        between = ","
    yield "]}"


async def workbook(
    engine: AsyncEngine, scope: Scope, wanted: IssueFilter, district: KnownDistrict, language: str
) -> AsyncIterator[bytes]:
    """Yield a workbook, once it is written to the disk."""
    from openpyxl import Workbook  # noqa: PLC0415 - a seventh of a start, and few ask for workbooks

    with TemporaryDirectory(prefix="linli-export-") as folder:
        path = Path(folder, "issues.xlsx")
        book = Workbook(write_only=True)
        sheet = book.create_sheet("issues")
        sheet.append(COLUMNS)
        async for rows in pages(engine, scope, wanted):
            await asyncio.to_thread(_append, sheet, [_cells(row, district, language) for row in rows])
        await asyncio.to_thread(book.save, path)
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


def _append(sheet: Any, rows: Sequence[Sequence[str]]) -> None:  # noqa: ANN401 - openpyxl's own
    for row in rows:
        sheet.append(row)


def _lines(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _cells(row: AnyRow, district: KnownDistrict, language: str) -> list[str]:
    values = _values(row, district, language)
    values["attributes"] = json.dumps(row.attributes, ensure_ascii=False) if row.attributes else None
    return [cell(values[column]) for column in COLUMNS]


def _feature(row: AnyRow, district: KnownDistrict, language: str) -> str:
    values = _values(row, district, language)
    lat, lon = values.pop("lat"), values.pop("lon")
    geometry = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
    feature = {"type": "Feature", "id": values.pop("id"), "geometry": geometry, "properties": values}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _values(row: AnyRow, district: KnownDistrict, language: str) -> dict[str, Any]:
    category, unit = district.categories.get(row.category), district.named(row.area)
    return {
        "id": str(row.id),
        "state": row.state,
        "category": row.category,
        "category_name": category.name.in_language(language) if category else row.category,
        "area": row.area,
        "area_name": unit.name.in_language(language) if unit else row.area,
        "address": row.address,
        "lat": row.lat,
        "lon": row.lon,
        "description": row.description,
        "attributes": row.attributes,
        "language": row.language,
        "source": row.source,
        "reported_at": row.reported_at.isoformat(),
        "made_at": row.made_at.isoformat() if row.made_at else None,
        "level": row.level,
        "unit": row.unit,
        "department": row.department,
        "handler": row.handler_name,
        "deadline": row.deadline.isoformat() if row.deadline else None,
        "outcome": row.outcome,
        "supporters": row.supporters,
        "solved": row.solved,
        "satisfaction": row.satisfaction,
        "merged_into": str(row.merged_into) if row.merged_into else None,
    }


_WRITERS: Mapping[Form, Callable[[AsyncEngine, Scope, IssueFilter, KnownDistrict, str], AsyncIterator[str | bytes]]] = {
    "csv": csv_rows,
    "xlsx": workbook,
    "geojson": features,
}
