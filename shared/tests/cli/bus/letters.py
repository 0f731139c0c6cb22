"""Dead letters for tests, and what a queue holds."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from linli.contracts import CaseAccepted, CaseClosed, Event, EventData, Handler, Level, new_event
from linli.messaging.message import Message, message_from
from linli.messaging.reading import open_reading
from linli.messaging.retry import ATTEMPT_HEADER, ERROR_HEADER, KEY_HEADER
from linli.messaging.transport import Transport

from .conftest import AT

DEAD = ("bus", "dead")
INBOX = "volunteer.inbox"
BURIED = f"{INBOX}.dead"
OTHER = "dept.housing.inbox"


def accepted(case_id: UUID | None = None, sequence: int = 1) -> Event[EventData]:
    handler = Handler(id="head", name="例一", post="楼栋长")
    data = CaseAccepted(category="facility.roof-leak", area="top/one", case_id=case_id or uuid4(), handler=handler)
    return new_event(data, id=uuid4(), sequence=sequence, time=AT)


def closed(case_id: UUID | None = None, sequence: int = 1) -> Event[EventData]:
    data = CaseClosed(
        category="facility.roof-leak",
        area="top/one",
        case_id=case_id or uuid4(),
        unit="top/one",
        level=Level.COMPOUND,
        on_time=True,
    )
    return new_event(data, id=uuid4(), sequence=sequence, time=AT)


def buried(event: Event[EventData], error: str = "ValueError") -> Message:
    message = message_from(event)
    headers = {**message.headers, ATTEMPT_HEADER: 4, ERROR_HEADER: error, KEY_HEADER: message.routing_key}
    return replace(message, headers=headers)


async def bury(bus: Transport, *messages: Message, queue: str = BURIED) -> None:
    assert await bus.send(queue, messages) == [None] * len(messages)


async def held(bus_url: str, queue: str) -> list[str]:
    """Return the ids of what a queue holds, in its order."""
    async with open_reading(bus_url, queue) as reading:
        return [letter.event_id async for letter in reading.letters()]


def ids(events: Sequence[Event[EventData]]) -> list[str]:
    return [str(event.id) for event in events]
