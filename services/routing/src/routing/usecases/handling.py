"""What handlers and those above them do with a case."""

from sqlalchemy.ext.asyncio import AsyncConnection

from routing.domain import endings, moves, owners
from routing.domain.case import Case
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.usecases.acting import Command, act


async def accept_case(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Take a case on."""
    return await act(connection, rulebook, command, Action.ACCEPT, lambda case, _: moves.accept(case))


async def start_case(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Begin the work on a case."""
    return await act(connection, rulebook, command, Action.START, lambda case, _: moves.start(case))


async def resolve_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, outcome: str) -> Case:
    """Say that the matter is done, and what was done."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.RESOLVE,
        lambda case, at: moves.resolve(case, outcome, by=by, at=at, rulebook=rulebook),
        outcome,
    )


async def escalate_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """Hand a case up because it is beyond the unit's authority."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.ESCALATE,
        lambda case, at: owners.escalate(case, reason, by=by, at=at, rulebook=rulebook),
        reason,
    )


async def return_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """Hand a case up because it is not the unit's own."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.RETURN,
        lambda case, at: owners.return_(case, reason, by=by, at=at, rulebook=rulebook),
        reason,
    )


async def delegate_case(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, to: str, person: str | None, reason: str
) -> Case:
    """Give a case to a unit beneath."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.DELEGATE,
        lambda case, at: owners.delegate(case, to, reason, person=person, by=by, at=at, rulebook=rulebook),
        reason,
    )


async def transfer_case(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, to: str, person: str | None, reason: str
) -> Case:
    """Give a case to another unit or person."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.TRANSFER,
        lambda case, at: owners.transfer(case, to, reason, person=person, by=by, at=at, rulebook=rulebook),
        reason,
    )


async def decline_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """End a case that is out of scope."""
    return await act(
        connection, rulebook, command, Action.DECLINE, lambda case, at: endings.decline(case, reason, at=at), reason
    )


async def supervise_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """Watch a case from above."""
    by = command.actor.name or command.actor.id
    return await act(
        connection, rulebook, command, Action.SUPERVISE, lambda case, _: endings.supervise(case, reason, by=by), reason
    )
