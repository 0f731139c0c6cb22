"""Shifts and service days: what is done there, who comes, and who waits."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from volunteer.domain.faults import FieldError, RefusedError
from volunteer.domain.matching.words import Place, Slot, Span

OFFER_HOURS = 12
"""So long somebody who waited has to say whether they still come."""

REMINDED_HOURS = 24
"""So long before it begins those who come to a shift are reminded of it."""

NOTICE_HOURS = 24
"""A place that is given up later than this before the beginning is given up late."""


class AssignmentState(StrEnum):
    """``proposed`` by a plan; ``offered``: a place became free for somebody who waited, until they confirm."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    OFFERED = "offered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


PLACED = frozenset({AssignmentState.ACCEPTED, AssignmentState.OFFERED})
"""Assignments that take a place."""

ACTIVE = PLACED | {AssignmentState.PROPOSED, AssignmentState.WAITING}


class How(StrEnum):
    """How somebody came to an assignment."""

    PLAN = "plan"
    SELF = "self"
    SWAP = "swap"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One kind of work on a shift, which ``headcount`` people do."""

    code: str
    headcount: int
    urgent: bool = False
    skills: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()
    minimum_age: int = 0
    team: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What takes place once or again and again; ``kind`` says what: ``patrol``, ``service-day``, ``story-meeting``.

    ``starts`` is the first beginning on the clock of ``zone``. ``risk`` is what people are told before they come to
    something that is not harmless: then they are insured, and have the ``training`` where one is named.
    """

    id: UUID
    title: str
    details: str
    area: str
    zone: str
    starts: datetime
    minutes: int
    rule: str | None
    roles: tuple[Role, ...]
    risk: str | None
    insured: bool
    training: str | None
    kind: str = "other"
    version: int = 1

    def __post_init__(self) -> None:
        if self.risk is not None and not self.insured:
            raise FieldError("insured", "who does something risky is insured")
        codes = [role.code for role in self.roles]
        if len(set(codes)) < len(codes):
            raise FieldError("roles", "no two have the same code")

    def role(self, code: str) -> Role:
        """Return one of the roles.

        Raises:
            FieldError: there is none of that code.
        """
        for role in self.roles:
            if role.code == code:
                return role
        raise FieldError("role", "the activity has no such role")

    def slot(self, shift_id: UUID, role: Role, span: Span, place: Place, headcount: int) -> Slot:
        """Return a role of a shift as the matcher takes it; times as on the clock of the activity decide the day."""
        training = () if self.training is None else (self.training,)
        return Slot(
            id=f"{shift_id}:{role.code}",
            place=place,
            span=span,
            headcount=headcount,
            urgent=role.urgent,
            skills=frozenset(role.skills),
            liked=frozenset(role.liked),
            qualifications=frozenset((*role.qualifications, *training)),
            minimum_age=role.minimum_age,
            team=None if role.team is None else str(role.team),
            compound=self.area,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One time that an activity, whose title and kind it has, takes place. Who comes was reminded at ``reminded_at``.

    ``version`` counts its events and those of the places on it.
    """

    id: UUID
    activity_id: UUID
    title: str
    kind: str
    area: str
    begins_at: datetime
    ends_at: datetime
    cancelled: bool
    reminded_at: datetime | None
    version: int

    def require_to_come(self, at: datetime) -> None:
        """Refuse what is too late for a shift.

        Raises:
            RefusedError: it was called off, or has begun.
        """
        if self.cancelled:
            raise RefusedError("shift-cancelled", "The shift was called off.")
        if at >= self.begins_at:
            raise RefusedError("shift-begun", "The shift has begun.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Somebody in a role of a shift. ``reason`` is why a person decided it against the plan or the rules."""

    id: UUID
    shift_id: UUID
    role: str
    volunteer_id: UUID
    state: AssignmentState
    how: How
    made_at: datetime
    made_by: str
    reason: str | None = None
    answered_at: datetime | None = None
    offered_until: datetime | None = None
    late: bool = False


def joined(role: Role, placed: int) -> AssignmentState:
    """Return how somebody stands who joins a role in which ``placed`` people have a place."""
    return AssignmentState.ACCEPTED if placed < role.headcount else AssignmentState.WAITING


def accept(one: Assignment, role: Role, placed: int, *, at: datetime) -> Assignment:
    """Return the assignment that was proposed or offered, accepted.

    Raises:
        RefusedError: it was neither, the offer has passed, or others have all places.
    """
    if one.state is AssignmentState.OFFERED:
        if one.offered_until is not None and at >= one.offered_until:
            raise RefusedError("offer-over", "The offer has passed.")
    elif one.state is not AssignmentState.PROPOSED:
        raise RefusedError(f"assignment-{one.state}", f"The assignment is {one.state}.")
    elif placed >= role.headcount:
        raise RefusedError("shift-full", "Others have all places.")
    return replace(one, state=AssignmentState.ACCEPTED, answered_at=at, offered_until=None)


def decline(one: Assignment, *, at: datetime, begins: datetime) -> Assignment:
    """Return the assignment that its holder does not want, or gives up.

    Raises:
        RefusedError: it has ended, or the shift has begun.
    """
    if one.state not in ACTIVE:
        raise RefusedError(f"assignment-{one.state}", f"The assignment is {one.state}.")
    if at >= begins:
        raise RefusedError("shift-begun", "The shift has begun.")
    if one.state is not AssignmentState.ACCEPTED:
        return replace(one, state=AssignmentState.DECLINED, answered_at=at)
    late = begins - at < timedelta(hours=NOTICE_HOURS)
    return replace(one, state=AssignmentState.CANCELLED, answered_at=at, late=late)


def may_hand_on(one: Assignment, waiting: int) -> None:
    """Refuse to hand on what is no place, or one for which somebody waits: they come first.

    Raises:
        RefusedError: it is so.
    """
    if one.state is not AssignmentState.ACCEPTED:
        raise RefusedError(f"assignment-{one.state}", f"The assignment is {one.state}.")
    if waiting:
        raise RefusedError("waited-for", "Somebody waits for a place: give it up, and it is offered to them.")


def hand_on(one: Assignment, *, to: UUID, assignment_id: UUID, by: str, at: datetime) -> tuple[Assignment, Assignment]:
    """Return the assignment of who hands on their place, which is not held against them, and that of who takes it."""
    given = replace(one, state=AssignmentState.CANCELLED, answered_at=at)
    taken = Assignment(
        id=assignment_id,
        shift_id=one.shift_id,
        role=one.role,
        volunteer_id=to,
        state=AssignmentState.ACCEPTED,
        how=How.SWAP,
        made_at=at,
        made_by=by,
    )
    return given, taken


def offer(one: Assignment, *, at: datetime, begins: datetime) -> Assignment:
    """Return the assignment of somebody who waited and may come now, if they confirm in time."""
    until = min(at + timedelta(hours=OFFER_HOURS), begins)
    return replace(one, state=AssignmentState.OFFERED, offered_until=until)


def lapse(one: Assignment, *, at: datetime) -> Assignment:
    """Return the offer that nobody confirmed in time."""
    return replace(one, state=AssignmentState.LAPSED, answered_at=at, offered_until=None)
