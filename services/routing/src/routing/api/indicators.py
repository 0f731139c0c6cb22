"""The indicators, what they are broken down by, and the cases behind them."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading
from linli.chassis.language import Language
from linli.chassis.runtime import Now
from routing.api.callers import CurrentRulebook
from routing.api.indicator_csv import csv_lines
from routing.api.indicator_schemas import EvidenceRead, IndicatorsRead
from routing.api.scopes import CurrentScope, FigureReader
from routing.domain.indicators import INDICATORS, IndicatorName
from routing.domain.measures import TimeMeasure
from routing.evidence import EvidenceCursor, Weights, list_evidence
from routing.figures import Breakdown, read_sums

router = APIRouter(prefix="/v1", tags=["indicators"])

CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

By = Annotated[Breakdown | None, Query(description="What the rows are")]


class Part(StrEnum):
    """The two parts of a figure; a time has one list, whichever is asked for."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


@router.get("/indicators")
async def read_indicators(connection: Reading, scope: CurrentScope, now: Now, by: By = None) -> IndicatorsRead:
    """Return all indicators of a unit with all beneath it, or of all that the caller oversees."""
    rows = await read_sums(connection, scope, by, at=now)
    return IndicatorsRead.of(scope, by, rows)


@router.get("/indicators.csv", response_class=StreamingResponse, responses=CSV_ANSWER)
async def read_indicators_csv(
    connection: Reading, scope: CurrentScope, now: Now, language: Language, by: By = None
) -> Response:
    """Return the same as a table: a line for each figure of each row, with its title in the caller's language."""
    rows = await read_sums(connection, scope, by, at=now)
    headers = {"Content-Disposition": 'attachment; filename="indicators.csv"'}
    return StreamingResponse(csv_lines(rows, by, language), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/indicators/{name}/cases")
async def list_cases_behind(
    name: IndicatorName | TimeMeasure,
    connection: Reading,
    reader: FigureReader,
    scope: CurrentScope,
    rulebook: CurrentRulebook,
    now: Now,
    part: Part = Part.NUMERATOR,
    after: After = None,
    limit: Limit = 50,
) -> Page[EvidenceRead]:
    """List what a figure counts, the newest day first.

    The amounts add up to the figure. Cases that the caller may not see are counted in the figure and not listed.
    """
    cursor = EvidenceCursor.decode(after) if after is not None else None
    weights = _weights(name, part)
    evidence, following = await list_evidence(connection, reader, weights, scope, at=now, after=cursor, limit=limit)
    items = [EvidenceRead.of(one, rulebook) for one in evidence]
    return Page(items=items, next=following and following.encode())


def _weights(name: IndicatorName | TimeMeasure, part: Part) -> Weights:
    if isinstance(name, TimeMeasure):
        return {name: Decimal(1)}
    indicator = INDICATORS[name]
    return indicator.numerator if part is Part.NUMERATOR else {indicator.denominator: Decimal(1)}
