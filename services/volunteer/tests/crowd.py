"""People and slots for the tests of the matcher."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from volunteer.domain.matching.words import Person, Place, Slot, Span, Task

HOME = Place(26.05, 119.3)
MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
A_DAY = Span(MORNING - timedelta(hours=8), MORNING + timedelta(hours=16))


def hours(begins: float, ends: float) -> Span:
    """From so many hours after the morning until so many."""
    return Span(MORNING + timedelta(hours=begins), MORNING + timedelta(hours=ends))


def north(metres: float) -> Place:
    return Place(HOME.lat + metres / 111_195, HOME.lon)


def person(name: str = "anna", **told: Any) -> Person:
    return Person(**{"id": name, "place": HOME, "radius_m": 1000, "free": (A_DAY,), **told})


def slot(name: str = "visit", **told: Any) -> Slot:
    return Slot(**{"id": name, "place": HOME, "span": hours(0, 1), **told})


SKILLS = ("carrying", "electrical", "listening")


def _words(some: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(some), max_size=2)


def _spans(most: int) -> st.SearchStrategy[tuple[Span, ...]]:
    marks = st.lists(st.integers(-4, 10), max_size=2 * most, unique=True).map(sorted)
    return marks.map(lambda found: tuple(hours(*pair) for pair in zip(found[::2], found[1::2], strict=False)))


_DAYS = st.sampled_from((date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)))
_BIRTHDAYS = st.sampled_from((None, date(2008, 3, 2), date(2008, 3, 3), date(2010, 5, 1), date(1960, 2, 29)))


def people(name: str) -> st.SearchStrategy[Person]:
    return st.builds(
        Person,
        id=st.just(name),
        place=st.integers(0, 5).map(lambda steps: north(300 * steps)),
        radius_m=st.sampled_from((0, 700, 5000)),
        free=st.one_of(st.just((A_DAY,)), _spans(2)),
        busy=_spans(1),
        skills=_words(SKILLS),
        qualifications=st.dictionaries(st.sampled_from(("insured", "driver")), _DAYS, max_size=2),
        languages=_words(("fuzhou", "english")),
        teams=_words(("peace", "party")),
        minutes_left=st.sampled_from((None, 0, 60, 120)),
        born=_BIRTHDAYS,
        guardian=st.booleans(),
        consented=st.sampled_from((True, True, False)),
        reliability=st.integers(0, 100),
        taken=st.integers(0, 2),
        helped=_words(("old-lin", "old-chen")),
    )


def slots(name: str) -> st.SearchStrategy[Slot]:
    return st.builds(
        Slot,
        id=st.just(name),
        place=st.integers(0, 5).map(lambda steps: north(300 * steps)),
        span=st.builds(lambda begin, length: hours(begin, begin + length), st.integers(0, 4), st.integers(1, 2)),
        headcount=st.integers(0, 2),
        urgent=st.booleans(),
        skills=st.one_of(st.just(frozenset()), _words(SKILLS)),
        liked=_words(SKILLS),
        qualifications=st.one_of(st.just(frozenset()), _words(("insured",))),
        languages=st.one_of(st.just(frozenset()), _words(("english",))),
        minimum_age=st.sampled_from((0, 0, 16, 18)),
        team=st.sampled_from((None, None, "peace")),
        beneficiary=st.sampled_from((None, "old-lin")),
        compound=st.sampled_from(("lianbang", "jinpu")),
    )


@st.composite
def tasks(draw: st.DrawFn, *, most_people: int = 5, most_slots: int = 4) -> Task:
    """A small task in which most people can do most things."""
    there = [draw(people(f"p{number}")) for number in range(draw(st.integers(0, most_people)))]
    wanted = [draw(slots(f"s{number}")) for number in range(draw(st.integers(0, most_slots)))]
    floors = draw(st.one_of(st.just({}), st.fixed_dictionaries({"jinpu": st.integers(0, 3)})))
    return Task(people=tuple(there), slots=tuple(wanted), floors=floors)
