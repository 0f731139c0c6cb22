"""What routing says of a case. A case has the id of its issue."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from linli.contracts.words import AreaPath, EventData, Slug


class Level(StrEnum):
    """The levels of the grid, lowest first."""

    BUILDING = "building"
    COMPOUND = "compound"
    PRECINCT = "precinct"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"


class Handler(BaseModel):
    """The named person responsible, in their public office."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Slug
    name: str = Field(max_length=80)
    post: str = Field(max_length=80)


class CaseEvent(EventData):
    """What every event of a case names."""

    case_id: UUID


class CaseRouted(CaseEvent):
    """The case has an owner: a unit, a named person, a deadline. Sent again each time the owner changes."""

    level: Level
    unit: AreaPath
    handler: Handler
    deadline: datetime
    lead_department: Slug | None
    co_departments: tuple[Slug, ...] = ()
    hops: int = Field(ge=0)
    volunteers_wanted: int = Field(default=0, ge=0)
    confidential: bool = False


class CaseAccepted(CaseEvent):
    """The handler has taken the case on."""

    handler: Handler


class CaseStarted(CaseEvent):
    """Work on the matter has begun."""

    handler: Handler


class CaseEscalated(CaseEvent):
    """The matter is beyond the unit's authority and went up; a ``case.routed`` with the new owner follows."""

    from_unit: AreaPath
    to_unit: AreaPath
    reason: str = Field(max_length=1000)


class CaseReturned(CaseEvent):
    """The unit says that the case is not its own; a ``case.routed`` with the new owner follows."""

    from_unit: AreaPath
    to_unit: AreaPath
    reason: str = Field(max_length=1000)


class CaseResolved(CaseEvent):
    """The handler says that it is done. This closes nothing: the reporter is asked next."""

    handler: Handler
    outcome: str = Field(max_length=2000)


class CaseVerified(CaseEvent):
    """Someone other than the handler found it solved."""

    by: Literal["return-visit"]


class CaseReopened(CaseEvent):
    """It was not solved: rework, by the same handler, with a new deadline."""

    handler: Handler
    deadline: datetime


class CaseClosed(CaseEvent):
    """The end of the case."""

    unit: AreaPath
    level: Level
    on_time: bool


class DispatchRequested(CaseEvent):
    """A department is called to the case: one leads, others co-handle."""

    department: Slug
    role: Literal["lead", "co"]
    deadline: datetime
