"""Indicators as CSV, line by line."""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from linli.chassis.cells import cell
from routing.domain.indicators import INDICATORS
from routing.domain.measures import TimeMeasure
from routing.domain.times import TITLES, stage_time
from routing.figures import Breakdown, Sums
from routing.scope import EVERYTHING

HEAD = ("name", "title", "numerator", "denominator", "percent", "mean", "p50", "p90")

Cell = object


def csv_lines(rows: Mapping[str, Sums], by: Breakdown | None, language: str) -> Iterator[str]:
    """Yield the lines of a table: each figure of each row, with times in hours; what is unknown is empty.

    A text that a spreadsheet would take for a formula is quoted with an apostrophe.
    """
    shown = rows or ({EVERYTHING: {}} if by is None else {})
    yield _line([*(() if by is None else (by.value,)), *HEAD])
    for key, sums in shown.items():
        for figure in _figures(sums, language):
            yield _line([*(() if by is None else (key,)), *figure])


def _figures(sums: Sums, language: str) -> Iterator[tuple[Cell, ...]]:
    for name, indicator in INDICATORS.items():
        rate = indicator.rate(sums)
        told = (None, rate.mean) if indicator.per_case else (rate.percent, None)
        yield name.value, indicator.title.in_language(language), rate.numerator, rate.denominator, *told, None, None
    for stage in TimeMeasure:
        time = stage_time(stage, sums)
        hours = (time.mean_hours, time.p50_hours, time.p90_hours)
        yield stage.value, TITLES[stage].in_language(language), None, time.count, None, *hours


def _line(cells: list[Cell]) -> str:
    line = StringIO()
    csv.writer(line).writerow([cell(one) for one in cells])
    return line.getvalue()
