"""Whose figures callers may ask for, as parameters of routes."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from linli.chassis.auth import require, require_area
from linli.chassis.principal import Principal
from linli.chassis.problems import ProblemError
from linli.contracts import AreaPath, Slug
from linli.contracts.words import SLUG
from routing.domain.period import Period
from routing.scope import EVERYTHING, Scope

FigureReader = Annotated[Principal, Depends(require("staff", "supervisor", "platform"))]
"""Somebody who may see figures."""

Areas = Sequence[str]

EARLIEST, LATEST = date(1900, 1, 1), date(9999, 1, 1)


async def areas_of_caller(
    reader: FigureReader, unit: Annotated[AreaPath | None, Query(description="A unit with all beneath it")] = None
) -> Areas:
    """Return the areas whose figures are asked for: a unit, or all that the caller oversees."""
    platform = reader.has_role("platform")
    if unit is None:
        return (EVERYTHING,) if platform else reader.areas
    if not platform:
        require_area(reader, unit)
    return (unit,)


async def period_of_caller(
    begins: Annotated[
        date | None, Query(alias="from", ge=EARLIEST, lt=LATEST, description="First day, in Asia/Shanghai")
    ] = None,
    ends: Annotated[
        date | None, Query(alias="to", ge=EARLIEST, lt=LATEST, description="Day after the last one")
    ] = None,
) -> Period:
    """Return the days that are asked for."""
    if begins is not None and ends is not None and begins >= ends:
        fault = {"field": "to", "message": "must be later than from"}
        raise ProblemError(422, "invalid-request", "The request is not valid", errors=[fault])
    return Period(begins, ends)


async def _scope(
    areas: Annotated[Areas, Depends(areas_of_caller)],
    period: Annotated[Period, Depends(period_of_caller)],
    department: Annotated[Slug | None, Query(description="The leading department")] = None,
    category: Annotated[
        str | None, Query(pattern=rf"^{SLUG}(?:\.{SLUG})?$", max_length=80, description="Major, or major.minor")
    ] = None,
) -> Scope:
    return Scope(areas=areas, department=department, category=category, period=period)


CurrentScope = Annotated[Scope, Depends(_scope)]
"""What is asked for, as a parameter of a route."""
