"""Questions to the matcher that change nothing: what further people would change, and why somebody is not asked."""

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from linli.chassis.database import Reading
from linli.chassis.district import CurrentDistrict
from linli.chassis.language import Language
from linli.chassis.runtime import Now
from linli.contracts import AreaPath, Slug
from linli.district.known import KnownDistrict
from volunteer.api.callers import OrganiserActor
from volunteer.api.people_schemas import RADIUS_M
from volunteer.api.shift_schemas import PlanShifts
from volunteer.api.shifts import span_of
from volunteer.api.words import Body, Codes, Read, distinct, placed
from volunteer.domain.matching.reason_texts import explain
from volunteer.domain.matching.words import Person, Span
from volunteer.usecases import assignments as usecases
from volunteer.usecases.matched_people import place_of
from volunteer.usecases.plans import Tried, try_people

LEEWAY = timedelta(days=3)
"""A shift may go on after the last moment at which one begins."""

router = APIRouter(prefix="/v1", tags=["shifts"])


class Further(Body):
    """People who might come besides: so many who live there, have these skills, and always have time."""

    count: int = Field(default=1, ge=1, le=100)
    area: AreaPath
    radius_m: int = Field(default=2000, ge=0, le=RADIUS_M)
    skills: Codes = Field(default_factory=list)
    qualifications: Codes = Field(default_factory=list)

    def people(self, number: int, span: Span, district: KnownDistrict) -> list[Person]:
        """Return them as the matcher takes people; their papers do not expire meanwhile.

        Raises:
            FieldError: the grid has no such unit.
        """
        place = place_of(district, placed(self.area, district))
        return [
            Person(
                id=f"further-{number}-{each}",
                place=place,
                radius_m=self.radius_m,
                free=(span,),
                skills=frozenset(distinct(self.skills)),
                qualifications=dict.fromkeys(self.qualifications, span.ends.date()),
            )
            for each in range(self.count)
        ]


class TryPeople(Body):
    """Which shifts, and which people might come besides."""

    plan: PlanShifts
    further: Annotated[list[Further], Field(min_length=1, max_length=10)]


class Gain(Read):
    """How many more places of a role of a shift are filled."""

    shift_id: UUID
    role: str
    more: int


class TriedRead(Read):
    """What the best plans reach without and with the further people, and where they fill more places."""

    before: list[int]
    after: list[int]
    gains: list[Gain]

    @classmethod
    def of(cls, tried: Tried) -> Self:
        """Return what was tried as callers see it."""
        gains = [
            Gain(shift_id=UUID(slot.partition(":")[0]), role=slot.partition(":")[2], more=more)
            for slot, more in sorted(tried.gains.items())
        ]
        return cls(before=list(tried.before.values), after=list(tried.after.values), gains=gains)


@router.post("/shift-plans/what-if")
async def try_further_people(
    body: TryPeople, actor: OrganiserActor, connection: Reading, district: CurrentDistrict, now: Now
) -> TriedRead:
    """Tell what further people would change, "one more electrician" for example; nothing is recorded, nobody asked."""
    span = span_of(body.plan.begins, body.plan.ends)
    always = Span(span.begins - LEEWAY, span.ends + LEEWAY)
    further = [one for number, each in enumerate(body.further) for one in each.people(number, always, district)]
    area = placed(body.plan.area, district)
    floors = body.plan.floors
    tried = await try_people(connection, area, span, further, actor=actor, at=now, district=district, floors=floors)
    return TriedRead.of(tried)


@router.get("/shifts/{shift_id}/why-not")
async def explain_shift(
    shift_id: UUID,
    role: Annotated[Slug, Query(description="A role of the shift")],
    volunteer_id: Annotated[UUID, Query(description="Whom it is about")],
    actor: OrganiserActor,
    connection: Reading,
    district: CurrentDistrict,
    now: Now,
    language: Language,
) -> list[str]:
    """Tell every rule that keeps somebody from a role of a shift; an empty list says that none does."""
    reasons = await usecases.why_not(connection, shift_id, role, volunteer_id, actor=actor, at=now, district=district)
    return list(explain(reasons, language))
