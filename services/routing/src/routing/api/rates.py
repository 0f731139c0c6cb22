"""The rates of all time, in short; `/v1/indicators` tells more."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from linli.chassis.database import Reading
from linli.chassis.runtime import Now
from routing.api.scopes import Areas, areas_of_caller
from routing.domain.indicators import INDICATORS, IndicatorName, Rate
from routing.figures import read_sums
from routing.scope import EVERYTHING, Scope

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


@router.get("")
async def read_rates(connection: Reading, areas: Annotated[Areas, Depends(areas_of_caller)], now: Now) -> RatesRead:
    """Return the rates of a unit with all beneath it, or of all that the caller oversees."""
    sums = (await read_sums(connection, Scope(areas=areas), at=now)).get(EVERYTHING, {})
    rates = {name: RateRead.of(INDICATORS[IndicatorName(name)].rate(sums)) for name in RatesRead.model_fields}
    return RatesRead.model_validate(rates)
