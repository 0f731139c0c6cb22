"""The catalogue: every event type of the suite, its model, its producer and its routing key."""

from dataclasses import dataclass
from typing import Any

from linli.contracts import (
    cases,
    clocks,
    dispatches,
    districts,
    issues,
    lines,
    meetings,
    needs,
    posts,
    shifts,
    teams,
    wishes,
)
from linli.contracts.words import EventData

MAX_ROUTING_KEY_BYTES = 255
"""AMQP 0-9-1 carries a routing key as a short string."""

SCHEMA_BASE = "https://linli.example/schemas"


@dataclass(frozen=True, slots=True)
class EventType:
    """One version of one kind of event.

    ``subject`` is the first word of the routing key and ``aggregate`` the field of the model that names the thing
    that the event is about: events of one aggregate are ordered.
    """

    subject: str
    event: str
    version: int
    producer: str
    aggregate: str
    model: type[EventData]

    @property
    def name(self) -> str:
        """The CloudEvents ``type``, for example ``linli.case.routed.v1``."""
        return f"linli.{self.key_words}.v{self.version}"

    @property
    def dataschema(self) -> str:
        """The address of the JSON Schema of the data."""
        return f"{SCHEMA_BASE}/{self.name}.json"

    @property
    def key_words(self) -> str:
        """The words that every routing key of it begins with, such as ``case.routed``."""
        return f"{self.subject}.{self.event}"

    @property
    def addressed(self) -> bool:
        """Whether it is addressed to departments, whatever they subscribe to."""
        return self.model.addressees is not EventData.addressees

    def aggregate_id(self, data: EventData) -> str:
        """Return the id, as text, of what the event is about: an issue, a case, a need, a unit, a category."""
        return str(getattr(data, self.aggregate))

    def routing_key(self, data: EventData) -> str:
        """Return ``<subject>.<event>.<major>.<minor>.<area path as words>``.

        The words are slugs already (the model checked them), and their limits keep the key under 255 bytes.
        """
        return f"{self.key_words}.{data.category}.{data.area.replace('/', '.')}"

    def addressed_keys(self, data: EventData) -> tuple[str, ...]:
        """Return ``addressed.<department>.<subject>.<event>`` for each department that the event is addressed to.

        An event is routed under these keys too, so that who is called hears of it whatever they subscribe to.
        """
        return tuple(f"{addressed_to(department)}.{self.key_words}" for department in data.addressees())


def addressed_to(department: str) -> str:
    """Return the words that every key of what is addressed to a department begins with."""
    return f"addressed.{department}"


def _type(name: str, producer: str, aggregate: str, model: type[EventData]) -> EventType:
    subject, event, version = name.split(".")
    return EventType(subject, event, int(version.removeprefix("v")), producer, aggregate, model)


