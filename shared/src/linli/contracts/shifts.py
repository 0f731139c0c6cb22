"""What volunteer says of shifts, and of the places on them; ``category`` is ``service.<kind>``.

Who comes is sealed, as ``volunteer``. Events of a shift and of its places are ordered by the shift.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from linli.contracts.words import EventData, Line, Sealed, Slug


class ActivityAnnounced(EventData):
    """Something takes place once or again and again, and people are looked for."""

    activity_id: UUID
    title: Line
    starts_at: datetime
    shifts: int = Field(ge=1)


class ShiftEvent(EventData):
    """What every event of a shift names."""

    shift_id: UUID
    activity_id: UUID
    title: Line
    starts_at: datetime
    ends_at: datetime


class ShiftCancelled(ShiftEvent):
    """A shift does not take place; whoever was to come is told by an event of their own."""


class ShiftAtRisk(ShiftEvent):
    """A shift begins soon, and people are missing."""

    missing: int = Field(ge=1)


class ShiftHeld(ShiftEvent):
    """A shift took place: so many attended, and so many had places on it; told again when somebody counts again."""

    attended: int = Field(ge=0)
    came: int = Field(ge=0)


class AssignmentEvent(ShiftEvent):
    """What every event of a place on a shift names: the part that somebody has there, and them."""

    assignment_id: UUID
    part: Slug
    volunteer: Sealed | None = None


class AssignmentProposed(AssignmentEvent):
    """A plan asks somebody to come."""


class AssignmentAccepted(AssignmentEvent):
    """Somebody comes."""


class AssignmentWaitlisted(AssignmentEvent):
    """All places are taken; somebody waits for one."""


class AssignmentOffered(AssignmentEvent):
    """A place is free for somebody who waited, if they confirm in time."""

    until: datetime


class AssignmentLapsed(AssignmentEvent):
    """Somebody who waited did not confirm in time; the place goes to the next."""


class AssignmentDeclined(AssignmentEvent):
    """Somebody does not want what was proposed or offered, or waits no longer."""


class AssignmentCancelled(AssignmentEvent):
    """Somebody comes no more."""

    why: Literal["volunteer", "shift-cancelled", "plan", "organiser", "swapped", "left"] = Field(
        description="They gave it up, the shift does not take place, another plan was made, who organises decided so, "
        "somebody else took the place, or they left"
    )
    late: bool = Field(default=False, description="Given up shortly before the shift")


class AssignmentSwapOffered(AssignmentEvent):
    """Somebody would hand their place on to ``volunteer``."""


class AssignmentReminded(AssignmentEvent):
    """The shift that somebody comes to begins soon."""
