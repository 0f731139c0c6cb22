"""Whether to send somebody now, or to keep them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from volunteer.domain.matching.keeping import week_of, weigh
from volunteer.domain.matching.words import Person, Place, Slot, Span

HERE = Place(26.04, 119.32)
MORNING = datetime(2026, 3, 4, 9, tzinfo=UTC)
SPAN = Span(MORNING, MORNING + timedelta(hours=1))
NEED = Slot(id="now", place=HERE, span=SPAN)
ANNA = Person(id="anna", place=HERE, radius_m=1000, free=())
FAR = replace(NEED, place=Place(26.048, 119.32))


def test_somebody_far_away_is_kept_for_what_comes_nearby_every_week() -> None:
    nearby = replace(NEED, id="nearby")
    [offer] = weigh([ANNA], FAR, [[nearby, nearby]] * 3, share=0.0)
    assert offer.margin < 0 < offer.worth
    [late] = weigh([ANNA], FAR, [], share=0.0)
    assert (late.price, late.margin) == (0, late.worth)


def test_of_two_the_one_who_is_wanted_elsewhere_is_sent_last() -> None:
    nurse = replace(ANNA, id="nurse", skills=frozenset({"first-aid"}))
    wound = replace(NEED, id="wound", skills=frozenset({"first-aid"}))
    offers = weigh([nurse, ANNA], NEED, [[wound], [wound]], share=0.1)
    assert [one.person for one in offers] == ["anna", "nurse"]
    assert offers[0].price == 0 < offers[1].price


def test_who_may_not_take_the_need_is_not_offered() -> None:
    assert weigh([ANNA], replace(NEED, skills=frozenset({"first-aid"})), [], share=0) == ()
    assert weigh([], NEED, [[NEED]], share=0) == ()


def test_a_week_begins_on_monday() -> None:
    begins, share = week_of(MORNING)
    assert (begins, round(share * 7, 3)) == (datetime(2026, 3, 2, tzinfo=UTC), 2.375)
