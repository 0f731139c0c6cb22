"""What intake learns from the others: the public view of a case, and how many helpers were found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import changed
from intake.domain.issue import PublicState
from intake.domain.steps import KINDS, params
from intake.tables import district_entries, issues, steps
from intake.usecases.merging import count_supporters
from linli.chassis.district import district_reactions
from linli.contracts import (
    CaseAbsorbed,
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseExtended,
    CaseMerged,
    CaseMergeRefused,
    CaseReleased,
    CaseReopened,
    CaseResolved,
    CaseResumed,
    CaseRouted,
    CaseStarted,
    CaseUnmerged,
    CaseWithdrawn,
    Event,
    EventData,
    NeedClaimed,
    NeedClosed,
    NeedOpened,
)
from linli.messaging.consumer import Reaction

_UNANSWERED = {"contacted": None, "solved": None, "satisfaction": None, "answered_at": None}

STATES: Mapping[type[EventData], PublicState] = {
    CaseAccepted: PublicState.IN_PROGRESS,
    CaseStarted: PublicState.IN_PROGRESS,
    CaseResolved: PublicState.RESOLVED,
    CaseReopened: PublicState.IN_PROGRESS,
    CaseClosed: PublicState.CLOSED,
    CaseDeclined: PublicState.DECLINED,
    CaseMerged: PublicState.MERGED,
    CaseUnmerged: PublicState.IN_PROGRESS,
    CaseWithdrawn: PublicState.WITHDRAWN,
}
"""The public state that an event brings; the other events leave it as it is."""


class UnknownIssueError(Exception):
    """An event is about an issue that is not of this intake."""


async def show_step_on_case_event(_: object, connection: AsyncConnection, event: Event[Any]) -> None:
    """Move the public view of the issue on, unless it is further already, and note the step."""
    moved = await connection.execute(
        update(issues)
        .where(issues.c.id == event.data.case_id, issues.c.case_sequence < event.sequence)
        .values(case_sequence=event.sequence, **_changes(event.data, event.time))
        .returning(issues.c.id)
    )
    if moved.first() is None:
        await _refuse_unknown(connection, event.data.case_id)
        return
    if isinstance(event.data, CaseMergeRefused):
        await count_supporters(connection, event.data.into)
    step = {
        "issue_id": event.data.case_id,
        "case_sequence": event.sequence,
        "at": event.time,
        "kind": KINDS[type(event.data)],
        "params": params(event.data),
    }
    noted = changed(event.data.case_id).cte("noted")
    await connection.execute(insert(steps).values(step).add_cte(noted))


def _changes(data: EventData, at: datetime) -> dict[str, object]:
    changes: dict[str, object] = {}
    if type(data) in STATES:
        changes["state"] = STATES[type(data)].value
    match data:
        case CaseRouted():
            changes |= {
                "area": data.area,
                "level": data.level.value,
                "unit": data.unit,
                "department": data.lead_department,
                "handler_id": data.handler.id,
                "handler_name": data.handler.name,
                "handler_post": data.handler.post,
                "deadline": data.deadline,
            }
        case CaseExtended() | CaseResumed() | CaseUnmerged() | CaseAbsorbed() | CaseReleased():
            changes |= {"deadline": data.deadline}
        case CaseMergeRefused():
            # Staff may have merged it elsewhere since.
            changes |= {"merged_into": func.nullif(issues.c.merged_into, data.into)}
        case CaseResolved():
            changes |= {"outcome": data.outcome, **_UNANSWERED}
        case CaseReopened():
            changes |= {"deadline": data.deadline, "outcome": None, "closed_at": None, **_UNANSWERED}
        case CaseClosed():
            # Told again where the reporter's answer came after it closed.
            changes |= {"closed_at": func.coalesce(issues.c.closed_at, at)}
    return changes


async def show_helpers_on_need_event(_: object, connection: AsyncConnection, event: Event[Any]) -> None:
    """Show how many helpers are wanted and found."""
    need = event.data
    await connection.execute(
        update(issues)
        .where(issues.c.id == need.issue_id)
        .values(helpers_wanted=need.wanted, helpers_found=getattr(need, "claimed", 0))
        .add_cte(changed(need.issue_id).cte("noted"))
    )


async def _refuse_unknown(connection: AsyncConnection, issue_id: UUID) -> None:
    known = await connection.scalar(issues.select().with_only_columns(issues.c.id).where(issues.c.id == issue_id))
    if known is None:
        raise UnknownIssueError(f"issue {issue_id} was not reported here")


REACTIONS: dict[type[EventData], Reaction] = {
    **district_reactions(district_entries),
    **dict.fromkeys(KINDS, show_step_on_case_event),
    NeedOpened: show_helpers_on_need_event,
    NeedClaimed: show_helpers_on_need_event,
    NeedClosed: show_helpers_on_need_event,
}
