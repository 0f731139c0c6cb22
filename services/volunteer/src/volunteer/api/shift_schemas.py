"""What callers of the shifts' API send and get."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from linli.contracts import AreaPath, Slug
from linli.district.known import KnownDistrict
from volunteer.api.people_schemas import LocalTime, Zone
from volunteer.api.words import Body, Codes, Line, Lines, Moment, Read, distinct, placed
from volunteer.domain.matching.reason_texts import explain
from volunteer.domain.shifts import Activity, AssignmentState, How, Role
from volunteer.queries.rows import AnyRow
from volunteer.usecases.plan_tasks import LONGEST
from volunteer.usecases.plans import Planned
from volunteer.usecases.shift_store import REASONS

MOST_MINUTES = int(LONGEST.total_seconds() // 60)


class RoleBody(Body):
    """One kind of work on a shift."""

    code: Slug
    headcount: int = Field(ge=1, le=1000)
    urgent: bool = False
    skills: Codes = Field(default_factory=list)
    liked: Codes = Field(default_factory=list)
    qualifications: Codes = Field(default_factory=list)
    minimum_age: int = Field(default=0, ge=0, le=100)
    team: UUID | None = None

    def role(self) -> Role:
        """Return the role."""
        words = {name: distinct(getattr(self, name)) for name in ("skills", "liked", "qualifications")}
        return Role(**{**self.model_dump(), **words})


class ActivityCreate(Body):
    """What takes place once or, by a rule, again: ``FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2;COUNT=20``."""

    title: Line
    kind: Annotated[Slug, Field(description="`patrol`, `service-day`, `story-meeting` or the like")] = "other"
    details: Lines = ""
    area: AreaPath
    zone: Zone = "Asia/Shanghai"
    starts: LocalTime
    minutes: int = Field(ge=5, le=MOST_MINUTES)
    rule: Annotated[str, Field(max_length=200)] | None = None
    roles: Annotated[list[RoleBody], Field(min_length=1, max_length=20)]
    risk: Annotated[Line, Field(max_length=500)] | None = Field(None, description="What people are told beforehand")
    insured: bool = False
    training: Slug | None = Field(None, description="A qualification that whoever comes has")

    def activity(self, activity_id: UUID, district: KnownDistrict) -> Activity:
        """Return the activity.

        Raises:
            FieldError: the grid has no such unit, or it is risky and nobody is insured.
        """
        told = {name: getattr(self, name) for name in type(self).model_fields if name not in {"area", "roles"}}
        roles = tuple(role.role() for role in self.roles)
        return Activity(id=activity_id, area=placed(self.area, district), roles=roles, **told)


class ActivityRead(Read):
    """An activity."""

    id: UUID
    title: str
    kind: str
    details: str
    area: str
    zone: str
    starts: LocalTime
    minutes: int
    rule: str | None
    roles: list[Role]
    risk: str | None
    insured: bool
    training: str | None


class RoleRead(Read):
    """A role of a shift, and how many have a place in it."""

    code: str
    headcount: int
    placed: int
    urgent: bool
    skills: list[str]
    qualifications: list[str]
    minimum_age: int


class ShiftRead(Read):
    """A shift, as anyone may see it; ``at_risk`` where it begins within three days and people are missing."""

    id: UUID
    activity_id: UUID
    title: str
    kind: str
    details: str
    area: str
    begins_at: Moment
    ends_at: Moment
    cancelled: bool
    risk: str | None
    insured: bool
    training: str | None
    roles: list[RoleRead]
    at_risk: bool
    attended: int | None = Field(description="How many attended besides those on its places, once counted")


class JoinShift(Body):
    """Which role, and that one has read what may happen."""

    role: Slug
    risk_noted: bool = False


class AcceptAssignment(Body):
    """That one has read what may happen."""

    risk_noted: bool = False


class AssignByHand(Body):
    """Who, in which role, and why a person decides it."""

    volunteer_id: UUID
    role: Slug
    reason: Annotated[Line, Field(max_length=500)]


class AssignmentRead(Read):
    """Somebody in a role of a shift; ``reasons`` are the plan's, or the rules that a person decided against."""

    id: UUID
    shift_id: UUID
    role: str
    title: str
    begins_at: Moment
    ends_at: Moment
    number: str
    name: str
    state: AssignmentState
    how: How
    made_at: Moment
    reason: str | None
    reasons: list[str]
    offered_until: Moment | None
    late: bool

    @classmethod
    def of(cls, row: AnyRow, language: str) -> Self:
        """Return an assignment in the reader's language."""
        reasons = explain(REASONS.validate_python(row.reasons), language)
        return cls.model_validate({**row._asdict(), "reasons": list(reasons)})


class PlanShifts(Body):
    """Which shifts are planned: those of an area that begin between two moments."""

    area: AreaPath
    begins: Moment
    ends: Moment
    floors: dict[AreaPath, Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default_factory=dict, max_length=500, description="Places that an area gets before any gets more than its own"
    )


class RoleOutcome(Read):
    """What a plan says of a role of a shift: places that were open, those that it fills, and why no more."""

    shift_id: UUID
    role: str
    open: int
    planned: int
    reasons: list[str]


class PlanRead(Read):
    """What a plan came to; ``values`` are what it reached and ``bounds`` what no plan can exceed."""

    proposed: int = Field(description="Proposals that are new")
    values: list[int]
    bounds: list[int]
    roles: list[RoleOutcome]

    @classmethod
    def of(cls, planned: Planned, language: str) -> Self:
        """Return a plan in the reader's language."""
        roles = [
            RoleOutcome(
                shift_id=UUID(one.slot.partition(":")[0]),
                role=one.slot.partition(":")[2],
                open=one.headcount,
                planned=one.filled,
                reasons=list(explain(one.reasons, language)),
            )
            for one in planned.plan.outcomes
        ]
        plan = planned.plan
        return cls(proposed=planned.proposed, values=list(plan.values), bounds=list(plan.bounds), roles=roles)
