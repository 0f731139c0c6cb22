"""How cases travel between units."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from linli.chassis.database import Reading
from routing.api.scopes import Areas, areas_of_caller, period_of_caller
from routing.domain.period import Period
from routing.domain.states import Action
from routing.reroutings import count_ways

router = APIRouter(prefix="/v1/reroutings", tags=["indicators"])


class WayTaken(BaseModel):
    """A way between two units: how many moves went it, of how many cases.

    ``back`` is how many of the moves took a case to a unit that had given it away before.
    """

    model_config = ConfigDict(from_attributes=True)

    from_unit: str
    to_unit: str
    action: Action
    moves: int
    cases: int
    back: int


@router.get("")
async def list_ways(
    connection: Reading,
    areas: Annotated[Areas, Depends(areas_of_caller)],
    period: Annotated[Period, Depends(period_of_caller)],
) -> list[WayTaken]:
    """List the 100 most used ways on which cases changed their unit, to or from an area, in a period."""
    return [WayTaken.model_validate(dict(row)) for row in await count_ways(connection, areas, period)]
