"""What routing does about events of other services."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import (
    Event,
    EventData,
    IssueMerged,
    IssueReported,
    IssueUnmerged,
    IssueWithdrawn,
    ReturnVisitAnswered,
)
from linli.messaging.consumer import Reaction
from routing.domain.matter import Matter
from routing.domain.states import IllegalMoveError
from routing.rulebooks import Rulebooks
from routing.usecases import merge_case, open_new_case, take_return_visit, unmerge_case, withdraw_case

VISIT = "visit"
"""The source of an issue that staff found on a visit."""


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """What reactions work with."""

    rulebooks: Rulebooks
    now: Callable[[], datetime]


async def open_case_on_issue_reported(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueReported]
) -> None:
    """Open the case of the issue; one that is reported again changes nothing."""
    issue = event.data
    matter = Matter(issue.category, issue.area, issue.reported_at, issue.attributes, by_staff=issue.source == VISIT)
    await open_new_case(
        connection, await context.rulebooks.current(connection), issue.issue_id, matter, at=context.now()
    )


async def answer_on_return_visit_answered(
    context: ReactionContext, connection: AsyncConnection, event: Event[ReturnVisitAnswered]
) -> None:
    """Close the case, or open it again.

    An answer about an unknown case fails: it comes back later, and is put aside in the end, for somebody to look at.
    """
    await take_return_visit(
        connection,
        await context.rulebooks.current(connection),
        case_id=event.data.issue_id,
        contacted=event.data.contacted,
        solved=event.data.solved,
        satisfaction=event.data.satisfaction,
        answered_at=event.time,
        at=context.now(),
    )


async def merge_on_issue_merged(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueMerged]
) -> None:
    """Handle the case with the other one; where one of both has ended, say that it stays by itself."""
    await merge_case(
        connection,
        await context.rulebooks.current(connection),
        case_id=event.data.issue_id,
        into=event.data.into,
        at=context.now(),
    )


async def unmerge_on_issue_unmerged(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueUnmerged]
) -> None:
    """Handle the case by itself again."""
    await unmerge_case(
        connection, await context.rulebooks.current(connection), case_id=event.data.issue_id, at=context.now()
    )


async def withdraw_on_issue_withdrawn(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueWithdrawn]
) -> None:
    """End the case; where it has ended or is resolved meanwhile, the reporter was late and it goes on."""
    rulebook = await context.rulebooks.current(connection)
    with suppress(IllegalMoveError):
        await withdraw_case(connection, rulebook, case_id=event.data.issue_id, at=context.now())


REACTIONS: dict[type[EventData], Reaction] = {
    IssueReported: open_case_on_issue_reported,
    ReturnVisitAnswered: answer_on_return_visit_answered,
    IssueMerged: merge_on_issue_merged,
    IssueUnmerged: unmerge_on_issue_unmerged,
    IssueWithdrawn: withdraw_on_issue_withdrawn,
}