_TYPES = (
    _type("issue.reported.v1", "intake", "issue_id", issues.IssueReported),
    _type("issue.return-visit-answered.v1", "intake", "issue_id", issues.ReturnVisitAnswered),
    _type("issue.merged.v1", "intake", "issue_id", issues.IssueMerged),
    _type("issue.unmerged.v1", "intake", "issue_id", issues.IssueUnmerged),
    _type("issue.withdrawn.v1", "intake", "issue_id", issues.IssueWithdrawn),
    _type("case.routed.v1", "routing", "case_id", cases.CaseRouted),
    _type("case.accepted.v1", "routing", "case_id", cases.CaseAccepted),
    _type("case.started.v1", "routing", "case_id", cases.CaseStarted),
    _type("case.escalated.v1", "routing", "case_id", cases.CaseEscalated),
    _type("case.returned.v1", "routing", "case_id", cases.CaseReturned),
    _type("case.resolved.v1", "routing", "case_id", cases.CaseResolved),
    _type("case.inspected.v1", "routing", "case_id", cases.CaseInspected),
    _type("case.verified.v1", "routing", "case_id", cases.CaseVerified),
    _type("case.reopened.v1", "routing", "case_id", cases.CaseReopened),
    _type("case.closed.v1", "routing", "case_id", cases.CaseClosed),
    _type("case.delegated.v1", "routing", "case_id", cases.CaseDelegated),
    _type("case.transferred.v1", "routing", "case_id", cases.CaseTransferred),
    _type("case.declined.v1", "routing", "case_id", cases.CaseDeclined),
    _type("case.merged.v1", "routing", "case_id", cases.CaseMerged),
    _type("case.unmerged.v1", "routing", "case_id", cases.CaseUnmerged),
    _type("case.merge-refused.v1", "routing", "case_id", cases.CaseMergeRefused),
    _type("case.absorbed.v1", "routing", "case_id", cases.CaseAbsorbed),
    _type("case.released.v1", "routing", "case_id", cases.CaseReleased),
    _type("case.withdrawn.v1", "routing", "case_id", cases.CaseWithdrawn),
    _type("case.warned.v1", "routing", "case_id", clocks.CaseWarned),
    _type("case.approval-asked.v1", "routing", "case_id", clocks.ApprovalAsked),
    _type("case.approval-refused.v1", "routing", "case_id", clocks.ApprovalRefused),
    _type("case.extended.v1", "routing", "case_id", clocks.CaseExtended),
    _type("case.suspended.v1", "routing", "case_id", clocks.CaseSuspended),
    _type("case.resumed.v1", "routing", "case_id", clocks.CaseResumed),
    _type("case.supervised.v1", "routing", "case_id", clocks.CaseSupervised),
    _type("dispatch.requested.v1", "routing", "case_id", dispatches.DispatchRequested),
    _type("dispatch.accepted.v1", "routing", "case_id", dispatches.DispatchAccepted),
    _type("dispatch.returned.v1", "routing", "case_id", dispatches.DispatchReturned),
    _type("dispatch.progressed.v1", "routing", "case_id", dispatches.DispatchProgressed),
    _type("dispatch.done.v1", "routing", "case_id", dispatches.DispatchDone),
    _type("dispatch.withdrawn.v1", "routing", "case_id", dispatches.DispatchWithdrawn),
    _type("dispatch.overdue.v1", "routing", "case_id", dispatches.DispatchOverdue),
    _type("task.assigned.v1", "routing", "case_id", dispatches.TaskAssigned),
    _type("task.done.v1", "routing", "case_id", dispatches.TaskDone),
    _type("task.cancelled.v1", "routing", "case_id", dispatches.TaskCancelled),
    _type("task.overdue.v1", "routing", "case_id", dispatches.TaskOverdue),
    _type("meeting.called.v1", "routing", "meeting_id", meetings.MeetingCalled),
    _type("meeting.held.v1", "routing", "meeting_id", meetings.MeetingHeld),
    _type("meeting.cancelled.v1", "routing", "meeting_id", meetings.MeetingCancelled),
    _type("need.opened.v1", "volunteer", "need_id", needs.NeedOpened),
    _type("need.claimed.v1", "volunteer", "need_id", needs.NeedClaimed),
    _type("need.helper-asked.v1", "volunteer", "need_id", needs.HelperAsked),
    _type("need.closed.v1", "volunteer", "need_id", needs.NeedClosed),
    _type("wish.submitted.v1", "volunteer", "wish_id", wishes.WishSubmitted),
    _type("wish.verified.v1", "volunteer", "wish_id", wishes.WishVerified),
    _type("wish.declined.v1", "volunteer", "wish_id", wishes.WishDeclined),
    _type("wish.published.v1", "volunteer", "wish_id", wishes.WishPublished),
    _type("wish.withdrawn.v1", "volunteer", "wish_id", wishes.WishWithdrawn),
    _type("wish.expired.v1", "volunteer", "wish_id", wishes.WishExpired),
    _type("wish.claimed.v1", "volunteer", "wish_id", wishes.WishClaimed),
    _type("wish.claim-confirmed.v1", "volunteer", "wish_id", wishes.WishClaimConfirmed),
    _type("wish.released.v1", "volunteer", "wish_id", wishes.WishReleased),
    _type("wish.fulfilled.v1", "volunteer", "wish_id", wishes.WishFulfilled),
    _type("wish.thanked.v1", "volunteer", "wish_id", wishes.WishThanked),
    _type("activity.announced.v1", "volunteer", "activity_id", shifts.ActivityAnnounced),
    _type("shift.cancelled.v1", "volunteer", "shift_id", shifts.ShiftCancelled),
    _type("shift.at-risk.v1", "volunteer", "shift_id", shifts.ShiftAtRisk),
    _type("shift.held.v1", "volunteer", "shift_id", shifts.ShiftHeld),
    _type("assignment.proposed.v1", "volunteer", "shift_id", shifts.AssignmentProposed),
    _type("assignment.accepted.v1", "volunteer", "shift_id", shifts.AssignmentAccepted),
    _type("assignment.waitlisted.v1", "volunteer", "shift_id", shifts.AssignmentWaitlisted),
    _type("assignment.offered.v1", "volunteer", "shift_id", shifts.AssignmentOffered),
    _type("assignment.lapsed.v1", "volunteer", "shift_id", shifts.AssignmentLapsed),
    _type("assignment.declined.v1", "volunteer", "shift_id", shifts.AssignmentDeclined),
    _type("assignment.cancelled.v1", "volunteer", "shift_id", shifts.AssignmentCancelled),
    _type("assignment.swap-offered.v1", "volunteer", "shift_id", shifts.AssignmentSwapOffered),
    _type("assignment.reminded.v1", "volunteer", "shift_id", shifts.AssignmentReminded),
    _type("post.opened.v1", "volunteer", "post_id", posts.PostOpened),
    _type("post.closed.v1", "volunteer", "post_id", posts.PostClosed),
    _type("post.taken.v1", "volunteer", "post_id", posts.PostTaken),
    _type("post.given-back.v1", "volunteer", "post_id", posts.PostGivenBack),
    _type("post.served.v1", "volunteer", "post_id", posts.ServiceAccepted),
    _type("line.entered.v1", "volunteer", "line_id", lines.LineEntered),
    _type("line.matched.v1", "volunteer", "line_id", lines.LineMatched),
    _type("line.separated.v1", "volunteer", "line_id", lines.LineSeparated),
    _type("line.settled.v1", "volunteer", "line_id", lines.LineSettled),
    _type("team.changed.v1", "volunteer", "team_id", teams.TeamChanged),
    _type("team.joined.v1", "volunteer", "membership_id", teams.TeamJoined),
    _type("team.left.v1", "volunteer", "membership_id", teams.TeamLeft),
    _type("grid.unit-changed.v1", "routing", "area", districts.UnitChanged),
    _type("catalogue.category-changed.v1", "routing", "category", districts.CategoryChanged),
)

CATALOGUE: dict[str, EventType] = {kind.name: kind for kind in _TYPES}
"""Every event type by its CloudEvents ``type``."""

_BY_MODEL: dict[type[EventData], EventType] = {kind.model: kind for kind in _TYPES}


def event_type(model: type[EventData]) -> EventType:
    """Return the event type whose data the model describes.

    Raises:
        KeyError: the model is not in the catalogue.
    """
    return _BY_MODEL[model]


def json_schema(kind: EventType) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the data of an event type."""
    schema = kind.model.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": kind.dataschema, **schema}
