"""A case that ends before it was settled leaves nobody at work on it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from linli.contracts import (
    CaseDeclined,
    CaseMerged,
    CaseUnmerged,
    CaseWithdrawn,
    DispatchRequested,
    DispatchWithdrawn,
    TaskCancelled,
)
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, DispatchState, TaskState
from routing.domain.dispatching import Answer, answer
from routing.domain.endings import decline, merge, unmerge, withdraw
from routing.domain.moves import Moved
from routing.domain.rulebook import Rulebook
from routing.domain.tasks import assign, finish

from .builders import LIANBANG, NOW, OTHER_ID, accepted

ENDINGS: dict[type[CaseEvent], Callable[[Case, Rulebook], Moved]] = {
    CaseDeclined: lambda case, _: decline(case, "private", at=NOW),
    CaseWithdrawn: lambda case, _: withdraw(case, at=NOW),
    CaseMerged: lambda case, rulebook: merge(case, accepted(rulebook, case_id=OTHER_ID), at=NOW, rulebook=rulebook)[0],
}


def busy(rulebook: Rulebook) -> Case:
    """A case for which housing is called, with a task that is done and one that is not."""
    case = accepted(rulebook)
    for number in (1, 2):
        case, _ = assign(case, UUID(int=number), LIANBANG, "sweep", NOW + timedelta(days=1), at=NOW, rulebook=rulebook)
    return finish(case, UUID(int=1), "swept", at=NOW)[0]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_whoever_has_a_part_of_a_case_that_ends_is_told(rulebook: Rulebook, end: type[CaseEvent]) -> None:
    before = busy(rulebook)
    case, events = ENDINGS[end](before, rulebook)
    assert [type(event) for event in events] == [TaskCancelled, DispatchWithdrawn, end]
    assert [task.state for task in case.tasks] == [TaskState.DONE, TaskState.CANCELLED]
    assert [each.state for each in case.dispatches] == [DispatchState.WITHDRAWN]
    assert (case.lead_department, case.version) == ("housing", before.version + 3)


def test_a_department_that_is_done_is_not_sent_away(rulebook: Rulebook) -> None:
    case, _ = answer(accepted(rulebook), "housing", Answer.DONE, "new roof", at=NOW)
    case, events = withdraw(case, at=NOW)
    assert [type(event) for event in events] == [CaseWithdrawn]
    assert [each.state for each in case.dispatches] == [DispatchState.DONE]


def test_departments_are_called_again_when_a_merge_is_undone(rulebook: Rulebook) -> None:
    (merged, _), (target, _) = merge(busy(rulebook), accepted(rulebook, case_id=OTHER_ID), at=NOW, rulebook=rulebook)
    (case, events), _ = unmerge(merged, target, at=NOW, rulebook=rulebook)
    assert isinstance(events[0], CaseUnmerged)
    assert isinstance(events[-1], DispatchRequested)
    assert (events[-1].department, case.dispatches[0].state) == ("housing", DispatchState.REQUESTED)
    assert case.version == merged.version + len(events)
