"""The deadlines of what others do for a case: departments that were called, units that were given tasks.

They count while the case is handled. Nothing goes up when one passes: whoever handles the case is told, and decides.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from linli.contracts import DispatchOverdue, TaskOverdue
from routing.domain.case import Case, Dispatch, Task
from routing.domain.moves import Moved, moved, what
from routing.domain.states import HANDLED


def part_deadlines(case: Case) -> Iterator[datetime]:
    """Return until when the parts are to be done of which nobody was told yet that they are late."""
    if case.state in HANDLED:
        yield from (each.deadline for each in case.dispatches if _runs(each))
        yield from (each.deadline for each in case.tasks if _runs(each))


def tell_overdue_parts(case: Case, *, at: datetime) -> Moved:
    """Tell of each part whose deadline has passed, once."""
    if case.state not in HANDLED:
        return case, ()
    late_dispatches = [each for each in case.dispatches if _runs(each) and each.deadline <= at]
    late_tasks = [each for each in case.tasks if _runs(each) and each.deadline <= at]
    told = replace(
        case,
        dispatches=tuple(replace(each, overdue=each.overdue or each in late_dispatches) for each in case.dispatches),
        tasks=tuple(replace(each, overdue=each.overdue or each in late_tasks) for each in case.tasks),
    )
    return moved(
        told,
        *(DispatchOverdue(**what(case), department=it.department, deadline=it.deadline) for it in late_dispatches),
        *(TaskOverdue(**what(case), task_id=it.id, unit=it.unit, deadline=it.deadline) for it in late_tasks),
    )


def _runs(part: Dispatch | Task) -> bool:
    return part.waits and not part.overdue
