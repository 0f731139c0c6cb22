"""How messages are told in an area: staff of the area decide."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from linli.chassis.auth import Caller, require_area
from linli.chassis.database import Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime, Now, Runtime
from notify import usecases
from notify.api.texts import EDITORS, Area, Template, known, present_area, require_staff
from notify.domain.manners import Manner

router = APIRouter(prefix="/v1")


class MannerWrite(BaseModel):
    """How a message is told in an area and below it, unless the rules of a smaller area say otherwise."""

    model_config = ConfigDict(extra="forbid")

    area: Annotated[str, Field(max_length=200)]
    manner: Manner


@router.put("/templates/{template}/manner", status_code=204)
async def decide_manner(
    template: Template,
    body: MannerWrite,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    now: Now,
) -> None:
    """Decide how urgently and on which channels a message is told in an area, and where next if it is not read."""
    require_staff(caller, *EDITORS)
    area = present_area(district, body.area)
    require_area(caller, area)
    known(runtime, template)
    _check_channels(runtime, body.manner)
    await usecases.decide_manner(connection, area, template, body.manner, usecases.Author(caller.subject, now))


@router.delete("/templates/{template}/manner", status_code=204)
async def drop_manner(
    template: Template, area: Area, caller: Caller, connection: Transaction, district: CurrentDistrict
) -> None:
    """Tell a message in an area again as it is told above."""
    require_staff(caller, *EDITORS)
    require_area(caller, present_area(district, area))
    await usecases.drop_manner(connection, area, template)


def _check_channels(runtime: Runtime, manner: Manner) -> None:
    there = runtime.extra(usecases.Reach).channels
    named = {*manner.channels, *((manner.escalate.channel,) if manner.escalate else ())}
    unknown = sorted(named - set(there))
    if unknown:
        errors = [{"field": "manner", "message": f"there is no channel {', '.join(unknown)}"}]
        raise ProblemError(422, "invalid-request", "The request is not valid", errors=errors)
