"""Whatever is done to a case, in whatever order, it keeps its promises."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from linli.contracts import CaseInspected, CaseResolved, CaseVerified, Satisfaction
from linli.contracts.cases import CaseEvent
from linli.district import load_district
from routing.domain.approvals import approve, ask, refuse, resume
from routing.domain.case import Case
from routing.domain.endings import decline, supervise
from routing.domain.explanation import explain
from routing.domain.matter import Matter
from routing.domain.moves import MomentError, Moved, accept, resolve, start
from routing.domain.opening import open_case
from routing.domain.owners import OwnerError, allowed_moves, delegate, escalate, return_, transfer
from routing.domain.states import OPEN, Action, IllegalMoveError, State
from routing.domain.ticking import next_at, tick
from routing.domain.verification import answer_return_visit, reopen, verify

from .builders import CASE_ID, rules

DISTRICT = load_district()
RULEBOOK = rules(DISTRICT)

areas = st.sampled_from([*DISTRICT.units, "nowhere/at-all"])
categories = st.sampled_from([*DISTRICT.categories, "facility.volcano"])


class CaseMachine(RuleBasedStateMachine):
    case: Case
    events: tuple[CaseEvent, ...]
    now: datetime

    @initialize(category=categories, area=areas)
    def open(self, category: str, area: str) -> None:
        self.now = datetime(2025, 6, 11, 2, 0, tzinfo=UTC)
        self.case, self.events = open_case(CASE_ID, Matter(category, area, self.now), at=self.now, rulebook=RULEBOOK)

    @rule(hours=st.integers(0, 400))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def accept(self) -> None:
        self.attempt(Action.ACCEPT, lambda: accept(self.case))

    @rule()
    def start(self) -> None:
        self.attempt(Action.START, lambda: start(self.case))

    @rule()
    def resolve(self) -> None:
        by = self.case.handler.id
        self.attempt(Action.RESOLVE, lambda: resolve(self.case, "done", by=by, at=self.now, rulebook=RULEBOOK))

    @rule(action=st.sampled_from([Action.ESCALATE, Action.RETURN]))
    def hand_up(self, action: Action) -> None:
        move = escalate if action is Action.ESCALATE else return_
        self.attempt(action, lambda: move(self.case, "not here", by="somebody", at=self.now, rulebook=RULEBOOK))

    @rule(action=st.sampled_from([Action.DELEGATE, Action.TRANSFER]), unit=st.sampled_from([*DISTRICT.units]))
    def give(self, action: Action, unit: str) -> None:
        move = delegate if action is Action.DELEGATE else transfer
        try:
            self.attempt(action, lambda: move(self.case, unit, "theirs", by="x", at=self.now, rulebook=RULEBOOK))
        except OwnerError:
            assert action is Action.DELEGATE or unit == self.case.unit or self.case.hops >= RULEBOOK.hop_limit

    @precondition(lambda self: self.case.asked is None)
    @rule(wish=st.sampled_from(["extend", "suspend"]), hours=st.integers(1, 2000))
    def ask(self, wish: str, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        try:
            self.attempt(Action.ASK, lambda: ask(self.case, wish, until, "parts", by="x", at=self.now))  # type: ignore[arg-type]
        except MomentError:
            assert wish == "extend"
            assert until <= self.case.deadline

    @precondition(lambda self: self.case.asked is not None and self.case.asked.until > self.now)
    @rule(granted=st.booleans())
    def decide(self, granted: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        if granted:
            self.attempt(Action.EXTEND, lambda: approve(self.case, by="y", at=self.now, rulebook=RULEBOOK)[0])
        else:
            self.attempt(Action.REFUSE, lambda: refuse(self.case, "no"))

    @rule()
    def resume(self) -> None:
        self.attempt(Action.RESUME, lambda: resume(self.case, at=self.now, rulebook=RULEBOOK))

    @rule()
    def supervise(self) -> None:
        self.attempt(Action.SUPERVISE, lambda: supervise(self.case, "look after it", by="somebody"))

    @rule(weight=st.integers(0, 9))
    def decline(self, weight: int) -> None:
        if weight == 0:
            self.attempt(Action.DECLINE, lambda: decline(self.case, "not ours", at=self.now))

    @rule(done=st.booleans())
    def inspect(self, done: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        look, action = (verify, Action.VERIFY) if done else (reopen, Action.REOPEN)
        self.attempt(action, lambda: look(self.case, by="inspector", at=self.now, rulebook=RULEBOOK))

    @precondition(lambda self: self.case.state in (State.RESOLVED, State.VERIFIED))
    @rule(solved=st.booleans(), satisfaction=st.sampled_from(Satisfaction))
    def answer(self, solved: bool, satisfaction: Satisfaction) -> None:  # noqa: FBT001 - hypothesis passes by name
        (self.case, events), _ = answer_return_visit(
            self.case,
            contacted=True,
            solved=solved,
            satisfaction=satisfaction,
            answered_at=self.now,
            at=self.now,
            rulebook=RULEBOOK,
        )
        self.events += events

    @rule()
    def let_time_act(self) -> None:
        before = self.case
        (self.case, events), actions = tick(self.case, at=self.now, rulebook=RULEBOOK)
        self.events += events
        assert bool(actions) is bool(events)
        due = next_at(before, RULEBOOK)
        assert bool(actions) is (due is not None and due <= self.now)
        assert not tick(self.case, at=self.now, rulebook=RULEBOOK)[1], "time acts once"

    def attempt(self, action: Action, move: Callable[[], Moved]) -> None:
        """Move where the case allows it; else see the move refused and the case unchanged."""
        if action in allowed_moves(self.case, RULEBOOK):
            self.case, events = move()
            self.events += events
            return
        with pytest.raises(IllegalMoveError) as caught:
            move()
        assert (caught.value.state, caught.value.action) == (self.case.state, action)

    @invariant()
    def version_counts_the_events(self) -> None:
        assert self.case.version == len(self.events)

    @invariant()
    def case_has_an_owner_with_a_deadline(self) -> None:
        assert self.case.handler.id in DISTRICT.persons
        assert self.case.unit in DISTRICT.units
        assert self.case.level is DISTRICT.unit(self.case.unit).level
        assert self.case.deadline > self.case.opened_at

    @invariant()
    def case_rests_only_where_somebody_or_time_can_act(self) -> None:
        assert self.case.state is not State.RECEIVED
        assert bool(allowed_moves(self.case, RULEBOOK)) is (self.case.state in OPEN)

    @invariant()
    def somebody_answers_for_it(self) -> None:
        assert self.case.responsible.id in DISTRICT.persons

    @invariant()
    def an_ended_case_has_no_time_left_to_act(self) -> None:
        assert self.case.is_open or next_at(self.case, RULEBOOK) is None

    @invariant()
    def explanation_can_be_read(self) -> None:
        assert all(explain(self.case.explanation, "en"))

    @precondition(lambda self: self.case.state is State.CLOSED)
    @invariant()
    def closed_case_was_found_done_by_somebody_else(self) -> None:
        assert self.case.closed_at is not None
        kinds = [type(event) for event in self.events]
        since_resolved = kinds[len(kinds) - 1 - kinds[::-1].index(CaseResolved) :]
        assert {CaseInspected, CaseVerified} & {*since_resolved}


TestCaseMachine = CaseMachine.TestCase
TestCaseMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
