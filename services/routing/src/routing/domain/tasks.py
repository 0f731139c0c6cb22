"""Parts of a case that units are given (split); the case can be resolved when all have come back (join)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from linli.contracts import TaskAssigned, TaskCancelled, TaskDone
from routing.domain.case import Case, Task, TaskState
from routing.domain.dispatching import MAX_WORK
from routing.domain.moves import MAX_REASON, Moved, future, moved, what, wording
from routing.domain.owners import OwnerError
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, after

MAX_TASKS = 50
"""A case has no more parts than this, so that it can be loaded whole."""


class TaskError(Exception):
    """The task is unknown or has ended, or the case has too many."""


def assign(
    case: Case, task_id: UUID, unit: str, work: str, deadline: datetime, *, at: datetime, rulebook: Rulebook
) -> Moved:
    """Give a part of the case to a unit.

    Raises:
        IllegalMoveError: the state forbids it.
        OwnerError: the grid has no such unit.
        TaskError: the case has `MAX_TASKS` already.
        MomentError: the deadline has passed.
        CaseTextError: the work is empty or longer than `MAX_WORK`.
    """
    after(case.state, Action.ASSIGN)
    if unit not in rulebook.district.units:
        raise OwnerError("unit", f"the grid has no unit {unit}")
    if len(case.tasks) >= MAX_TASKS:
        raise TaskError(f"a case has at most {MAX_TASKS} tasks")
    work = wording("work", work, MAX_WORK)
    future("deadline", deadline, at=at)
    task = Task(id=task_id, unit=unit, work=work, deadline=deadline, assigned_at=at)
    case = replace(case, tasks=(*case.tasks, task))
    return moved(case, assignment(case, task))


def assignment(case: Case, task: Task) -> TaskAssigned:
    """Return the event that says which unit has a task."""
    return TaskAssigned(**what(case), task_id=task.id, unit=task.unit, work=task.work, deadline=task.deadline)


def finish(case: Case, task_id: UUID, outcome: str, *, at: datetime) -> Moved:
    """Say that a part is done.

    Raises:
        IllegalMoveError: the case has ended.
        TaskError: the task is unknown or has ended.
        CaseTextError: the outcome is empty or longer than `MAX_WORK`.
    """
    after(case.state, Action.FINISH)
    outcome = wording("outcome", outcome, MAX_WORK)
    task = replace(assigned(case, task_id), state=TaskState.DONE, ended_at=at, outcome=outcome)
    case = _with(case, task)
    return moved(case, TaskDone(**what(case), task_id=task_id, unit=task.unit, outcome=outcome))


def cancel(case: Case, task_id: UUID, reason: str, *, at: datetime) -> Moved:
    """Say that a part is no longer needed.

    Raises:
        IllegalMoveError: the case has ended.
        TaskError: the task is unknown or has ended.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    after(case.state, Action.CANCEL)
    reason = wording("reason", reason, MAX_REASON)
    task = replace(assigned(case, task_id), state=TaskState.CANCELLED, ended_at=at, outcome=reason)
    case = _with(case, task)
    return moved(case, TaskCancelled(**what(case), task_id=task_id, unit=task.unit, reason=reason))


def assigned(case: Case, task_id: UUID) -> Task:
    """Return a task of a case that is still to be done.

    Raises:
        TaskError: there is none.
    """
    found = next((task for task in case.tasks if task.id == task_id), None)
    if found is None:
        raise TaskError(f"the case has no task {task_id}")
    if found.state is not TaskState.ASSIGNED:
        raise TaskError(f"the task is {found.state}")
    return found


def _with(case: Case, changed: Task) -> Case:
    return replace(case, tasks=tuple(changed if task.id == changed.id else task for task in case.tasks))
