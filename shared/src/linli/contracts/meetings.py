"""What routing says of a meeting. It is routed as the first of its cases is."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from linli.contracts.cases import Reason
from linli.contracts.words import AreaPath, EventData, Line, Slug


class MeetingKind(StrEnum):
    """The forms of meeting: on the site, to coordinate, of many parties."""

    ON_SITE = "on-site"
    COORDINATION = "coordination"
    JOINT = "joint"


class MeetingEvent(EventData):
    """What every event of a meeting names: the cases that it is about, the units and departments that are invited."""

    meeting_id: UUID
    cases: tuple[UUID, ...] = Field(min_length=1)
    units: tuple[AreaPath, ...] = ()
    departments: tuple[Slug, ...] = ()

    def addressees(self) -> tuple[str, ...]:
        """Return the departments that are invited."""
        return self.departments


class MeetingCalled(MeetingEvent):
    """A meeting about some cases takes place; sent again when it is moved."""

    kind: MeetingKind
    title: Line
    place: Line
    starts_at: datetime
    ends_at: datetime
    agenda: tuple[Line, ...] = ()


class MeetingHeld(MeetingEvent):
    """A meeting took place; what it decided are tasks of its cases."""

    title: Line
    minutes: Annotated[str, StringConstraints(max_length=4000)]
    decisions: int = Field(ge=0)


class MeetingCancelled(MeetingEvent):
    """A meeting does not take place."""

    title: Line
    reason: Reason
