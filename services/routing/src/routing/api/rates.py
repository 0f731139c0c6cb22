"""How well cases are handled."""

from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from linli.chassis.auth import require, require_area
from linli.chassis.database import Reading
from linli.chassis.principal import Principal
from linli.chassis.runtime import Now
from linli.contracts import AreaPath
from routing.counts import count_closing, count_visits
from routing.domain import indicators
from routing.domain.indicators import Rate

router = APIRouter(prefix="/v1/rates", tags=["rates"])


class RateRead(BaseModel):
    """A rate with what it is made of; ``percent`` is null where there is nothing to measure."""

    numerator: float
    denominator: int
    percent: float | None

    @classmethod
    def of(cls, rate: Rate) -> Self:
        """Return a rate as callers see it."""
        percent = rate.percent
        return cls(
            numerator=float(rate.numerator),
            denominator=rate.denominator,
            percent=None if percent is None else float(percent),
        )


class RatesRead(BaseModel):
    """The rates of the return visits, and of the cases that are due to close."""

    response: RateRead
    solution: RateRead
    satisfaction: RateRead
    closing: RateRead
    on_time_closing: RateRead


async def _areas(
    reader: Annotated[Principal, Depends(require("staff", "supervisor", "platform"))],
    unit: Annotated[AreaPath | None, Query(description="A unit with all beneath it")] = None,
) -> Sequence[str] | None:
    platform = reader.has_role("platform")
    if unit is None:
        return None if platform else reader.areas
    if not platform:
        require_area(reader, unit)
    return (unit,)


@router.get("")
async def read_rates(
    connection: Reading, areas: Annotated[Sequence[str] | None, Depends(_areas)], now: Now
) -> RatesRead:
    """Return the rates of a unit with all beneath it, or of all that the caller oversees."""
    visits = await count_visits(connection, areas)
    cases = await count_closing(connection, areas, at=now)
    return RatesRead(
        response=RateRead.of(indicators.response_rate(visits)),
        solution=RateRead.of(indicators.solution_rate(visits)),
        satisfaction=RateRead.of(indicators.satisfaction_rate(visits)),
        closing=RateRead.of(indicators.closing_rate(cases)),
        on_time_closing=RateRead.of(indicators.on_time_closing_rate(cases)),
    )
