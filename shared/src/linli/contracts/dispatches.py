"""What routing says of the parts of a case that others do: departments that were called, tasks that were given out.

A case has at most one dispatch per department; it is ordered with the events of its case.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from linli.contracts.cases import CaseEvent, Reason
from linli.contracts.words import AreaPath, Slug

Work = Annotated[str, StringConstraints(max_length=1000)]
"""What is to be done, or was done."""


class DispatchRequested(CaseEvent):
    """A department is called to the case: one leads, others co-handle."""

    department: Slug
    role: Literal["lead", "co"]
    deadline: datetime
    task: Work | None = Field(default=None, description="What the department is asked to do")

    def addressees(self) -> tuple[str, ...]:
        """Return the department that is called."""
        return (self.department,)


class DispatchEvent(CaseEvent):
    """What every answer of a department names."""

    department: Slug

    def addressees(self) -> tuple[str, ...]:
        """Return the department whose part it is."""
        return (self.department,)


class DispatchAccepted(DispatchEvent):
    """The department has taken its part on."""


class DispatchReturned(DispatchEvent):
    """The department says that it is not its matter."""

    reason: Reason


class DispatchProgressed(DispatchEvent):
    """The department tells how far it is."""

    note: Work


class DispatchDone(DispatchEvent):
    """The department says that its part is done. The case stays open."""

    answer: Work


class DispatchWithdrawn(DispatchEvent):
    """The department is no longer needed."""

    reason: Reason


class DispatchOverdue(DispatchEvent):
    """The department's part is not done, and its deadline has passed."""

    deadline: datetime


class TaskAssigned(CaseEvent):
    """A part of the case was given to a unit, with a deadline."""

    task_id: UUID
    unit: AreaPath
    work: Work
    deadline: datetime


class TaskDone(CaseEvent):
    """A part of the case is done."""

    task_id: UUID
    unit: AreaPath
    outcome: Work


class TaskCancelled(CaseEvent):
    """A part of the case is no longer needed."""

    task_id: UUID
    unit: AreaPath
    reason: Reason


class TaskOverdue(CaseEvent):
    """The unit's part is not done, and its deadline has passed."""

    task_id: UUID
    unit: AreaPath
    deadline: datetime
