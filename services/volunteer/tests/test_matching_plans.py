"""The best plan, its bounds and its reasons."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from volunteer.domain.matching.choosing import choose
from volunteer.domain.matching.eligibility import middle, obstacles
from volunteer.domain.matching.greedy import greedy
from volunteer.domain.matching.plan import Plan
from volunteer.domain.matching.planning import make_plan, problem_of, why_not
from volunteer.domain.matching.problem import Problem, values_of, violations
from volunteer.domain.matching.reason_texts import SENTENCES, explain
from volunteer.domain.matching.reasons import ReasonCode as Code
from volunteer.domain.matching.trying import what_if
from volunteer.domain.matching.words import MatchingError, Person, Task, Weights

from .crowd import hours, north, people, person, slot, tasks

some = settings(max_examples=40, deadline=None)
"""Each example is solved to the optimum, some of them twice."""


def pairs_of(plan: Plan) -> set[tuple[str, str]]:
    return {(one.person, one.slot) for one in plan.assigned}


def codes_of(plan: Plan, slot_id: str) -> list[Code]:
    return [reason.code for one in plan.outcomes if one.slot == slot_id for reason in one.reasons]


def best_of_all(problem: Problem) -> tuple[int, ...]:
    """Try every choice."""
    pairs = range(len(problem.person))
    every = (np.array(some, dtype=np.int64) for size in range(len(pairs) + 1) for some in combinations(pairs, size))
    return max(values_of(problem, some) for some in every if not violations(problem, some))


@some
@given(tasks(most_people=4, most_slots=3))
def test_no_choice_is_better_than_the_plan(task: Task) -> None:
    problem = problem_of(task)
    plan = make_plan(task)

    assert plan.values == plan.bounds == best_of_all(problem)


@some
@given(tasks())
def test_plan_breaks_no_rule(task: Task) -> None:
    plan = make_plan(task)
    doing = {one.id: one for one in task.people}
    work = {one.id: one for one in task.slots}

    filled = Counter(one.slot for one in plan.assigned)
    assert all(filled[one.id] <= one.headcount for one in task.slots)
    for name, volunteer in doing.items():
        mine = [work[one.slot] for one in plan.assigned if one.person == name]
        assert all(not obstacles(volunteer, one, middle(task.slots)) for one in mine)
        assert not any(one.span.overlaps(other.span) for one, other in combinations(mine, 2))
        assert sum(one.span.minutes for one in mine) <= (
            volunteer.minutes_left or 10**9 * (volunteer.minutes_left is None)
        )


@some
@given(tasks(), people("new"))
def test_one_more_volunteer_never_lowers_the_optimum(task: Task, newcomer: Person) -> None:
    effect = what_if(task, [newcomer])

    assert effect.after.values >= effect.before.values


@some
@given(tasks(), st.randoms(use_true_random=False))
def test_order_of_people_and_slots_does_not_matter(task: Task, chance: Random) -> None:
    shuffled = replace(
        task,
        people=tuple(chance.sample(task.people, len(task.people))),
        slots=tuple(chance.sample(task.slots, len(task.slots))),
    )

    assert make_plan(shuffled) == make_plan(task)


@some
@given(tasks(most_people=8, most_slots=8))
def test_greedy_keeps_the_rules_and_is_never_better(task: Task) -> None:
    problem = problem_of(task)

    assert violations(problem, greedy(problem)) == []
    assert values_of(problem, greedy(problem)) <= choose(problem).values


def test_urgent_needs_come_before_many_and_many_before_good() -> None:
    urgent = slot("urgent", urgent=True, span=hours(0, 2))
    two = (slot("first"), slot("second", span=hours(1, 2)))

    assert pairs_of(make_plan(Task(people=(person(),), slots=(urgent, *two)))) == {("anna", "urgent")}
    liked = frozenset({"listening"})
    good = slot("good", span=hours(0, 2), liked=liked, beneficiary="old-lin")
    kind = person(skills=liked, helped=frozenset({"old-lin"}))
    assert pairs_of(make_plan(Task(people=(kind,), slots=(good, *two)))) == {("anna", "first"), ("anna", "second")}


def test_work_is_shared_rather_than_heaped_on_the_nearest() -> None:
    near, far = person("near"), person("far", place=north(300))
    work = (slot("one"), slot("two", span=hours(1, 2)))

    shared = make_plan(Task(people=(near, far), slots=work))
    heaped = make_plan(Task(people=(near, far), slots=work, weights=Weights(load=0)))

    assert {one.person for one in shared.assigned} == {"near", "far"}
    assert {one.person for one in heaped.assigned} == {"near"}


def test_what_was_accepted_stays_and_takes_its_place() -> None:
    electrician = person("electrician", skills=frozenset({"electrical"}))
    lamp, visit = slot("lamp", skills=frozenset({"electrical"}), urgent=True), slot("visit")
    task = Task(people=(electrician,), slots=(lamp, visit), accepted=frozenset({("electrician", "visit")}))

    plan = make_plan(task)

    assert [(one.person, one.slot, one.accepted) for one in plan.assigned] == [("electrician", "visit", True)]
    assert codes_of(plan, "visit") == [Code.FULL]
    assert codes_of(plan, "lamp") == [Code.NOBODY_FITS, Code.OVERLAPS_ACCEPTED]


def test_override_against_the_rules_is_kept_and_said_to_break_them() -> None:
    task = Task(people=(person(radius_m=10),), slots=(slot(place=north(500)),), accepted=frozenset({("anna", "visit")}))

    assert pairs_of(make_plan(task)) == {("anna", "visit")}
    [forbidden] = why_not(replace(task, accepted=frozenset()), "anna", "visit")
    assert forbidden.code is Code.OUT_OF_REACH


def test_proposal_is_kept_unless_another_is_better_by_more_than_the_change_costs() -> None:
    proposed = Task(
        people=(person("close"), person("further", place=north(300))),
        slots=(slot(),),
        proposed=frozenset({("further", "visit")}),
    )

    assert pairs_of(make_plan(proposed)) == {("further", "visit")}
    assert pairs_of(make_plan(replace(proposed, weights=Weights(keep=50)))) == {("close", "visit")}


def test_compound_gets_its_floor_before_another_gets_more() -> None:
    crowd = tuple(person(f"p{number}") for number in range(2))
    liked = frozenset({"old-lin"})
    popular = tuple(slot(f"a{number}", compound="a", beneficiary="old-lin") for number in range(2))
    poor = slot("b", compound="b", place=north(900))
    task = Task(people=tuple(replace(one, helped=liked) for one in crowd), slots=(*popular, poor))

    assert {one.slot for one in make_plan(task).assigned} == {"a0", "a1"}
    floored = make_plan(replace(task, floors={"b": 1}))
    assert "b" in {one.slot for one in floored.assigned}
    assert floored.values[:3] == floored.bounds[:3] == (0, 1, 2)


def test_one_more_electrician_fills_what_waits_for_one() -> None:
    lamp = slot("lamp", skills=frozenset({"electrical"}))
    task = Task(people=(person(),), slots=(lamp, slot("visit")))

    effect = what_if(task, [person("electrician", skills=frozenset({"electrical"}))])

    assert effect.filled == {"lamp": 1}
    assert codes_of(effect.before, "lamp") == [Code.NOBODY_FITS, Code.SKILL_MISSING]


def test_every_yes_and_every_no_has_a_reason_in_each_language() -> None:
    crowd = (person(), person("far", place=north(3000)), person("second"))
    plan = make_plan(Task(people=crowd, slots=(slot(), slot("big", headcount=5, span=hours(0.5, 2)))))
    told = [one.reasons for one in plan.assigned]
    told += [one.reasons for one in plan.outcomes]
    told += [one.reasons for one in plan.idle]

    assert {one.person for one in plan.assigned} | {one.person for one in plan.idle} == {"anna", "far", "second"}
    assert all(told)
    for language in ("zh-Hans", "zh-Hant", "en"):
        sentences = [explain(reasons, language) for reasons in told]
        assert not any("{" in sentence for some in sentences for sentence in some)
    [far] = [one for one in plan.idle if one.person == "far"]
    assert explain(far.reasons, "en") == ("there is nothing that they could do", "the place is out of reach")
    assert explain(far.reasons, "zh-Hant") == ("沒有可做的任務", "超出服務半徑")
    assert SENTENCES.keys() == set(Code)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (Task(people=(person(), person()), slots=()), "anna"),
        (Task(people=(), slots=(slot(), slot())), "visit"),
        (Task(people=(), slots=(slot(span=hours(1, 1)),)), "visit"),
        (Task(people=(), slots=(slot(headcount=-1),)), "visit"),
        (Task(people=(person(),), slots=(), accepted=frozenset({("anna", "gone")})), "gone"),
        (Task(people=(person(free=(hours(2, 3), hours(0, 1))),), slots=(slot(),)), "anna"),
        (Task(people=(person(free=(hours(3, 2),)),), slots=(slot(),)), "anna"),
    ],
)
def test_task_that_contradicts_itself_is_refused(task: Task, message: str) -> None:
    with pytest.raises(MatchingError, match=message):
        make_plan(task)


def test_slot_that_wants_nobody_gets_nobody() -> None:
    plan = make_plan(Task(people=(person(),), slots=(slot(headcount=0),)))

    assert (plan.assigned, codes_of(plan, "visit")) == ((), [Code.CLOSED])


def test_shifts_of_more_than_a_person_can_bear_are_shared_out() -> None:
    """A week of shifts with overlaps and caps, too large to try every choice: the bound says that none is better."""
    crowd = tuple(
        person(f"p{number:02}", minutes_left=180, place=north(40 * number), reliability=number) for number in range(25)
    )
    work = tuple(
        slot(f"s{number:02}", headcount=2, span=hours(number * 0.4, number * 0.4 + 1.5), urgent=number % 5 == 0)
        for number in range(30)
    )
    task = Task(people=crowd, slots=work)
    plan = make_plan(task)

    assert plan.values[:2] == plan.bounds[:2]
    assert (plan.bounds[2] - plan.values[2]) / plan.bounds[2] < 0.001
    assert plan.values[1] == 50 > values_of(problem_of(task), greedy(problem_of(task)))[1] - 1
    assert max(Counter(one.person for one in plan.assigned).values()) == 2
    assert timedelta(minutes=180) == work[0].span.ends - work[0].span.begins + timedelta(minutes=90)
