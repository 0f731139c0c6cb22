"""What callers of the people's API send and get."""

from datetime import date, datetime, time
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, NaiveDatetime, WithJsonSchema, model_validator

from linli.contracts import AreaPath, Slug
from linli.district.calendars import zone_named
from linli.district.known import KnownDistrict
from volunteer.api.words import Body, Codes, Line, Moment, Read, distinct, placed
from volunteer.domain.availability import Availability, Otherwise, WeeklyHours
from volunteer.domain.people import Profile, Volunteer
from volunteer.queries.rows import AnyRow

RADIUS_M = 100_000
MINUTES_A_MONTH = 744 * 60

Language = Annotated[str, Field(pattern="^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=35)]


def _known(zone: str) -> str:
    zone_named(zone)
    return zone


Zone = Annotated[str, Field(max_length=64), AfterValidator(_known)]
# In a JSON Schema the formats "time" and "date-time" are those with an offset from UTC.
LocalClock = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"})
]
LocalTime = Annotated[
    NaiveDatetime,
    Field(ge=datetime(2000, 1, 1), lt=datetime(3000, 1, 1)),  # noqa: DTZ001 - local
    WithJsonSchema(
        {"type": "string", "pattern": "^2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?"}
    ),
]


class WeeklyHoursBody(Body):
    """From the one time until the other on a day of each week, over midnight where it ends no later."""

    weekday: int = Field(ge=0, le=6, description="Monday is 0")
    begins: LocalClock
    ends: LocalClock
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _plain(self) -> Self:
        if self.begins.tzinfo or self.ends.tzinfo:
            raise ValueError("times are those of the zone of all the hours")
        return self


class OtherwiseBody(Body):
    """An exception, from one local time until another."""

    begins: LocalTime
    ends: LocalTime
    free: bool

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends <= self.begins:
            raise ValueError("ends must be later than begins")
        return self


class AvailabilityBody(Body):
    """When somebody can be asked, by the clock of a zone; of two exceptions the later one counts."""

    zone: Zone = "Asia/Shanghai"
    weekly: Annotated[list[WeeklyHoursBody], Field(max_length=50)] = Field(default_factory=list)
    otherwise: Annotated[list[OtherwiseBody], Field(max_length=100)] = Field(default_factory=list)

    def availability(self) -> Availability:
        """Return the same in the domain's words."""
        return Availability(
            zone=self.zone,
            weekly=tuple(WeeklyHours(**one.model_dump()) for one in self.weekly),
            otherwise=tuple(Otherwise(**one.model_dump()) for one in self.otherwise),
        )

    @classmethod
    def of(cls, availability: Availability) -> Self:
        """Return an availability as callers see it."""
        return cls(
            zone=availability.zone,
            weekly=[WeeklyHoursBody(**_told(one)) for one in availability.weekly],
            otherwise=[OtherwiseBody(**_told(one)) for one in availability.otherwise],
        )


class VolunteerCreate(Body):
    """Somebody who wants to help. Without ``born`` they state that they are of age."""

    name: Annotated[Line, Field(max_length=80)]
    area: AreaPath
    radius_m: int = Field(default=2000, ge=0, le=RADIUS_M)
    skills: Codes = Field(default_factory=list)
    languages: Annotated[list[Language], Field(max_length=20)] = Field(default_factory=list)
    availability: AvailabilityBody = AvailabilityBody()
    minutes_a_month: int | None = Field(default=None, ge=0, le=MINUTES_A_MONTH)
    born: date | None = None
    consents: bool = Field(default=False, description="They agree that the service proposes them for work")

    def profile(self, district: KnownDistrict) -> Profile:
        """Return what they tell.

        Raises:
            FieldError: the grid has no such unit.
        """
        return Profile(**_translated({name: getattr(self, name) for name in type(self).model_fields}, district))


class VolunteerChange(Body):
    """What is to be different; what is left out stays."""

    name: Annotated[Line, Field(max_length=80)] = "-"
    area: AreaPath = "-"
    radius_m: int = Field(default=0, ge=0, le=RADIUS_M)
    skills: Codes = Field(default_factory=list)
    languages: Annotated[list[Language], Field(max_length=20)] = Field(default_factory=list)
    availability: AvailabilityBody = AvailabilityBody()
    minutes_a_month: int | None = Field(default=None, ge=0, le=MINUTES_A_MONTH)
    born: date | None = None
    consents: bool = False

    def changes(self, district: KnownDistrict) -> dict[str, Any]:
        """Return the fields that were given.

        Raises:
            FieldError: the grid has no such unit.
        """
        return _translated({name: getattr(self, name) for name in self.model_fields_set}, district)


class QualificationBody(Body):
    """The last day on which it is valid; without one it does not expire."""

    expires_on: date | None = None


class GuardianBody(Body):
    """Who is responsible for a minor and has agreed; null takes the agreement back."""

    guardian: Annotated[Line, Field(max_length=80)] | None


class QualificationRead(Read):
    """A qualification that somebody has seen the paper of."""

    code: Slug
    expires_on: date | None
    checked_at: Moment


class VolunteerRead(Read):
    """A volunteer, as they themselves and those who organise see them; ``version`` is the ETag."""

    id: UUID
    number: str
    name: str
    area: str
    radius_m: int
    skills: list[str]
    languages: list[str]
    availability: AvailabilityBody
    minutes_a_month: int | None
    born: date | None
    guardian: str | None
    consented_at: Moment | None
    registered_at: Moment
    qualifications: list[QualificationRead]
    version: int

    @classmethod
    def of(cls, volunteer: Volunteer, qualifications: list[AnyRow]) -> Self:
        """Return a volunteer as callers see them."""
        told = {name: getattr(volunteer.profile, name) for name in Profile.__slots__ if name != "consents"}
        own = {name: getattr(volunteer, name) for name in Volunteer.__slots__ if name not in {"profile", "subject"}}
        availability = AvailabilityBody.of(volunteer.profile.availability)
        papers = [QualificationRead.model_validate(row) for row in qualifications]
        return cls(**{**told, **own, "availability": availability, "qualifications": papers})


class FreeRead(Read):
    """A span of time in which somebody can be asked."""

    begins: Moment
    ends: Moment


def _translated(told: dict[str, Any], district: KnownDistrict) -> dict[str, Any]:
    found = dict(told)
    if "area" in told:
        found["area"] = placed(told["area"], district)
    if "availability" in told:
        found["availability"] = told["availability"].availability()
    return found | {name: distinct(told[name]) for name in ("skills", "languages") if name in told}


def _told(one: WeeklyHours | Otherwise) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
