"""The return visit: the reporter says whether it is solved, and the case closes or opens again."""

from dataclasses import replace
from datetime import datetime

from linli.contracts import CaseClosed, CaseReopened, CaseVerified, Satisfaction
from linli.district import District
from routing.domain.case import Case, ReturnVisit
from routing.domain.deadline import WorkingCalendar, deadline
from routing.domain.decision import rules_of
from routing.domain.explanation import Rule, RuleCode
from routing.domain.moves import Moved, moved
from routing.domain.states import Action, after


def answer_return_visit(
    case: Case,
    *,
    contacted: bool,
    solved: bool,
    satisfaction: Satisfaction,
    at: datetime,
    district: District,
    calendar: WorkingCalendar,
) -> Moved:
    """Take the reporter's answer: solved verifies and closes the case, not solved reopens it.

    Raises:
        IllegalMoveError: the case is not resolved.
    """
    visit = ReturnVisit(answered_at=at, contacted=contacted, solved=solved, satisfaction=satisfaction)
    visited = replace(case, return_visits=(*case.return_visits, visit))
    if solved:
        return _close(visited, at=at)
    return _reopen(visited, at=at, district=district, calendar=calendar)


def _close(case: Case, *, at: datetime) -> Moved:
    state = after(after(case.state, Action.VERIFY), Action.CLOSE)
    case = replace(case, state=state, closed_at=at)
    return moved(
        case,
        CaseVerified(case_id=case.id, category=case.category, area=case.area, by="return-visit"),
        CaseClosed(
            case_id=case.id,
            category=case.category,
            area=case.area,
            unit=case.unit,
            level=case.level,
            on_time=case.on_time,
        ),
    )


def _reopen(case: Case, *, at: datetime, district: District, calendar: WorkingCalendar) -> Moved:
    rule = Rule(code=RuleCode.REOPENED, applied=True, params={"name": case.handler.name})
    case = replace(
        case,
        state=after(case.state, Action.REOPEN),
        deadline=deadline(at, rules_of(district, case.category).time_limit, calendar),
        explanation=(*case.explanation, rule),
    )
    return moved(
        case,
        CaseReopened(
            case_id=case.id, category=case.category, area=case.area, handler=case.handler, deadline=case.deadline
        ),
    )
