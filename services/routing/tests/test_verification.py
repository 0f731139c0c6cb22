"""Nothing closes on the handler's word alone: inspections, return visits, approvals, merges."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from linli.contracts import (
    ApprovalAsked,
    ApprovalRefused,
    CaseClosed,
    CaseDeclined,
    CaseExtended,
    CaseInspected,
    CaseReopened,
    Satisfaction,
)
from routing.domain.approvals import (
    LONGEST,
    AlreadyAskedError,
    NothingAskedError,
    OwnWishError,
    approve,
    ask,
    refuse,
)
from routing.domain.case import Case
from routing.domain.endings import decline, merge, unmerge, withdraw
from routing.domain.explanation import RuleCode
from routing.domain.moves import CaseTextError, MomentError, Moved
from routing.domain.owners import OwnerError, delegate, transfer
from routing.domain.rulebook import HOP_LIMIT, Rulebook
from routing.domain.states import Action, IllegalMoveError, State
from routing.domain.verification import OwnWorkError, answer_return_visit, close_unanswered, inspect, reopen, verify

from .builders import B3, B3_HEAD, LIANBANG, NOW, OTHER_ID, accepted, opened, resolved

LATER = NOW + timedelta(days=40)


def answered(
    case: Case, rulebook: Rulebook, *, solved: bool, verifies: bool = True, own: bool = False
) -> tuple[Moved, tuple[Action, ...]]:
    return answer_return_visit(
        case,
        contacted=True,
        solved=solved,
        satisfaction=Satisfaction.SATISFIED,
        answered_at=NOW,
        at=NOW,
        rulebook=rulebook,
        verifies=verifies,
        own=own,
    )


def test_somebody_else_looks_and_then_the_reporter_closes(rulebook: Rulebook) -> None:
    case, (verified,) = verify(resolved(rulebook), by="inspector", at=NOW, rulebook=rulebook)
    assert isinstance(verified, CaseInspected)
    assert case.state is State.VERIFIED
    (case, (closed,)), actions = answered(case, rulebook, solved=True)
    assert isinstance(closed, CaseClosed)
    assert (closed.answered, actions) == (True, (Action.CLOSE,))


def test_nobody_verifies_their_own_work(rulebook: Rulebook) -> None:
    for look in (verify, reopen):
        with pytest.raises(OwnWorkError):
            look(resolved(rulebook), by=B3_HEAD, at=NOW, rulebook=rulebook)


def test_work_that_is_not_done_goes_back_to_the_same_handler(rulebook: Rulebook) -> None:
    case, (reopened,) = reopen(resolved(rulebook), by="inspector", at=LATER, rulebook=rulebook)
    assert isinstance(reopened, CaseReopened)
    assert (case.state, case.handler.id) == (State.REOPENED, B3_HEAD)
    assert case.deadline > LATER
    assert case.explanation[-1].code is RuleCode.NOT_VERIFIED


def test_a_reporter_who_is_not_satisfied_with_what_was_verified_reopens_it(rulebook: Rulebook) -> None:
    case, _ = verify(resolved(rulebook), by="inspector", at=NOW, rulebook=rulebook)
    (case, _), actions = answered(case, rulebook, solved=False)
    assert (case.state, actions) == (State.REOPENED, (Action.REOPEN,))


def unanswered(rulebook: Rulebook) -> Case:
    case, _ = verify(resolved(rulebook), by="inspector", at=NOW, rulebook=rulebook)
    return close_unanswered(case, at=LATER)[0]


def test_an_answer_that_comes_after_the_closing_counts_where_it_was_given_before(rulebook: Rulebook) -> None:
    case = unanswered(rulebook)
    (closed, (told,)), actions = answered(case, rulebook, solved=True)
    assert isinstance(told, CaseClosed)
    assert (told.answered, actions) == (True, (Action.CLOSE,))
    assert (closed.was_answered, closed.closed_at) == (True, LATER)
    (reopened, _), actions = answered(case, rulebook, solved=False)
    assert (reopened.state, reopened.closed_at, actions) == (State.REOPENED, None, (Action.REOPEN,))


def test_a_closed_case_is_opened_by_nobody_else_and_by_no_later_answer(rulebook: Rulebook) -> None:
    case = unanswered(rulebook)
    with pytest.raises(IllegalMoveError):
        reopen(case, by="inspector", at=LATER, rulebook=rulebook)
    once = answered(case, rulebook, solved=True)[0][0]
    late = replace(case, closed_at=NOW - timedelta(seconds=1))
    for closed, solved in product((once, late), (True, False)):
        with pytest.raises(IllegalMoveError):
            answered(closed, rulebook, solved=solved)


def test_a_reporter_opens_a_closed_case_again_by_their_own_word_alone(rulebook: Rulebook) -> None:
    unheard = replace(unanswered(rulebook), closed_at=NOW - timedelta(seconds=1))
    heard = answered(unanswered(rulebook), rulebook, solved=True)[0][0]
    for closed in (unheard, heard):
        (case, (told,)), actions = answered(closed, rulebook, solved=False, own=True)
        assert isinstance(told, CaseReopened)
        assert (told.by, case.handler.id, case.closed_at) == ("reporter", closed.handler.id, None)
        assert (case.state, actions, len(case.return_visits)) == (
            State.REOPENED,
            (Action.REOPEN,),
            len(closed.return_visits) + 1,
        )
        with pytest.raises(IllegalMoveError):
            answered(closed, rulebook, solved=True, own=True)


def test_the_word_of_staff_who_reported_it_closes_nothing_until_somebody_else_has_looked(rulebook: Rulebook) -> None:
    (noted, events), actions = answered(resolved(rulebook), rulebook, solved=True, verifies=False)
    assert (noted.state, noted.was_answered, events, actions) == (State.RESOLVED, True, (), ())
    (case, (inspected, closed)), actions = inspect(noted, by="inspector", at=LATER, rulebook=rulebook)
    assert isinstance(inspected, CaseInspected)
    assert isinstance(closed, CaseClosed)
    assert (closed.answered, actions) == (True, (Action.VERIFY, Action.CLOSE))
    assert case.closed_at == LATER


def test_more_time_is_asked_for_below_and_granted_above(rulebook: Rulebook) -> None:
    case, (asked,) = ask(accepted(rulebook), "extend", LATER, "parts", by=B3_HEAD, at=NOW)
    assert isinstance(asked, ApprovalAsked)
    assert (asked.unit, asked.above) == (B3, LIANBANG)
    (case, (extended,)), action = approve(case, by="li-lianyi", at=NOW, rulebook=rulebook)
    assert isinstance(extended, CaseExtended)
    assert (case.deadline, extended.deadline, action, case.asked) == (LATER, LATER, Action.EXTEND, None)


def test_what_is_refused_changes_no_deadline(rulebook: Rulebook) -> None:
    before = accepted(rulebook)
    case, _ = ask(before, "extend", LATER, "parts", by=B3_HEAD, at=NOW)
    case, (refused,) = refuse(case, "not needed")
    assert isinstance(refused, ApprovalRefused)
    assert (case.deadline, case.asked) == (before.deadline, None)


def test_wishes_that_make_no_sense_are_refused(rulebook: Rulebook) -> None:
    case = accepted(rulebook)
    with pytest.raises(MomentError, match="in the future"):
        ask(case, "suspend", NOW, "typhoon", by=B3_HEAD, at=NOW)
    with pytest.raises(MomentError, match="later than the present deadline"):
        ask(case, "extend", case.deadline, "parts", by=B3_HEAD, at=NOW)
    with pytest.raises(MomentError, match="within 366 days"):
        ask(case, "suspend", NOW + LONGEST + timedelta(seconds=1), "typhoon", by=B3_HEAD, at=NOW)
    with pytest.raises(CaseTextError):
        ask(case, "extend", LATER, " ", by=B3_HEAD, at=NOW)
    with pytest.raises(NothingAskedError):
        approve(case, by="li-lianyi", at=NOW, rulebook=rulebook)
    asked, _ = ask(case, "extend", LATER, "parts", by=B3_HEAD, at=NOW)
    with pytest.raises(AlreadyAskedError):
        ask(asked, "suspend", LATER, "typhoon", by=B3_HEAD, at=NOW)
    with pytest.raises(OwnWishError):
        approve(asked, by=B3_HEAD, at=NOW, rulebook=rulebook)
    with pytest.raises(MomentError):
        approve(asked, by="li-lianyi", at=LATER, rulebook=rulebook)


def test_a_case_is_given_down_and_aside_with_a_reason(rulebook: Rulebook) -> None:
    case = opened(rulebook, "facility.roof-leak")
    case, _ = delegate(case, LIANBANG, "they can", by="li-jinpu", at=NOW, rulebook=rulebook)
    assert (case.unit, case.hops, case.decided_by) == (LIANBANG, 1, "li-jinpu")
    case, _ = transfer(case, B3, "nearer", by="li-jinpu", at=NOW, rulebook=rulebook)
    assert (case.unit, case.handler.id, case.hops) == (B3, B3_HEAD, 2)


def test_a_case_goes_only_to_where_somebody_is(rulebook: Rulebook) -> None:
    case = opened(rulebook)
    with pytest.raises(OwnerError, match="does not lie beneath"):
        delegate(case, LIANBANG, "up", by="x", at=NOW, rulebook=rulebook)
    with pytest.raises(OwnerError, match="no open unit"):
        transfer(case, "nowhere", "there", by="x", at=NOW, rulebook=rulebook)
    with pytest.raises(OwnerError, match="not a person of"):
        transfer(case, LIANBANG, "there", by="x", at=NOW, rulebook=rulebook, person="li-jinpu")
    with pytest.raises(OwnerError, match="have the case already"):
        transfer(case, B3, "here", by="x", at=NOW, rulebook=rulebook)


def test_past_the_hop_limit_only_the_top_unit_gives_a_case_away(rulebook: Rulebook) -> None:
    case = opened(rulebook, "facility.roof-leak")
    for _ in range(HOP_LIMIT // 2):
        case, _ = delegate(case, LIANBANG, "theirs", by="x", at=NOW, rulebook=rulebook)
        case, _ = transfer(case, "sanchajie/jinpu", "theirs", by="x", at=NOW, rulebook=rulebook)
    with pytest.raises(IllegalMoveError):
        delegate(case, LIANBANG, "theirs", by="x", at=NOW, rulebook=rulebook)
    case, _ = transfer(case, LIANBANG, "theirs", by="x", at=NOW, rulebook=rulebook)
    assert case.unit == "sanchajie"
    assert delegate(case, LIANBANG, "settled", by="x", at=NOW, rulebook=rulebook)[0].unit == LIANBANG


def test_a_declined_and_a_withdrawn_case_have_ended(rulebook: Rulebook) -> None:
    case, (*_, declined) = decline(opened(rulebook), "private matter", at=NOW)
    assert isinstance(declined, CaseDeclined)
    assert (case.state, declined.reason, case.closed_at) == (State.DECLINED, "private matter", NOW)
    assert withdraw(opened(rulebook), at=NOW)[0].state is State.WITHDRAWN
    with pytest.raises(IllegalMoveError):
        withdraw(resolved(rulebook), at=NOW)


def test_merged_cases_go_on_as_one_with_the_earlier_clock(rulebook: Rulebook) -> None:
    case, into = accepted(rulebook), accepted(rulebook, at=NOW + timedelta(days=2), case_id=OTHER_ID)
    assert case.deadline < into.deadline
    (merged, _), (target, _) = merge(case, into, at=NOW + timedelta(days=2), rulebook=rulebook)
    assert (merged.state, merged.merged_into) == (State.MERGED, OTHER_ID)
    assert target.deadline == case.deadline


def test_an_undone_merge_gives_each_its_own_clock_back(rulebook: Rulebook) -> None:
    case, into = accepted(rulebook), accepted(rulebook, at=NOW + timedelta(days=2), case_id=OTHER_ID)
    (merged, _), (target, _) = merge(case, into, at=NOW, rulebook=rulebook)
    (again, _), (alone, _) = unmerge(merged, target, at=NOW, rulebook=rulebook)
    assert (again.state, again.deadline, again.merged_into) == (State.ROUTED, case.deadline, None)
    assert (alone.deadline, alone.absorbed) == (into.deadline, ())


def test_a_case_is_not_merged_into_one_that_has_ended(rulebook: Rulebook) -> None:
    ended, _ = decline(opened(rulebook), "private", at=NOW)
    with pytest.raises(IllegalMoveError):
        merge(accepted(rulebook, case_id=OTHER_ID), ended, at=NOW, rulebook=rulebook)
    with pytest.raises(IllegalMoveError):
        unmerge(accepted(rulebook), ended, at=NOW, rulebook=rulebook)
