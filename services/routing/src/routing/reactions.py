"""What routing does about events of other services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Event, EventData, IssueReported, ReturnVisitAnswered
from linli.messaging.consumer import Reaction
from routing.domain.rulebook import Rulebook
from routing.usecases import open_new_case, take_return_visit


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """What reactions work with."""

    rulebook: Rulebook
    now: Callable[[], datetime]


async def open_case_on_issue_reported(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueReported]
) -> None:
    """Open the case of the issue; one that is reported again changes nothing."""
    await open_new_case(
        connection,
        context.rulebook,
        case_id=event.data.issue_id,
        category=event.data.category,
        area=event.data.area,
        reported_at=event.data.reported_at,
        at=context.now(),
    )


async def answer_on_return_visit_answered(
    context: ReactionContext, connection: AsyncConnection, event: Event[ReturnVisitAnswered]
) -> None:
    """Close the case, or open it again.

    An answer about an unknown case fails: it comes back later, and is put aside in the end, for somebody to look at.
    """
    await take_return_visit(
        connection,
        context.rulebook,
        case_id=event.data.issue_id,
        contacted=event.data.contacted,
        solved=event.data.solved,
        satisfaction=event.data.satisfaction,
        answered_at=event.time,
        at=context.now(),
    )


REACTIONS: dict[type[EventData], Reaction] = {
    IssueReported: open_case_on_issue_reported,
    ReturnVisitAnswered: answer_on_return_visit_answered,
}
