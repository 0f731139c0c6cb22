"""The first move of a case: it is opened and routed, and its departments are called."""

from datetime import datetime
from uuid import UUID

from linli.contracts import CaseWarned, Stage
from linli.contracts.cases import CaseEvent
from routing.domain.calling import call
from routing.domain.case import Case
from routing.domain.clock import Timer, start_clock
from routing.domain.deadline import deadline as deadline_of
from routing.domain.decision import Decision, decide
from routing.domain.matter import NO_LOADS, Loads, Matter
from routing.domain.moves import Moved, moved, routed, what
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, State, after


def open_case(case_id: UUID, matter: Matter, *, at: datetime, rulebook: Rulebook, loads: Loads = NO_LOADS) -> Moved:
    """Open the case of an issue and route it: ``case.routed``, then a dispatch to each department, the lead first.

    ``matter.at`` is the moment of the report: the time to handle it counts from there, the time to accept it from now.
    Where it took longer to get here than the limit of the dispatch stage allows, a warning follows.
    """
    decision = decide(rulebook.district, matter, loads)
    calendar = rulebook.calendar_of(decision.unit)
    handling = start_clock(Timer.HANDLE, decision.limits.handle, at=matter.at, calendar=calendar)
    case = Case(
        id=case_id,
        category=matter.category,
        area=matter.area,
        state=after(State.RECEIVED, Action.ROUTE),
        unit=decision.unit,
        level=decision.level,
        handler=decision.handler,
        responsible=decision.handler,
        lead_department=decision.lead_department,
        co_departments=decision.co_departments,
        volunteers_wanted=decision.volunteers_wanted,
        confidential=decision.confidential,
        limits=decision.limits,
        catalogue_version=rulebook.catalogue_version,
        urgency=decision.urgency,
        attributes=matter.attributes,
        by_staff=matter.by_staff,
        explanation=decision.explanation,
        opened_at=matter.at,
        moved_at=at,
        promised_at=handling.due_at,
        clocks=(
            start_clock(Timer.ACCEPT, decision.limits.accept, at=at, calendar=calendar),
            handling,
        ),
    )
    case, calls = call(case, decision, at=at, rulebook=rulebook)
    return moved(case, routed(case), *calls, *_late(case, decision, at=at, rulebook=rulebook))


def _late(case: Case, decision: Decision, *, at: datetime, rulebook: Rulebook) -> tuple[CaseEvent, ...]:
    due_at = deadline_of(case.opened_at, decision.limits.dispatch, rulebook.calendar_of(case.unit))
    if at < due_at:
        return ()
    warning = CaseWarned(
        **what(case),
        stage=Stage.DISPATCH,
        percent=100,
        due_at=due_at,
        handler=case.handler,
        unit=case.unit,
        above=case.unit.rpartition("/")[0] or None,
    )
    return (warning,)
