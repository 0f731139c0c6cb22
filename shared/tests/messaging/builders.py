"""Events and messages for tests."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from linli.contracts import CaseAccepted, CaseClosed, Event, EventData, Handler, IssueReported, Level, new_event
from linli.messaging.message import Message, message_from

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HANDLER = Handler(id="b3-head", name="测试员", post="楼栋长")


def accepted(case_id: UUID | None = None, *, category: str = "facility.roof-leak", area: str = "top/one") -> EventData:
    return CaseAccepted(category=category, area=area, case_id=case_id or uuid4(), handler=HANDLER)


def closed(case_id: UUID) -> EventData:
    return CaseClosed(
        category="facility.roof-leak",
        area="top/one",
        case_id=case_id,
        unit="top/one",
        level=Level.COMPOUND,
        on_time=True,
    )


def reported(issue_id: UUID) -> EventData:
    return IssueReported(
        category="facility.roof-leak",
        area="top/one",
        issue_id=issue_id,
        description=None,
        language="en",
        source="app",
        reported_at=AT,
        reporter_key="ab" * 32,
    )


def event(data: EventData, sequence: int = 1) -> Event[EventData]:
    return new_event(data, id=uuid7(), sequence=sequence, time=AT)


def message(data: EventData | None = None, sequence: int = 1) -> Message:
    return message_from(event(data or accepted(), sequence))


def text(key: str, body: bytes = b"{}") -> Message:
    return Message(id=str(uuid4()), routing_key=key, body=body)
