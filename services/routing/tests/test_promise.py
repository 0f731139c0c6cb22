"""What was promised when a case was routed, whoever has had it since."""

from datetime import timedelta

import pytest

from routing.domain.approvals import approve, ask, resume
from routing.domain.case import Case
from routing.domain.endings import merge
from routing.domain.moves import accept
from routing.domain.owners import delegate, escalate, return_, transfer
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.domain.verification import reopen

from .builders import B3, B3_HEAD, LIANBANG, NOW, OTHER_ID, accepted, opened, resolve

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ROOF = "facility.roof-leak"


def given(case: Case, action: Action, rulebook: Rulebook) -> Case:
    at = case.promised_at - SECOND
    moves = {
        Action.ESCALATE: lambda: escalate(case, "too big", by="x", at=at, rulebook=rulebook),
        Action.RETURN: lambda: return_(case, "not ours", by="x", at=at, rulebook=rulebook),
        Action.TRANSFER: lambda: transfer(case, f"{LIANBANG}/b1", "theirs", by="x", at=at, rulebook=rulebook),
        Action.DELEGATE: lambda: delegate(case, LIANBANG, "theirs", by="x", at=at, rulebook=rulebook),
    }
    return moves[action]()[0]


@pytest.mark.parametrize("action", [Action.ESCALATE, Action.RETURN, Action.TRANSFER, Action.DELEGATE])
def test_a_case_that_changes_hands_keeps_what_was_promised(rulebook: Rulebook, action: Action) -> None:
    before = accept(opened(rulebook, ROOF))[0] if action is Action.DELEGATE else accepted(rulebook)
    case = given(before, action, rulebook)
    assert case.promised_at == before.promised_at < case.deadline
    late = before.promised_at + 3 * DAY
    assert not resolve(accept(case)[0], rulebook, at=late)[0].on_time


def test_the_unit_that_lets_the_promise_pass_answers_for_it(rulebook: Rulebook) -> None:
    before = accepted(rulebook)
    assert given(before, Action.ESCALATE, rulebook).due_unit is None
    late, _ = escalate(before, "too big", by="x", at=before.promised_at + DAY, rulebook=rulebook)
    assert (late.unit, late.due_unit) == (LIANBANG, B3)
    again, _ = escalate(late, "too big", by="x", at=before.promised_at + 2 * DAY, rulebook=rulebook)
    assert again.due_unit == B3


def test_an_extension_in_time_moves_what_was_promised_and_one_afterwards_does_not(rulebook: Rulebook) -> None:
    case = accepted(rulebook)
    until = case.promised_at + 9 * DAY
    for at, promised in ((NOW, until), (case.promised_at + SECOND, case.promised_at)):
        asked, _ = ask(case, "extend", until, "parts", by=B3_HEAD, at=at)
        (extended, _), _ = approve(asked, by="li-lianyi", at=at, rulebook=rulebook)
        assert (extended.deadline, extended.promised_at) == (until, promised)


def test_a_suspension_moves_what_was_promised_by_as_much_as_the_deadline(rulebook: Rulebook) -> None:
    asked, _ = ask(accepted(rulebook), "suspend", NOW + 90 * DAY, "typhoon", by=B3_HEAD, at=NOW)
    (suspended, _), _ = approve(asked, by="li-lianyi", at=NOW, rulebook=rulebook)
    case, _ = resume(suspended, at=NOW + 30 * DAY, rulebook=rulebook)
    assert case.promised_at == case.deadline > NOW + 30 * DAY


def test_rework_of_what_was_done_in_time_has_a_promise_of_its_own(rulebook: Rulebook) -> None:
    case = accepted(rulebook)
    for resolved_at, kept in ((case.promised_at, True), (case.promised_at + SECOND, False)):
        done, _ = resolve(case, rulebook, at=resolved_at)
        again, _ = reopen(done, by="inspector", at=resolved_at + DAY, rulebook=rulebook)
        assert again.promised_at == (again.deadline if kept else case.promised_at)


def test_a_merged_case_keeps_the_earlier_promise_and_who_let_it_pass(rulebook: Rulebook) -> None:
    early = accepted(rulebook)
    at = early.promised_at + DAY
    late, _ = escalate(early, "too big", by="x", at=at, rulebook=rulebook)
    into = accepted(rulebook, at=at, case_id=OTHER_ID)
    _, (target, _) = merge(late, into, at=at, rulebook=rulebook)
    assert (target.promised_at, target.due_unit) == (early.promised_at, B3)
