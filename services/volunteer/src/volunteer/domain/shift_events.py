"""What is said of activities, shifts and the places on them; whoever comes is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from linli.contracts import (
    ActivityAnnounced,
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentDeclined,
    AssignmentOffered,
    AssignmentWaitlisted,
    EventData,
    ShiftAtRisk,
    ShiftCancelled,
    ShiftHeld,
)
from linli.contracts.shifts import AssignmentEvent
from volunteer.domain.shifts import Activity, Assignment, AssignmentState, Shift


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to somebody's place in a role of a shift; ``told`` is what only an event of this kind says."""

    kind: type[AssignmentEvent]
    assignment_id: UUID
    role: str
    volunteer_id: UUID
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def to(cls, one: Assignment, kind: type[AssignmentEvent], **told: object) -> "Happened":
        """Return what happened to an assignment."""
        return cls(kind, one.id, one.role, one.volunteer_id, told)

    def event(self, shift: Shift, volunteer: str | None) -> EventData:
        """Return the event; ``volunteer`` is sealed."""
        place = {"assignment_id": self.assignment_id, "part": self.role, "volunteer": volunteer}
        return self.kind(**_of(shift), **place, **self.told)


def announced(activity: Activity, first: datetime, shifts: int) -> EventData:
    """Return the event of an activity with so many shifts, of which the first begins then."""
    named = {
        "category": f"service.{activity.kind}",
        "area": activity.area,
        "activity_id": activity.id,
        "title": activity.title,
    }
    return ActivityAnnounced(**named, starts_at=first, shifts=shifts)


def called_off(shift: Shift) -> EventData:
    """Return the event of a shift that does not take place."""
    return ShiftCancelled(**_of(shift))


def placed(one: Assignment) -> Happened:
    """Return what happened when somebody took a place, or waits for one."""
    accepted = one.state is AssignmentState.ACCEPTED
    return Happened.to(one, AssignmentAccepted if accepted else AssignmentWaitlisted)


def given_up(one: Assignment) -> Happened:
    """Return what happened when somebody declined, or gave up a place that they had."""
    if one.state is AssignmentState.DECLINED:
        return Happened.to(one, AssignmentDeclined)
    return Happened.to(one, AssignmentCancelled, why="volunteer", late=one.late)


def offered(one: Assignment) -> Happened:
    """Return what happened when a place became free for somebody who waited."""
    return Happened.to(one, AssignmentOffered, until=one.offered_until)


def at_risk(shift: Shift, missing: int) -> EventData:
    """Return the event of a shift that begins soon and lacks so many people."""
    return ShiftAtRisk(**_of(shift), missing=missing)


def held(shift: Shift, attended: int, came: int) -> EventData:
    """Return the event of a shift to which so many came, besides those on its places."""
    return ShiftHeld(**_of(shift), attended=attended, came=came)


def _of(shift: Shift) -> dict[str, Any]:
    return {
        "category": f"service.{shift.kind}",
        "area": shift.area,
        "shift_id": shift.id,
        "activity_id": shift.activity_id,
        "title": shift.title,
        "starts_at": shift.begins_at,
        "ends_at": shift.ends_at,
    }
