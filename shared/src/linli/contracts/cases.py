"""What routing says of a case. A case has the id of its issue."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from linli.contracts.words import AreaPath, EventData, Slug


class Level(StrEnum):
    """The levels of the grid, lowest first."""

    BUILDING = "building"
    COMPOUND = "compound"
    PRECINCT = "precinct"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"


Reason = Annotated[str, StringConstraints(max_length=1000)]
"""Why somebody did it, in their own words."""


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
    responsible: Handler | None = Field(default=None, description="Who answers for it until the handler accepts")
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
    reason: Reason


class CaseReturned(CaseEvent):
    """The unit says that the case is not its own; a ``case.routed`` with the new owner follows."""

    from_unit: AreaPath
    to_unit: AreaPath
    reason: Reason


class CaseDelegated(CaseEvent):
    """Somebody above gave the case to a unit beneath; a ``case.routed`` with the new owner follows."""

    from_unit: AreaPath
    to_unit: AreaPath
    reason: Reason


class CaseTransferred(CaseEvent):
    """The case went to another unit or person; a ``case.routed`` with the new owner follows."""

    from_unit: AreaPath
    to_unit: AreaPath
    reason: Reason


class CaseResolved(CaseEvent):
    """The handler says that it is done. This closes nothing: the reporter is asked next."""

    handler: Handler
    outcome: str = Field(max_length=2000)


class CaseInspected(CaseEvent):
    """Someone other than the handler looked and found it solved; the reporter is asked next."""


class CaseVerified(CaseEvent):
    """The reporter found it solved before anybody else had looked: their word counts for an inspection."""

    by: Literal["return-visit"]


class CaseReopened(CaseEvent):
    """It was not solved: rework, by the same handler, with a new deadline; ``by`` says who found that out."""

    handler: Handler
    deadline: datetime
    by: Literal["reporter", "inspection"] = "reporter"


class CaseClosed(CaseEvent):
    """The end of the case; ``answered`` is false where the reporter did not answer the return visit in time."""

    unit: AreaPath
    level: Level
    on_time: bool
    answered: bool = True


class CaseDeclined(CaseEvent):
    """The end of a case that is nobody's here to settle; the reporter is told the reason."""

    handler: Handler
    reason: Reason


class CaseMerged(CaseEvent):
    """The matter is handled with another case, ``into``, from now on."""

    into: UUID


class CaseUnmerged(CaseEvent):
    """The case is handled by itself again."""

    handler: Handler
    deadline: datetime


class CaseMergeRefused(CaseEvent):
    """The case was to be merged into another, ``into``, when one of both had ended: it stays by itself."""

    into: UUID


class CaseAbsorbed(CaseEvent):
    """Another case, ``other``, is handled with this one from now on; ``deadline`` is the earlier of both."""

    other: UUID
    deadline: datetime


class CaseReleased(CaseEvent):
    """A case that was handled with this one is handled by itself again."""

    other: UUID
    deadline: datetime


class CaseWithdrawn(CaseEvent):
    """The end of a case whose reporter took the issue back."""
