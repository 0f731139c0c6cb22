"""What becomes of a case whose unit or place was closed or has moved, or whose handler has left."""

from dataclasses import replace
from datetime import datetime

from linli.contracts import CaseTransferred, TaskAssigned
from linli.district import Unit, level_rank
from routing.domain.case import Case
from routing.domain.clock import Timer, start_clock
from routing.domain.duty import grounds_of, responsible
from routing.domain.matter import NO_LOADS
from routing.domain.moves import Moved, moved, routed, what
from routing.domain.rulebook import Rulebook
from routing.domain.rules import Params, Rule, RuleCode
from routing.domain.states import Action, State, after
from routing.domain.tasks import assignment


def rehome(case: Case, rulebook: Rulebook, reason: str, *, at: datetime) -> Moved:
    """Give a case to the unit that stands for its own today, and its place the name that it has today.

    What was being handled is to be accepted anew; what is resolved stays so. The deadline stays. Where the owner stays
    the same, only the place is told. Tasks of a unit go to the one that stands for it, which is told of them.
    """
    area, unit = rulebook.present(case.area), _owner(case, rulebook)
    case, tasks = _hand_on(case, area, rulebook)
    if unit.path == case.unit and _has_post(case, rulebook):
        case = replace(case, area=area)
        return moved(case, routed(case), *tasks)
    person, handler_rules = responsible(rulebook.district, unit, at, NO_LOADS)
    rehomed = replace(
        case.leaving(at),
        area=area,
        state=after(case.state, Action.REHOME),
        unit=unit.path,
        level=unit.level,
        handler=person.as_handler(),
        explanation=(*case.explanation, _rule(case, unit, rulebook), *handler_rules),
    )
    if rehomed.state is State.ROUTED:
        calendar = rulebook.calendar_of(unit.path)
        rehomed = rehomed.with_clocks(start_clock(Timer.ACCEPT, case.limits.accept, at=at, calendar=calendar))
    event = CaseTransferred(**what(rehomed), from_unit=case.unit, to_unit=unit.path, reason=reason)
    return moved(rehomed, event, routed(rehomed), *tasks)


def _hand_on(case: Case, area: str, rulebook: Rulebook) -> tuple[Case, tuple[TaskAssigned, ...]]:
    """Return the case with each open task at the unit that stands for the task's own, and what those units are told."""
    tasks = tuple(replace(task, unit=rulebook.present(task.unit)) if task.waits else task for task in case.tasks)
    told = tuple(
        assignment(replace(case, area=area), after)
        for before, after in zip(case.tasks, tasks, strict=True)
        if before != after
    )
    return replace(case, tasks=tasks), told


def _has_post(case: Case, rulebook: Rulebook) -> bool:
    return any(_covers(ground, case.unit) for ground in grounds_of(rulebook.district, case.handler.id))


def _rule(case: Case, unit: Unit, rulebook: Rulebook) -> Rule:
    if unit.path == case.unit:
        return Rule(RuleCode.HANDLER_LEFT, applied=True, params={"name": case.handler.name, "unit": unit.name})
    below = rulebook.district.units.get(case.unit)
    names: Params = {"below": below.name if below else case.unit, "unit": unit.name}
    return Rule(RuleCode.REHOMED, applied=True, params=names)


def _owner(case: Case, rulebook: Rulebook) -> Unit:
    """Return the unit that takes a case over.

    A unit that the case's place has left behind, because the place moved elsewhere, gives it to the one of its own
    level above the new place.
    """
    district, area = rulebook.district, rulebook.present(case.area)
    unit = district.units.get(rulebook.present(case.unit), district.top_of(case.area))
    if not _covers(case.unit, case.area) or _covers(unit.path, area) or area not in district.units:
        return unit
    fitting = (above for above in district.ancestry(area) if level_rank(above.level) >= level_rank(unit.level))
    return next(fitting, unit)


def _covers(unit: str, area: str) -> bool:
    return area == unit or area.startswith(f"{unit}/")
