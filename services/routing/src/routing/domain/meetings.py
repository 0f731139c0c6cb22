"""Meetings about cases: called, moved, held, cancelled. The clock is an argument, each change one event."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linli.contracts import MeetingCalled, MeetingCancelled, MeetingHeld, MeetingKind
from linli.contracts.meetings import MeetingEvent
from linli.district import District, Text
from routing.domain.case import Case

OVER = frozenset({"closed", "declined", "merged", "withdrawn"})
"""States of cases about which nobody meets."""

KINDS = {
    MeetingKind.ON_SITE: Text(zh_hans="现场办公会", zh_hant="現場辦公會", en="On-site meeting"),
    MeetingKind.COORDINATION: Text(zh_hans="协调会", zh_hant="協調會", en="Coordination meeting"),
    MeetingKind.JOINT: Text(zh_hans="多方联席会议", zh_hant="多方聯席會議", en="Joint meeting"),
}


class MeetingState(StrEnum):
    """Where a meeting stands."""

    CALLED = "called"
    HELD = "held"
    CANCELLED = "cancelled"


class MeetingFieldError(ValueError):
    """What somebody wants of a meeting cannot be: ``field`` names what, the text says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class MeetingStateError(Exception):
    """A meeting that is over, or has not begun, does not allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a meeting is to be: ``units`` and ``departments`` are invited."""

    kind: MeetingKind
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    agenda: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a meeting decided: work on one of its cases, by a unit, until a moment."""

    case_id: UUID
    unit: str
    work: str
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting about cases, the first of which says where it belongs; ``version`` counts its events.

    ``confidential`` is one of whose cases one is: what is said there is told nobody who is not invited.
    """

    id: UUID
    plan: Plan
    cases: tuple[UUID, ...]
    category: str
    area: str
    unit: str
    confidential: bool
    called_by: str
    called_by_name: str
    changed_at: datetime
    state: MeetingState = MeetingState.CALLED
    minutes: str | None = None
    reason: str | None = None
    decisions: tuple[Decision, ...] = ()
    version: int = 1


Met = tuple[Meeting, MeetingEvent]
"""The meeting after a change, and the event that tells of it."""


def call_meeting(
    meeting_id: UUID, plan: Plan, cases: Sequence[Case], *, by: tuple[str, str], at: datetime, district: District
) -> Met:
    """Call a meeting about open cases; ``by`` is the id and name of whoever calls it.

    Raises:
        MeetingFieldError: a case is over, an invited party is unknown or the times cannot be.
    """
    _check(plan, at, district, moved=True)
    over = [str(case.id) for case in cases if case.state in OVER]
    if over:
        raise MeetingFieldError("cases", f"no longer open: {', '.join(over)}")
    first = cases[0]
    meeting = Meeting(
        id=meeting_id,
        plan=plan,
        cases=tuple(case.id for case in cases),
        category=first.category,
        area=first.area,
        unit=first.unit,
        confidential=any(case.confidential for case in cases),
        called_by=by[0],
        called_by_name=by[1],
        changed_at=at,
    )
    return meeting, called(meeting)


def change_meeting(meeting: Meeting, plan: Plan, *, at: datetime, district: District) -> Met:
    """Change what a meeting is to be; those invited are told again.

    Raises:
        MeetingStateError: it was held or cancelled.
        MeetingFieldError: as for a new one.
    """
    _require_called(meeting)
    _check(plan, at, district, moved=plan.starts_at != meeting.plan.starts_at)
    meeting = _changed(meeting, at, plan=plan)
    return meeting, called(meeting)


def hold_meeting(
    meeting: Meeting, minutes: str, decisions: Sequence[Decision], *, at: datetime, district: District
) -> Met:
    """Note what a meeting that has begun came to.

    Raises:
        MeetingStateError: it was held or cancelled, or has not begun.
        MeetingFieldError: a decision is about another case, for an unknown unit or for a moment that has passed.
    """
    _require_called(meeting)
    if at < meeting.plan.starts_at:
        raise MeetingStateError("the meeting has not begun")
    for number, decision in enumerate(decisions):
        _check_decision(f"decisions.{number}", decision, meeting, at, district)
    meeting = _changed(meeting, at, state=MeetingState.HELD, minutes=minutes, decisions=tuple(decisions))
    said = "" if meeting.confidential else minutes
    return meeting, MeetingHeld(**_told(meeting), minutes=said, decisions=len(decisions))


def cancel_meeting(meeting: Meeting, reason: str, *, at: datetime) -> Met:
    """Call a meeting off.

    Raises:
        MeetingStateError: it was held or cancelled.
    """
    _require_called(meeting)
    meeting = _changed(meeting, at, state=MeetingState.CANCELLED, reason=reason)
    return meeting, MeetingCancelled(**_told(meeting), reason="" if meeting.confidential else reason)


def called(meeting: Meeting) -> MeetingCalled:
    """Return the event that says what a meeting is to be; what a confidential one is about stays here."""
    plan = meeting.plan
    return MeetingCalled(
        **_told(meeting),
        kind=plan.kind,
        place=plan.place,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        agenda=() if meeting.confidential else plan.agenda,
    )


def _told(meeting: Meeting) -> dict[str, Any]:
    plan = meeting.plan
    return {
        "category": meeting.category,
        "area": meeting.area,
        "meeting_id": meeting.id,
        "cases": meeting.cases,
        "units": plan.units,
        "departments": plan.departments,
        "title": KINDS[plan.kind].zh_hans if meeting.confidential else plan.title,
    }


def _changed(meeting: Meeting, at: datetime, **changes: Any) -> Meeting:  # noqa: ANN401 - fields of many types
    return replace(meeting, version=meeting.version + 1, changed_at=at, **changes)


def _require_called(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.CALLED:
        raise MeetingStateError(f"the meeting was {meeting.state}")


def _check(plan: Plan, at: datetime, district: District, *, moved: bool) -> None:
    if moved and plan.starts_at < at:
        raise MeetingFieldError("starts_at", "must not lie in the past")
    if plan.ends_at <= plan.starts_at:
        raise MeetingFieldError("ends_at", "must be later than starts_at")
    if not plan.units and not plan.departments:
        raise MeetingFieldError("units", "a unit or a department must be invited")
    _require_known("units", plan.units, district.units)
    _require_known("departments", plan.departments, district.departments)


def _check_decision(field: str, decision: Decision, meeting: Meeting, at: datetime, district: District) -> None:
    if decision.case_id not in meeting.cases:
        raise MeetingFieldError(f"{field}.case_id", "the meeting is not about this case")
    _require_known(f"{field}.unit", [decision.unit], district.units)
    if decision.deadline <= at:
        raise MeetingFieldError(f"{field}.deadline", "must not lie in the past")


def _require_known(field: str, wanted: Sequence[str], known: Iterable[str]) -> None:
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise MeetingFieldError(field, f"unknown: {', '.join(unknown)}")
