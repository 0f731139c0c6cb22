"""Whatever is done to cases, in whatever order, their facts come to what a count of all of them finds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.contracts import Satisfaction
from linli.district import load_district
from routing.calendar import CHINA_TIME
from routing.domain.case import Case
from routing.domain.facts import Fact, Step, Visit, change, happened, retold
from routing.domain.measures import TimeMeasure, bucket_of
from routing.domain.moves import Moved, accept, resolve, start
from routing.domain.owners import allowed_moves, escalate, return_
from routing.domain.states import OPEN, Action, State
from routing.domain.verification import answer_return_visit

from .builders import opened, rules
from .recount import Life, recount

RULEBOOK = rules(load_district())
BEGINNING = datetime(2025, 6, 11, 2, 0, tzinfo=UTC)
PLACES = ("sanchajie/jinpu/lianbang/b3", "sanchajie/jinpu/lianbang", "nowhere/at-all")
CATEGORIES = ("facility.stair-light", "dispute.neighbour", "safety.fire-lane")


class Town:
    """Cases that are moved, the facts of each move, and what happened for whoever counts by hand."""

    def __init__(self) -> None:
        self.now = BEGINNING
        self.lives: list[Life] = []
        self.facts: list[Fact] = []

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def report(self, category: str, area: str) -> None:
        case_id = UUID(int=len(self.lives) + 1)
        case = opened(RULEBOOK, category, area, at=self.now, case_id=case_id)
        self.wait(1)
        step = Step("route", self.now, None, case.unit)
        self.lives.append(Life(case, [step]))
        self.facts += [*change(None, case), *happened(case, [step], [], {})]

    def move(self, life: Life, action: str, *, solved: bool, satisfaction: Satisfaction) -> None:
        """Move a case where it allows that, else leave it as it is."""
        before = life.case
        if action in {"accept", "start", "resolve", "escalate", "return"}:
            if Action(action) in allowed_moves(before, RULEBOOK):
                self.note(life, self.moved(before, action)[0], action)
        elif action == "visit":
            if before.state is State.RESOLVED:
                case, _ = self.answered(before, solved=solved, satisfaction=satisfaction)
                self.note(life, case, *(("verify", "close") if solved else ("reopen",)))
        elif before.state in (*OPEN, State.MERGED):
            self.note(life, self.otherwise(before, action), action)

    def moved(self, case: Case, action: str) -> Moved:
        at = self.now
        simple: dict[str, Callable[[], Moved]] = {
            "accept": lambda: accept(case),
            "start": lambda: start(case),
            "resolve": lambda: resolve(case, "done", by="x", at=at, rulebook=RULEBOOK),
            "escalate": lambda: escalate(case, "too big", by="x", at=at, rulebook=RULEBOOK),
            "return": lambda: return_(case, "not ours", by="x", at=at, rulebook=RULEBOOK),
        }
        return simple[action]()

    def answered(self, case: Case, *, solved: bool, satisfaction: Satisfaction) -> Moved:
        moved, _ = answer_return_visit(
            case,
            contacted=solved,
            solved=solved,
            satisfaction=satisfaction,
            answered_at=self.now,
            at=self.now,
            rulebook=RULEBOOK,
        )
        return moved

    def otherwise(self, case: Case, action: str) -> Case:
        """Do what changes how a case counts, by its outcome."""
        changes: dict[str, Case] = {
            "extend": case.promising(case.promised_at + timedelta(days=3), at=self.now),
            "merge": replace(case, state=State.MERGED, suspended_at=None),
            "unmerge": replace(case, state=State.ACCEPTED) if case.state is State.MERGED else case,
            "decline": replace(case, state=State.DECLINED, closed_at=self.now),
            "suspend": replace(case, state=State.SUSPENDED, suspended_at=case.suspended_at or self.now),
            "dispatch": replace(case, co_departments=(*case.co_departments, f"extra-{len(case.co_departments)}")),
            "close-unanswered": replace(case, state=State.CLOSED, closed_at=self.now)
            if case.state is State.RESOLVED
            else case,
        }
        return changes[action]

    def note(self, life: Life, case: Case, *actions: str) -> None:
        before = life.case
        steps = [Step(action, self.now, before.unit, case.unit) for action in actions]
        visits = [Visit(one, case.unit) for one in case.return_visits[len(before.return_visits) :]]
        done = {step.action: step.at for step in life.steps}
        self.facts += [*change(before, case), *happened(case, steps, visits, done)]
        life.case = case
        life.steps += steps
        life.visits += visits


ACTIONS = (
    *("accept", "start", "resolve", "resolve", "escalate", "return", "visit", "visit"),
    *("extend", "merge", "unmerge", "decline", "suspend", "dispatch", "close-unanswered"),
)

scripts = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(ACTIONS),
        st.integers(0, 120),
        st.booleans(),
        st.sampled_from(Satisfaction),
    ),
    max_size=40,
)


def played(script: Sequence[tuple[int, str, int, bool, Satisfaction]]) -> Town:
    town = Town()
    for category, area in zip(CATEGORIES, PLACES, strict=True):
        town.report(category, area)
    for which, action, hours, solved, satisfaction in script:
        town.wait(hours)
        town.move(town.lives[which], action, solved=solved, satisfaction=satisfaction)
    return town


def summed(facts: Sequence[Fact], *, at: datetime, unit: str = "", month: int | None = None) -> Counter[str]:
    sums: Counter[str] = Counter()
    for fact in facts:
        ours = fact.place.unit == unit or fact.place.unit.startswith(f"{unit}/") or not unit
        if fact.at > at or not ours or month not in {None, fact.at.astimezone(CHINA_TIME).month}:
            continue
        sums[fact.measure] += fact.amount
        if isinstance(fact.measure, TimeMeasure):
            assert fact.seconds is not None
            sums[f"{fact.measure}_seconds"] += fact.seconds
            sums[f"{fact.measure}_{bucket_of(fact.seconds)}"] += fact.amount
    return Counter({measure: amount for measure, amount in sums.items() if amount})


@settings(max_examples=150, deadline=None)
@given(scripts, st.integers(0, 900))
def test_facts_come_to_what_a_recount_finds(
    script: Sequence[tuple[int, str, int, bool, Satisfaction]], hours: int
) -> None:
    town = played(script)
    # Also long after the last move, when deadlines have passed that nobody touched since.
    at = town.now + timedelta(hours=hours)
    assert summed(town.facts, at=at) == recount(town.lives, at=at)
    for unit in ("sanchajie", "sanchajie/jinpu/lianbang", "sanchajie/jinpu/lianbang/b3"):
        within = recount(town.lives, at=at, unit=lambda one, unit=unit: f"{one}/".startswith(f"{unit}/"))  # type: ignore[misc]
        assert summed(town.facts, at=at, unit=unit) == within
    for month in (6, 7, 8):
        of_month = recount(town.lives, at=at, day=lambda day, month=month: day.month == month)  # type: ignore[misc]
        assert summed(town.facts, at=at, month=month) == of_month


@settings(max_examples=80, deadline=None)
@given(scripts)
def test_facts_told_again_from_the_history_are_the_same(
    script: Sequence[tuple[int, str, int, bool, Satisfaction]],
) -> None:
    town = played(script)
    again = [fact for life in town.lives for fact in retold(life.case, life.steps, life.visits)]
    at = town.now + timedelta(days=400)
    assert summed(again, at=at) == summed(town.facts, at=at)


@settings(max_examples=80, deadline=None)
@given(scripts)
def test_a_part_never_exceeds_its_whole(script: Sequence[tuple[int, str, int, bool, Satisfaction]]) -> None:
    town = played(script)
    for month in (None, 6, 7, 8):
        sums = summed(town.facts, at=town.now, month=month)
        for part, whole in (
            ("closed", "due"),
            ("closed_on_time", "closed"),
            ("closed_unanswered", "closed"),
            ("reopened", "resolved"),
            ("solved", "visits"),
        ):
            assert 0 <= sums[part] <= sums[whole]


def test_open_case_is_due_from_its_deadline_on() -> None:
    town = played([])
    due = sorted(life.case.promised_at for life in town.lives)
    assert [summed(town.facts, at=moment)["due"] for moment in due] == [1, 2, 3]
    assert summed(town.facts, at=due[0] - timedelta(seconds=1))["due"] == 0


def test_case_that_goes_up_before_its_promise_passes_is_due_for_the_new_unit() -> None:
    town = played([(0, "escalate", 1, True, Satisfaction.SATISFIED)])
    later = town.now + timedelta(days=90)
    assert summed(town.facts, at=later, unit="sanchajie/jinpu/lianbang/b3")["due"] == 0
    assert summed(town.facts, at=later, unit="sanchajie/jinpu/lianbang")["due"] == 2


def test_case_that_goes_up_after_its_promise_passed_stays_due_for_the_unit_that_let_it_pass() -> None:
    town = played([(0, "escalate", 960, True, Satisfaction.SATISFIED)])
    at = town.now + timedelta(days=90)
    for unit, due in (("sanchajie/jinpu/lianbang/b3", 1), ("sanchajie/jinpu/lianbang", 2)):
        assert summed(town.facts, at=at, unit=unit)["due"] == due


def test_late_case_that_is_declined_or_suspended_stays_due() -> None:
    for action in ("decline", "suspend"):
        for hours, due in ((1, 2), (960, 3)):
            town = played([(0, action, hours, True, Satisfaction.SATISFIED)])
            assert summed(town.facts, at=town.now + timedelta(days=90))["due"] == due
