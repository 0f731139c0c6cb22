"""The moves of a case. Each returns the case after it and what happened, in order; the clock is an argument."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from linli.contracts import (
    CaseAccepted,
    CaseResolved,
    CaseRouted,
    CaseStarted,
    DispatchRequested,
)
from linli.contracts.cases import CaseEvent
from linli.district import District
from routing.domain.case import Case
from routing.domain.deadline import WorkingCalendar, deadline
from routing.domain.decision import decide
from routing.domain.states import Action, State, after

MAX_OUTCOME = 2000

Moved = tuple[Case, tuple[CaseEvent, ...]]
"""The case after a move, and the data of the events in their order; ``version`` has grown by their number."""


class CaseTextError(ValueError):
    """A text that comes with a move is empty or too long: ``field`` names it, ``limit`` is in characters."""

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(f"{field} must have 1 to {limit} characters")
        self.field = field
        self.limit = limit


def open_case(
    case_id: UUID, category: str, area: str, *, at: datetime, district: District, calendar: WorkingCalendar
) -> Moved:
    """Open the case of an issue and route it: ``case.routed``, then a dispatch to each department, the lead first.

    ``at`` is the moment from which the deadline counts.
    """
    decision = decide(district, category, area)
    case = Case(
        id=case_id,
        category=category,
        area=area,
        state=after(State.RECEIVED, Action.ROUTE),
        unit=decision.unit,
        level=decision.level,
        handler=decision.handler,
        deadline=deadline(at, decision.limit, calendar),
        lead_department=decision.lead_department,
        co_departments=decision.co_departments,
        volunteers_wanted=decision.volunteers_wanted,
        confidential=decision.confidential,
        explanation=decision.explanation,
        opened_at=at,
    )
    return moved(case, routed(case), *_dispatches(case))


def accept(case: Case) -> Moved:
    """Take the case on.

    Raises:
        IllegalMoveError: the state forbids it.
    """
    case = replace(case, state=after(case.state, Action.ACCEPT))
    return moved(case, CaseAccepted(case_id=case.id, category=case.category, area=case.area, handler=case.handler))


def start(case: Case) -> Moved:
    """Begin the work.

    Raises:
        IllegalMoveError: the state forbids it.
    """
    case = replace(case, state=after(case.state, Action.START))
    return moved(case, CaseStarted(case_id=case.id, category=case.category, area=case.area, handler=case.handler))


def resolve(case: Case, outcome: str, *, at: datetime) -> Moved:
    """Say that the matter is done, and what was done; the reporter is asked next.

    Raises:
        IllegalMoveError: the state forbids it.
        CaseTextError: the outcome is empty or longer than `MAX_OUTCOME`.
    """
    case = replace(case, state=after(case.state, Action.RESOLVE), resolved_at=at)
    outcome = wording("outcome", outcome, MAX_OUTCOME)
    return moved(
        case,
        CaseResolved(case_id=case.id, category=case.category, area=case.area, handler=case.handler, outcome=outcome),
    )


def moved(case: Case, *events: CaseEvent) -> Moved:
    """Return the case with its version grown by the events, and the events."""
    return replace(case, version=case.version + len(events)), events


def routed(case: Case) -> CaseRouted:
    """Return the event that says who owns the case."""
    return CaseRouted(
        case_id=case.id,
        category=case.category,
        area=case.area,
        level=case.level,
        unit=case.unit,
        handler=case.handler,
        deadline=case.deadline,
        lead_department=case.lead_department,
        co_departments=case.co_departments,
        hops=case.hops,
        volunteers_wanted=case.volunteers_wanted,
        confidential=case.confidential,
    )


def wording(field: str, text: str, limit: int) -> str:
    """Return a text without the space around it.

    Raises:
        CaseTextError: nothing is left, or more than ``limit`` characters.
    """
    text = text.strip()
    if not 0 < len(text) <= limit:
        raise CaseTextError(field, limit)
    return text


def _dispatches(case: Case) -> tuple[DispatchRequested, ...]:
    lead = () if case.lead_department is None else ((case.lead_department, "lead"),)
    called = (*lead, *((slug, "co") for slug in case.co_departments))
    return tuple(
        DispatchRequested(
            case_id=case.id,
            category=case.category,
            area=case.area,
            department=slug,
            role=role,
            deadline=case.deadline,
        )
        for slug, role in called
    )
