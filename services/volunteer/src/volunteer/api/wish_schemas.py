"""What callers of the wishes' API send and get."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from linli.chassis.contacts import Contact
from linli.contracts import AreaPath, Slug
from linli.district.known import KnownDistrict
from volunteer.api.words import Body, Codes, Line, Lines, Moment, Read, distinct, placed
from volunteer.domain.claiming import Barred, ClaimBar
from volunteer.domain.wishes import ClaimState, Wish, WishState


class ContactBody(Body):
    """Whom to contact about a wish."""

    name: Annotated[Line, Field(max_length=80)] | None = None
    phone_or_mail: Annotated[Line, Field(max_length=120)] | None = None

    def contact(self) -> Contact:
        """Return the contact, which shows itself in no log."""
        return Contact(self.name, self.phone_or_mail)


class WishCreate(Body):
    """Something small that somebody wishes for; everybody reads title and details once it is published."""

    title: Line
    details: Lines = ""
    kind: Slug = "other"
    area: AreaPath
    wanted: int = Field(default=1, ge=1, le=100, description="How many people it takes")
    minimum_age: int = Field(default=0, ge=0, le=100)
    qualifications: Annotated[Codes, Field(max_length=10)] = Field(default_factory=list)
    until: Moment
    claim_hours: int = Field(default=72, ge=1, le=24 * 30, description="After so many hours a claim lapses")
    on_behalf: bool = Field(default=False, description="It is somebody else's wish, who has no phone for example")
    contact: ContactBody | None = None

    def wish(self, wish_id: UUID, district: KnownDistrict, *, by: str, at: datetime) -> Wish:
        """Return the wish.

        Raises:
            FieldError: the grid has no such unit.
        """
        told = self.model_dump(exclude={"contact", "area", "qualifications"})
        codes = distinct(self.qualifications)
        area = placed(self.area, district)
        return Wish(id=wish_id, area=area, qualifications=codes, submitted_by=by, submitted_at=at, **told)


class WishRead(Read):
    """A wish; ``version`` is its ETag. Whose it is, is not shown."""

    id: UUID
    title: str
    details: str
    kind: str
    area: str
    wanted: int
    taken: int
    fulfilled: int
    minimum_age: int
    qualifications: list[str]
    until: Moment
    claim_hours: int
    state: WishState
    on_behalf: bool
    submitted_at: Moment
    published_at: Moment | None
    reason: str | None
    thanks: str | None
    version: int


class ReasonBody(Body):
    """Why."""

    reason: Annotated[Line, Field(max_length=500)]


class ThanksBody(Body):
    """What those say for whom it was."""

    thanks: Annotated[Lines, Field(max_length=500)] | None = None


class ClaimCreate(Body):
    """For how many people; more than one come as members of the caller's team."""

    people: int = Field(default=1, ge=1, le=100)
    team_id: UUID | None = None

    @model_validator(mode="after")
    def _many_are_a_team(self) -> Self:
        if self.people > 1 and self.team_id is None:
            raise ValueError("more than one person come as a team")
        return self


class WishClaimRead(Read):
    """A claim, as its holder sees it."""

    id: UUID
    wish_id: UUID
    team_id: UUID | None
    people: int
    state: ClaimState
    claimed_at: Moment
    due_at: Moment
    ended_at: Moment | None
    late: bool


class HolderRead(WishClaimRead):
    """A claim with its holder; one who has left has no name any more."""

    number: str | None
    name: str | None


class ContactRead(Read):
    """Whom to contact."""

    name: str | None = None
    phone_or_mail: str | None = None


class PolicyRead(Read):
    """How claims are shared out."""

    most: int = Field(description="Nobody holds more claims at a time")
    share: int = Field(description="Whoever claimed so many within share_days waits head_start_hours for a new wish")
    share_days: int
    head_start_hours: int
    late_hours: int = Field(description="Given back later than so long before it is due, a claim counts as late")
    pause_days: int = Field(description="So long somebody claims nothing after a late or lapsed claim")


class BarRead(Read):
    """A reason why somebody may not claim, in their language; from ``opens_at`` on it is none."""

    bar: ClaimBar
    sentence: str
    opens_at: Moment | None

    @classmethod
    def of(cls, barred: Barred, language: str) -> Self:
        """Return a reason as callers see it."""
        return cls(bar=barred.bar, sentence=barred.sentence(language), opens_at=barred.opens_at)
