"""Indicators as callers get them."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from linli.contracts import Stage
from routing.api.schemas import CaseRead
from routing.domain.indicators import INDICATORS, IndicatorName
from routing.domain.measures import TimeMeasure
from routing.domain.rulebook import Rulebook
from routing.domain.times import stage_time
from routing.evidence import Evidence
from routing.figures import Breakdown, Sums
from routing.scope import Scope


class FigureRead(BaseModel):
    """An indicator with what it is made of; ``percent`` or ``mean`` is null where there is nothing to measure."""

    numerator: float
    denominator: int
    percent: float | None = Field(None, description="Of a part of a whole")
    mean: float | None = Field(None, description="Of what is counted per case")

    @classmethod
    def of(cls, name: IndicatorName, sums: Sums) -> Self:
        """Return an indicator over sums."""
        indicator = INDICATORS[name]
        rate = indicator.rate(sums)
        told = {"mean": _told(rate.mean)} if indicator.per_case else {"percent": _told(rate.percent)}
        return cls(numerator=float(rate.numerator), denominator=rate.denominator, **told)


class TimeRead(BaseModel):
    """How long a stage took, in hours of the clock; null where no time was taken."""

    count: int
    mean_hours: float | None
    p50_hours: float | None
    p90_hours: float | None

    @classmethod
    def of(cls, stage: TimeMeasure, sums: Sums) -> Self:
        """Return the times of a stage over sums."""
        time = stage_time(stage, sums)
        return cls(
            count=time.count,
            mean_hours=_told(time.mean_hours),
            p50_hours=_told(time.p50_hours),
            p90_hours=_told(time.p90_hours),
        )


class FiguresRead(BaseModel):
    """All indicators and times of one row; ``key`` is null for the whole, and for cases without a department."""

    key: str | None
    indicators: dict[IndicatorName, FigureRead]
    times: dict[Stage, TimeRead]

    @classmethod
    def of(cls, key: str, sums: Sums) -> Self:
        """Return the row of a key."""
        return cls(
            key=key or None,
            indicators={name: FigureRead.of(name, sums) for name in IndicatorName},
            times={stage.stage: TimeRead.of(stage, sums) for stage in TimeMeasure},
        )


class IndicatorsRead(BaseModel):
    """Indicators of a scope: as a whole, and by what they were asked to be broken down by."""

    areas: list[str] | None = Field(description="null: all")
    department: str | None
    category: str | None
    begins: date | None = Field(serialization_alias="from")
    ends: date | None = Field(serialization_alias="to")
    by: Breakdown | None
    total: FiguresRead
    rows: list[FiguresRead]

    @classmethod
    def of(cls, scope: Scope, by: Breakdown | None, rows: Mapping[str, Sums]) -> Self:
        """Return the figures of a scope, each fact of which is in one of the rows."""
        areas = scope.outermost()
        total: Counter[str] = Counter()
        for sums in rows.values():
            total.update(sums)
        return cls(
            areas=areas if all(areas) else None,
            department=scope.department,
            category=scope.category,
            begins=scope.period.begins,
            ends=scope.period.ends,
            by=by,
            total=FiguresRead.of("", total),
            rows=[] if by is None else [FiguresRead.of(key, sums) for key, sums in rows.items()],
        )


class EvidenceRead(BaseModel):
    """A case behind a figure, the day that it counts for and what it counts for."""

    day: date
    amount: float
    seconds: int | None = Field(description="The time that was taken, of times")
    case: CaseRead

    @classmethod
    def of(cls, evidence: Evidence, rulebook: Rulebook) -> Self:
        """Return evidence as callers see it."""
        case = CaseRead.of(evidence.case, rulebook)
        return cls(day=evidence.day, amount=float(evidence.amount), seconds=evidence.seconds, case=case)


def _told(value: Decimal | None) -> float | None:
    # Two places fit into a float without a difference that could be told.
    return None if value is None else float(value)
