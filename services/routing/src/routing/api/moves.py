"""Moving cases."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from linli.chassis.database import Transaction
from linli.chassis.runtime import Now
from routing import usecases
from routing.api.callers import CurrentActor, CurrentRulebook
from routing.api.etags import ETAG_HEADER, SeenVersions, set_etag
from routing.api.schemas import CaseRead, HandUpCase, ResolveCase
from routing.domain.case import Case
from routing.domain.rulebook import Rulebook
from routing.usecases import Command

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"], responses=ETAG_HEADER)


async def _command(case_id: UUID, actor: CurrentActor, versions: SeenVersions, now: Now) -> Command:
    return Command(case_id=case_id, actor=actor, at=now, versions=versions)


CurrentCommand = Annotated[Command, Depends(_command)]


@router.post("/accept")
async def accept_case(
    command: CurrentCommand, connection: Transaction, rulebook: CurrentRulebook, response: Response
) -> CaseRead:
    """Take the case on."""
    return _read(await usecases.accept_case(connection, rulebook, command), rulebook, response)


@router.post("/start")
async def start_case(
    command: CurrentCommand, connection: Transaction, rulebook: CurrentRulebook, response: Response
) -> CaseRead:
    """Begin the work."""
    return _read(await usecases.start_case(connection, rulebook, command), rulebook, response)


@router.post("/resolve")
async def resolve_case(
    body: ResolveCase,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: CurrentRulebook,
    response: Response,
) -> CaseRead:
    """Say that the matter is done; the reporter is asked next."""
    return _read(await usecases.resolve_case(connection, rulebook, command, body.outcome), rulebook, response)


@router.post("/escalate")
async def escalate_case(
    body: HandUpCase,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: CurrentRulebook,
    response: Response,
) -> CaseRead:
    """Hand the case up because the matter is beyond the unit's authority."""
    return _read(await usecases.escalate_case(connection, rulebook, command, body.reason), rulebook, response)


@router.post("/return")
async def return_case(
    body: HandUpCase,
    command: CurrentCommand,
    connection: Transaction,
    rulebook: CurrentRulebook,
    response: Response,
) -> CaseRead:
    """Hand the case up because it is not the unit's own."""
    return _read(await usecases.return_case(connection, rulebook, command, body.reason), rulebook, response)


def _read(case: Case, rulebook: Rulebook, response: Response) -> CaseRead:
    set_etag(response, case.version)
    return CaseRead.of(case, rulebook.district)
