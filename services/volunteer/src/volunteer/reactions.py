"""What volunteer does about the events of cases. A case without a need is left alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.district import district_reactions
from linli.contracts import (
    CaseClosed,
    CaseDeclined,
    CaseExtended,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseRouted,
    CaseWithdrawn,
    Event,
    EventData,
)
from linli.messaging.consumer import Reaction
from volunteer.tables import district_entries
from volunteer.usecases import needs


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """The service's clock and where its ids come from."""

    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


async def open_need_on_case_routed(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseRouted]
) -> None:
    """Look for helpers when a case first comes that wants some; routed again, the need follows its case."""
    await needs.open_need(connection, event.data, need_id=context.new_id(), at=context.now())


async def postpone_need_on_new_deadline(
    _: ReactionContext, connection: AsyncConnection, event: Event[CaseReopened | CaseExtended | CaseResumed]
) -> None:
    """Give the need the new deadline of its case."""
    case = event.data
    await needs.postpone_need(connection, case.case_id, area=case.area, deadline=case.deadline)


async def close_need_on_end_of_case(
    context: ReactionContext,
    connection: AsyncConnection,
    event: Event[CaseClosed | CaseDeclined | CaseMerged | CaseWithdrawn],
) -> None:
    """Look for helpers no longer."""
    await needs.close_need(connection, event.data.case_id, at=context.now())


REACTIONS: Mapping[type[EventData], Reaction] = {
    **district_reactions(district_entries),
    CaseRouted: open_need_on_case_routed,
    CaseReopened: postpone_need_on_new_deadline,
    CaseExtended: postpone_need_on_new_deadline,
    CaseResumed: postpone_need_on_new_deadline,
    CaseClosed: close_need_on_end_of_case,
    CaseDeclined: close_need_on_end_of_case,
    CaseMerged: close_need_on_end_of_case,
    CaseWithdrawn: close_need_on_end_of_case,
}
