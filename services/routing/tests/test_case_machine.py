"""Whatever is done to a case, in whatever order, it keeps its promises."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from linli.contracts import Satisfaction
from linli.contracts.cases import CaseEvent
from linli.district import load_district
from routing.calendar import ChineseCalendar
from routing.domain.case import Case
from routing.domain.explanation import explain
from routing.domain.moves import Moved, accept, open_case, resolve, start
from routing.domain.return_visit import answer_return_visit
from routing.domain.states import Action, IllegalMoveError, State
from routing.domain.upwards import HOP_LIMIT, allowed_moves, escalate, return_

DISTRICT = load_district()
CALENDAR = ChineseCalendar()
CASE_ID = UUID("019a0000-0000-7000-8000-000000000001")

areas = st.sampled_from([*DISTRICT.units, "nowhere/at-all"])
categories = st.sampled_from([*DISTRICT.categories, "facility.volcano"])


class CaseMachine(RuleBasedStateMachine):
    case: Case
    events: tuple[CaseEvent, ...]
    now: datetime

    @initialize(category=categories, area=areas)
    def open(self, category: str, area: str) -> None:
        self.now = datetime(2025, 6, 11, 2, 0, tzinfo=UTC)
        self.case, self.events = open_case(CASE_ID, category, area, at=self.now, district=DISTRICT, calendar=CALENDAR)

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
        self.attempt(Action.RESOLVE, lambda: resolve(self.case, "done", at=self.now))

    @rule(action=st.sampled_from([Action.ESCALATE, Action.RETURN]))
    def hand_up(self, action: Action) -> None:
        move = escalate if action is Action.ESCALATE else return_
        self.attempt(action, lambda: move(self.case, "not here", at=self.now, district=DISTRICT, calendar=CALENDAR))

    @rule(solved=st.booleans(), satisfaction=st.sampled_from(Satisfaction))
    def answer(self, solved: bool, satisfaction: Satisfaction) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.attempt(
            Action.VERIFY if solved else Action.REOPEN,
            lambda: answer_return_visit(
                self.case,
                contacted=True,
                solved=solved,
                satisfaction=satisfaction,
                at=self.now,
                district=DISTRICT,
                calendar=CALENDAR,
            ),
        )

    def attempt(self, action: Action, move: Callable[[], Moved]) -> None:
        """Move where the case allows it; else see the move refused and the case unchanged."""
        if action in allowed_moves(self.case, DISTRICT):
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
    def hops_are_bounded(self) -> None:
        assert self.case.hops <= HOP_LIMIT + 1

    @invariant()
    def case_rests_only_where_somebody_can_act(self) -> None:
        assert self.case.state not in {State.RECEIVED, State.VERIFIED}
        assert bool(allowed_moves(self.case, DISTRICT)) is (self.case.state is not State.CLOSED)

    @invariant()
    def explanation_can_be_read(self) -> None:
        assert all(explain(self.case.explanation, "en"))

    @precondition(lambda self: self.case.state is State.CLOSED)
    @invariant()
    def closed_case_was_solved(self) -> None:
        assert self.case.closed_at is not None
        assert self.case.return_visits[-1].solved


TestCaseMachine = CaseMachine.TestCase
TestCaseMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
