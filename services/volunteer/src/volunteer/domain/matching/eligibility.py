"""Whether one person may take one slot: every rule that forbids it, one by one."""

from collections.abc import Iterator, Sequence
from datetime import date
from math import cos, hypot, radians

from volunteer.domain.matching.reasons import ReasonCode
from volunteer.domain.matching.words import Person, Place, Slot

OF_AGE = 18

METRES_A_DEGREE = 6_371_000 * radians(1)
"""Of latitude, and of longitude at the equator, on a sphere."""


def obstacles(person: Person, slot: Slot, about: Place) -> tuple[ReasonCode, ...]:
    """Return what forbids the match, in the order in which a plan looks at it; nothing where it is allowed.

    ``about`` is the point of the projection, the same for all that are compared.
    """
    return tuple(code for code, forbids in _checks(person, slot, about) if forbids)


def age_on(born: date, day: date) -> int:
    """Return an age in years; who is born on 29 February has the birthday on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def middle(slots: Sequence[Slot]) -> Place:
    """Return the point about which a plan measures."""
    if not slots:
        return Place(0, 0)
    count = len(slots)
    return Place(sum(slot.place.lat for slot in slots) / count, sum(slot.place.lon for slot in slots) / count)


def metres_between(one: Place, other: Place, about: Place) -> float:
    """Return the distance of two places that lie near a point.

    By an equirectangular projection: east = R cos(lat of the point) d lon, north = R d lat.
    """
    east = (one.lon - other.lon) * METRES_A_DEGREE * cos(radians(about.lat))
    return hypot(east, (one.lat - other.lat) * METRES_A_DEGREE)


def _checks(person: Person, slot: Slot, about: Place) -> Iterator[tuple[ReasonCode, bool]]:
    day = slot.span.ends.date()
    valid = person.qualifications
    age = OF_AGE if person.born is None else age_on(person.born, day)
    yield ReasonCode.NO_CONSENT, not person.consented
    yield ReasonCode.OUT_OF_REACH, metres_between(person.place, slot.place, about) > person.radius_m
    yield ReasonCode.UNDER_AGE, age < slot.minimum_age
    yield ReasonCode.NO_GUARDIAN, age < OF_AGE and not person.guardian
    yield ReasonCode.SKILL_MISSING, not slot.skills <= person.skills
    yield ReasonCode.QUALIFICATION_MISSING, not slot.qualifications <= valid.keys()
    yield ReasonCode.QUALIFICATION_EXPIRED, any(one in valid and valid[one] < day for one in slot.qualifications)
    yield ReasonCode.LANGUAGE_MISSING, not slot.languages <= person.languages
    yield ReasonCode.NOT_IN_TEAM, slot.team is not None and slot.team not in person.teams
    yield ReasonCode.NOT_FREE, not any(span.contains(slot.span) for span in person.free)
    yield ReasonCode.OVERLAPS_ACCEPTED, any(span.overlaps(slot.span) for span in person.busy)
    yield ReasonCode.HOURS_CAP, person.minutes_left is not None and slot.span.minutes > person.minutes_left
