"""Who may do what, whatever is best."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from volunteer.domain.matching.candidates import find_candidates
from volunteer.domain.matching.eligibility import age_on, middle, obstacles
from volunteer.domain.matching.reasons import ReasonCode as Code
from volunteer.domain.matching.words import Task

from .crowd import HOME, hours, north, person, slot, tasks


@pytest.mark.parametrize(
    ("who", "what", "code"),
    [
        ({"consented": False}, {}, Code.NO_CONSENT),
        ({}, {"place": north(1100)}, Code.OUT_OF_REACH),
        ({"born": date(2009, 3, 2), "guardian": True}, {"minimum_age": 18}, Code.UNDER_AGE),
        ({"born": date(2008, 3, 3)}, {}, Code.NO_GUARDIAN),
        ({"skills": frozenset({"carrying"})}, {"skills": frozenset({"carrying", "electrical"})}, Code.SKILL_MISSING),
        ({}, {"qualifications": frozenset({"driver"})}, Code.QUALIFICATION_MISSING),
        (
            {"qualifications": {"driver": date(2026, 3, 1)}},
            {"qualifications": frozenset({"driver"})},
            Code.QUALIFICATION_EXPIRED,
        ),
        ({"languages": frozenset({"fuzhou"})}, {"languages": frozenset({"english"})}, Code.LANGUAGE_MISSING),
        ({}, {"team": "peace"}, Code.NOT_IN_TEAM),
        ({"free": (hours(0, 0.9), hours(1, 2))}, {}, Code.NOT_FREE),
        ({"free": ()}, {}, Code.NOT_FREE),
        ({"busy": (hours(0.5, 3),)}, {}, Code.OVERLAPS_ACCEPTED),
        ({"minutes_left": 59}, {}, Code.HOURS_CAP),
    ],
)
def test_each_rule_forbids_by_itself(who: dict[str, Any], what: dict[str, Any], code: Code) -> None:
    one, other = person(**who), slot(**what)

    assert obstacles(one, other, HOME) == (code,)
    found = find_candidates([one], [other])
    assert (len(found.person), {code: int(lost[0]) for code, lost in found.lost_by_slot.items() if lost[0]}) == (
        0,
        {code: 1},
    )


@pytest.mark.parametrize(
    ("who", "what"),
    [
        ({"radius_m": 1000}, {"place": north(999)}),
        ({"born": date(2008, 3, 2)}, {"minimum_age": 18}),
        ({"born": date(2010, 1, 1), "guardian": True}, {"minimum_age": 16}),
        ({"qualifications": {"driver": date(2026, 3, 2)}}, {"qualifications": frozenset({"driver"})}),
        ({"free": (hours(0, 1),)}, {}),
        ({"busy": (hours(-1, 0), hours(1, 2))}, {}),
        ({"minutes_left": 60}, {}),
    ],
)
def test_the_edge_of_each_rule_is_within_it(who: dict[str, Any], what: dict[str, Any]) -> None:
    assert obstacles(person(**who), slot(**what), HOME) == ()
    assert len(find_candidates([person(**who)], [slot(**what)]).person) == 1


@settings(max_examples=60, deadline=None)
@given(tasks())
def test_many_pairs_at_once_are_judged_as_each_by_itself(task: Task) -> None:
    found = find_candidates(task.people, task.slots)
    about = middle(task.slots)
    judged = {
        (who, what): obstacles(one, other, about)
        for who, one in enumerate(task.people)
        for what, other in enumerate(task.slots)
    }

    assert list(zip(found.person.tolist(), found.slot.tolist(), strict=True)) == [
        pair for pair, forbidden in judged.items() if not forbidden
    ]
    for code in found.lost_by_slot:
        first = [pair for pair, forbidden in judged.items() if forbidden[:1] == (code,)]
        assert found.lost_by_slot[code].tolist() == [
            sum(what == place for _, what in first) for place in range(len(task.slots))
        ]
        assert found.lost_by_person[code].tolist() == [
            sum(who == place for who, _ in first) for place in range(len(task.people))
        ]


def test_more_words_than_a_number_has_bits_are_told_apart() -> None:
    crowd = [person(f"p{number:03}", skills=frozenset({f"skill-{number}"})) for number in range(150)]
    work = [slot(f"s{number:03}", skills=frozenset({f"skill-{number}"})) for number in range(150)]

    found = find_candidates(crowd, work)

    assert found.person.tolist() == found.slot.tolist() == list(range(150))


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18), (date(2028, 2, 29), 20), (date(2028, 2, 28), 19)]
)
def test_who_is_born_on_a_leap_day_grows_older_once_a_year(day: date, age: int) -> None:
    assert age_on(date(2008, 2, 29), day) == age
