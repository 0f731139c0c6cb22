"""Moving cases."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from linli.chassis.database import Transaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.runtime import Now
from routing import usecases
from routing.api.callers import CurrentActor, RulebookInTransaction
from routing.api.move_schemas import AskForTime, GiveCase, Inspection, PersonalVisit, Reasoned, ResolveCase
from routing.api.schemas import CaseRead
from routing.domain.case import Case
from routing.domain.rulebook import Rulebook
from routing.usecases import Command

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"], responses=ETAG_HEADER)


async def _command(case_id: UUID, actor: CurrentActor, versions: SeenVersions, now: Now) -> Command:
    return Command(case_id=case_id, actor=actor, at=now, versions=versions)


CurrentCommand = Annotated[Command, Depends(_command)]


@router.post("/route")
async def route_again(
    command: CurrentCommand, connection: Transaction, rulebook: RulebookInTransaction, response: Response
) -> CaseRead:
    """Let the rules of today decide again about a case that nobody has accepted; no person or clock is overruled."""
    return read(await usecases.route_case_again(connection, rulebook, command), rulebook, response)


@router.post("/accept")
async def accept_case(
    command: CurrentCommand, connection: Transaction, rulebook: RulebookInTransaction, response: Response
) -> CaseRead:
    """Take the case on, and answer for it from now on."""
    return read(await usecases.accept_case(connection, rulebook, command), rulebook, response)


@router.post("/start")
async def start_case(
    command: CurrentCommand, connection: Transaction, rulebook: RulebookInTransaction, response: Response
) -> CaseRead:
    """Begin the work."""
    return read(await usecases.start_case(connection, rulebook, command), rulebook, response)


@router.post("/resolve")
async def resolve_case(
    body: ResolveCase,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Say that the matter is done; somebody else looks, and the reporter is asked. All tasks must have ended."""
    return read(await usecases.resolve_case(connection, rulebook, command, body.outcome), rulebook, response)


@router.post("/escalate")
async def escalate_case(
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Hand the case up because the matter is beyond the unit's authority."""
    return read(await usecases.escalate_case(connection, rulebook, command, body.reason), rulebook, response)


@router.post("/return")
async def return_case(
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Hand the case up because it is not the unit's own."""
    return read(await usecases.return_case(connection, rulebook, command, body.reason), rulebook, response)


@router.post("/delegate")
async def delegate_case(
    body: GiveCase,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Give the case to a unit beneath, or to one of its persons."""
    case = await usecases.delegate_case(connection, rulebook, command, body.unit, body.person, body.reason)
    return read(case, rulebook, response)


@router.post("/transfer")
async def transfer_case(
    body: GiveCase,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Give the case to any unit, or to another person of the same one; past the hop limit the top unit gets it."""
    case = await usecases.transfer_case(connection, rulebook, command, body.unit, body.person, body.reason)
    return read(case, rulebook, response)


@router.post("/decline")
async def decline_case(
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """End a case that is nobody's here to settle; the reporter is told the reason."""
    return read(await usecases.decline_case(connection, rulebook, command, body.reason), rulebook, response)


@router.post("/supervise")
async def supervise_case(
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Watch the case from above; the handler is told."""
    return read(await usecases.supervise_case(connection, rulebook, command, body.reason), rulebook, response)


@router.post("/ask")
async def ask_for_time(
    body: AskForTime,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Ask the unit above for a later deadline, or to stop the clock."""
    case = await usecases.ask_for_time(connection, rulebook, command, body.wish, body.until, body.reason)
    return read(case, rulebook, response)


@router.post("/approve")
async def approve_wish(
    command: CurrentCommand, connection: Transaction, rulebook: RulebookInTransaction, response: Response
) -> CaseRead:
    """Give the handler what they asked for."""
    return read(await usecases.approve_wish(connection, rulebook, command), rulebook, response)


@router.post("/refuse")
async def refuse_wish(
    body: Reasoned,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Do not give the handler what they asked for."""
    return read(await usecases.refuse_wish(connection, rulebook, command, body.reason), rulebook, response)


@router.post("/resume")
async def resume_case(
    command: CurrentCommand, connection: Transaction, rulebook: RulebookInTransaction, response: Response
) -> CaseRead:
    """Let the clock of a suspended case run again."""
    return read(await usecases.resume_case(connection, rulebook, command), rulebook, response)


@router.post("/verify")
async def verify_case(
    body: Inspection,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Say whether it is done, having looked: never whoever did the work. Not done means rework."""
    inspect = usecases.verify_case if body.done else usecases.reopen_case
    return read(await inspect(connection, rulebook, command, body.seen), rulebook, response)


@router.post("/return-visit")
async def note_return_visit(
    body: PersonalVisit,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> CaseRead:
    """Note what the reporter answered when somebody who did not do the work asked them in person."""
    case = await usecases.note_return_visit(connection, rulebook, command, **dict(body))
    return read(case, rulebook, response)


def read(case: Case, rulebook: Rulebook, response: Response) -> CaseRead:
    """Return a case as callers see it, its version as the answer's ETag."""
    set_etag(response, case.version)
    return CaseRead.of(case, rulebook)
