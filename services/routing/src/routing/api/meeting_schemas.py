"""What callers of the meetings' API send and get."""

from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from linli.chassis.text import PlainText
from linli.contracts import AreaPath, MeetingKind, Slug
from routing.api.schemas import Moment
from routing.domain.meetings import Decision, Meeting, MeetingState, Plan

Line = Annotated[PlainText, Field(min_length=1, max_length=200)]
Agenda = Annotated[list[Line], Field(max_length=30)]
Units = Annotated[list[AreaPath], Field(max_length=50)]
Departments = Annotated[list[Slug], Field(max_length=20)]


class MeetingCreate(BaseModel):
    """A meeting about open cases; the first one says where the meeting belongs."""

    model_config = ConfigDict(extra="forbid")

    kind: MeetingKind
    title: Line
    place: Line
    starts_at: Moment
    ends_at: Moment
    cases: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    agenda: Agenda = []
    units: Units = []
    departments: Departments = []

    def plan(self) -> Plan:
        """Return what the meeting is to be."""
        told = self.model_dump(exclude={"cases"})
        return Plan(**{**told, **_lists(told)})


class MeetingChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    kind: MeetingKind = MeetingKind.ON_SITE
    title: Line = ""
    place: Line = ""
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    agenda: Agenda = []
    units: Units = []
    departments: Departments = []

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        for field in self.model_fields_set:
            if getattr(self, field) is None:
                raise ValueError(f"{field} must not be null")
        return self

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given."""
        told = self.model_dump(exclude_unset=True)
        return {**told, **_lists(told)}


class DecisionCreate(BaseModel):
    """Work on one of the cases, by a unit, until a moment."""

    model_config = ConfigDict(extra="forbid")

    case_id: UUID
    unit: AreaPath
    work: Annotated[PlainText, Field(min_length=1, max_length=1000)]
    deadline: Moment


class HoldMeeting(BaseModel):
    """What a meeting came to."""

    model_config = ConfigDict(extra="forbid")

    minutes: Annotated[PlainText, Field(min_length=1, max_length=4000)]
    decisions: Annotated[list[DecisionCreate], Field(max_length=30)] = []

    def decided(self) -> list[Decision]:
        """Return the decisions."""
        return [Decision(**decision.model_dump()) for decision in self.decisions]


class CancelMeeting(BaseModel):
    """Why a meeting is called off."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[PlainText, Field(min_length=1, max_length=1000)]


class DecisionRead(BaseModel):
    """What a meeting decided."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    unit: str
    work: str
    deadline: Moment


class MeetingRead(BaseModel):
    """A meeting as those see it whom it concerns; ``version`` is its ETag."""

    id: UUID
    state: MeetingState
    kind: MeetingKind
    title: str
    place: str
    starts_at: Moment
    ends_at: Moment
    agenda: tuple[str, ...]
    cases: tuple[UUID, ...]
    units: tuple[str, ...]
    departments: tuple[str, ...]
    confidential: bool
    called_by: str
    called_by_name: str
    minutes: str | None
    reason: str | None
    decisions: list[DecisionRead]
    version: int

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        """Return a meeting as callers see it."""
        plan = {name: getattr(meeting.plan, name) for name in Plan.__slots__}
        own = {name: getattr(meeting, name) for name in cls.model_fields if name not in plan}
        decisions = [DecisionRead.model_validate(decision) for decision in meeting.decisions]
        return cls(**{**plan, **own, "decisions": decisions})


def _lists(told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the lists without what they name twice."""
    return {name: tuple(dict.fromkeys(told[name])) for name in ("agenda", "units", "departments") if name in told}
