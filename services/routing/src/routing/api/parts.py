"""The parts of a case that others do: departments that are called, tasks that units are given."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from linli.chassis.database import Transaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import Slug
from routing import usecases
from routing.api.callers import DepartmentActor, RulebookInTransaction
from routing.api.move_schemas import AssignTask, CallDepartment, DispatchAnswer, FinishTask, Reasoned
from routing.api.moves import CurrentCommand, read
from routing.api.schemas import CaseRead
from routing.domain.dispatching import Answer
from routing.usecases import Command

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["parts of cases"], responses=ETAG_HEADER)


async def _department_command(case_id: UUID, actor: DepartmentActor, versions: SeenVersions, now: Now) -> Command:
    return Command(case_id=case_id, actor=actor, at=now, versions=versions)


@router.post("/dispatches", status_code=status.HTTP_201_CREATED)
async def call_department(
    body: CallDepartment,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    runtime: CurrentRuntime,
    response: Response,
    key: Idempotency,
) -> CaseRead:
    """Call a department to the case: one leads, others co-handle."""
    case = await usecases.dispatch_department(
        connection,
        rulebook,
        command,
        call_id=runtime.new_id(),
        department=body.department,
        role=body.role,
        task=body.task,
        deadline=body.deadline,
        key=key,
    )
    return read(case, rulebook, response)


@router.post("/dispatches/{department}/recall")
async def recall_department(
    department: Slug,
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Tell a department that it is no longer needed."""
    case = await usecases.recall_department(connection, rulebook, command, department, body.reason)
    return read(case, rulebook, response)


@router.post("/dispatch/{answer}")
async def answer_dispatch(
    answer: Answer,
    body: DispatchAnswer,
    command: Annotated[Command, Depends(_department_command)],
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Answer for the department that the caller's token names: accept, return, progress or done."""
    department = command.actor.id
    case = await usecases.answer_dispatch(connection, rulebook, command, department, answer, body.text)
    return read(case, rulebook, response)


@router.post("/tasks", status_code=status.HTTP_201_CREATED)
async def assign_task(
    body: AssignTask,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    runtime: CurrentRuntime,
    response: Response,
    key: Idempotency,
) -> CaseRead:
    """Give a part of the case to a unit."""
    case = await usecases.assign_task(connection, rulebook, command, task_id=runtime.new_id(), key=key, **dict(body))
    return read(case, rulebook, response)


@router.post("/tasks/{task_id}/finish")
async def finish_task(
    task_id: UUID,
    body: FinishTask,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Say that a part is done: its unit does, or the case's owner."""
    case = await usecases.finish_task(connection, rulebook, command, task_id, body.outcome)
    return read(case, rulebook, response)


@router.post("/tasks/{task_id}/cancel")
async def cancel_task(
    task_id: UUID,
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Say that a part is no longer needed."""
    case = await usecases.cancel_task(connection, rulebook, command, task_id, body.reason)
    return read(case, rulebook, response)
