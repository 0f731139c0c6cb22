"""Invented volunteers and slots for the matcher, and invented days of needs that come one by one."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from volunteer.domain.matching.online import Arrival
from volunteer.domain.matching.words import Person, Place, Slot, Span, Task

SKILLS = (
    "listening",
    "carrying",
    "teaching",
    "first-aid",
    "repair",
    "electrical",
    "driving",
    "cooking",
    "computers",
    "sign",
)
COMMON = (30, 30, 20, 12, 12, 6, 8, 15, 10, 2)
"""Of a hundred people so many have each skill."""

LANGUAGES = ("fuzhou", "english")
CITY = Place(26.05, 119.3)
SIDE = 0.06
"""The town is so many degrees wide and high: some six kilometres."""

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 7
STARTS = (1, 3, 6, 9, 11)
"""Hours at which slots begin, in UTC."""


def crowd(people: int, slots: int, *, seed: int, at_once: bool = False) -> Task:
    """Return people and slots of a week; with ``at_once`` all slots are on one service day at the same time."""
    chance = Random(seed)
    return Task(
        people=tuple(_person(chance, number, at_once=at_once) for number in range(people)),
        slots=tuple(_slot(chance, number, at_once=at_once) for number in range(slots)),
    )


def _place(chance: Random) -> Place:
    return Place(CITY.lat + chance.uniform(-0.5, 0.5) * SIDE, CITY.lon + chance.uniform(-0.5, 0.5) * SIDE)


def _person(chance: Random, number: int, *, at_once: bool) -> Person:
    return Person(
        id=f"p{number:05}",
        place=_place(chance),
        radius_m=chance.choice((500, 800, 1000, 1500, 3000)),
        free=_free(chance, at_once=at_once),
        skills=frozenset(skill for skill, part in zip(SKILLS, COMMON, strict=True) if chance.random() * 100 < part),
        qualifications={"insured": date(2026, 3, chance.randint(1, 28))} if chance.random() < 0.5 else {},
        languages=frozenset(name for name in LANGUAGES if chance.random() < 0.6),
        minutes_left=chance.choice((None, 120, 180, 240, 360)),
        born=date(chance.randint(1950, 2011), 5, 1),
        guardian=chance.random() < 0.5,
        consented=chance.random() < 0.97,
        reliability=chance.randint(20, 100),
        rested_days=chance.randint(0, 60),
        taken=chance.choice((0, 0, 0, 1, 2)),
    )


def _free(chance: Random, *, at_once: bool) -> tuple[Span, ...]:
    if at_once:
        return (Span(MONDAY, MONDAY + timedelta(hours=24)),) if chance.random() < 0.7 else ()
    spans = []
    for day in range(DAYS):
        if chance.random() < 0.5:
            begins = MONDAY + timedelta(days=day, hours=chance.choice((0, 3, 6, 9)))
            spans.append(Span(begins, begins + timedelta(hours=chance.choice((3, 5, 8)))))
    return tuple(spans)


def _slot(chance: Random, number: int, *, at_once: bool) -> Slot:
    begins = MONDAY if at_once else MONDAY + timedelta(days=chance.randrange(DAYS))
    begins += timedelta(hours=3 if at_once else chance.choice(STARTS))
    wanted = chance.choices(SKILLS, COMMON, k=2)
    return Slot(
        id=f"s{number:05}",
        place=_place(chance),
        span=Span(begins, begins + timedelta(minutes=chance.choice((60, 90, 120, 180)))),
        headcount=1 if at_once else chance.choice((1, 1, 1, 2, 4)),
        urgent=chance.random() < 0.1,
        skills=frozenset(wanted[:1]) if chance.random() < 0.6 else frozenset(),
        liked=frozenset(wanted[1:]),
        qualifications=frozenset({"insured"}) if chance.random() < 0.2 else frozenset(),
        languages=frozenset({chance.choice(LANGUAGES)}) if chance.random() < 0.2 else frozenset(),
        minimum_age=chance.choice((0, 0, 0, 18)),
        compound=f"c{chance.randrange(40)}",
    )


class Town:
    """People who can be asked a few times a day, and days on which needs come one by one.

    A need is of some kind, and near some people; it is worth little or, seldom, much.
    """

    def __init__(self, seed: int, people: int = 60, kinds: int = 8) -> None:
        chance = Random(seed)
        self.capacity = [chance.choice((1, 2)) for _ in range(people)]
        self._skill = [[chance.random() for _ in range(kinds)] for _ in range(people)]
        self._often = [chance.random() + 0.1 for _ in range(kinds)]
        self._kinds = kinds

    def day(self, seed: int, arrivals: int = 120) -> list[Arrival]:
        """Return the needs of one day."""
        chance = Random(seed)
        return [self._need(chance) for _ in range(arrivals)]

    def _need(self, chance: Random) -> Arrival:
        kind = chance.choices(range(self._kinds), self._often)[0]
        worth = 10 * chance.paretovariate(1.5)
        near = chance.sample(range(len(self.capacity)), 12)
        return {person: int(min(worth, 300) * self._skill[person][kind]) + 1 for person in near}
