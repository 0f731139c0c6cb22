"""Messages, deliveries, and what can go wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from linli.contracts import Event, EventData

MAX_BODY_BYTES = 256 * 1024
"""Larger events are refused where they are recorded: a bus carries news, not files."""

TYPE_HEADER = "type"
TRACE_HEADER = "traceparent"
COPY_HEADER = "CC"
"""Further routing keys of a message (RabbitMQ, "Sender-selected Distribution"): no queue gets it twice."""

DEAD_QUEUE_HEADER = "x-first-death-queue"
DEAD_REASON_HEADER = "x-first-death-reason"
"""Of a dead letter: the queue that gave up on it, and why (RabbitMQ, "Dead Letter Exchanges", Effects on Messages)."""

REDRIVEN_HEADER = "linli-redriven"
"""Of a note to notify's ledger: the queue that gets its dead letter of the same id again."""

TIMED_VERSION = 7
"""The version of UUID that begins with its time."""

Headers = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class Message:
    """What a transport carries: an encoded event and what routes it.

    ``id`` is the event's id; one message of an id is in flight on a channel at a time.
    """

    id: str
    routing_key: str
    body: bytes = field(repr=False)
    headers: Headers = field(default_factory=dict)

    @property
    def routing_keys(self) -> tuple[str, ...]:
        """All keys that it is published under."""
        copies = self.headers.get(COPY_HEADER)
        return (self.routing_key, *(copies if isinstance(copies, list) else ()))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message handed to a consumer; ``tag`` names it in the subscription that delivered it."""

    message: Message
    tag: int
    redelivered: bool


class TransportError(Exception):
    """The transport cannot be used now; what was under way may or may not have arrived. Try again later."""


class NoQueueError(TransportError):
    """There is no queue of that name."""


class DeclaredOtherwiseError(TransportError):
    """A queue or exchange of that name exists with other arguments, which never change."""


class PublishRefusedError(Exception):
    """The broker answered for this one message: refused (a full queue) or unroutable. It was not stored."""


class UnpublishableError(Exception):
    """This message can never be published as it is."""


def message_from(event: Event[EventData]) -> Message:
    """Return the message that carries ``event``; type, id, traceparent and its further keys stand in the headers."""
    headers: dict[str, str | int | list[str]] = {"id": str(event.id), TYPE_HEADER: event.type}
    if event.traceparent is not None:
        headers[TRACE_HEADER] = event.traceparent
    if addressed := event.addressed_keys:
        headers[COPY_HEADER] = list(addressed)
    return Message(id=str(event.id), routing_key=event.routing_key, body=event.encode(), headers=headers)


def made_at(event_id: UUID, latest: datetime) -> datetime:
    """Return when an event was made: a UUIDv7 begins with it, in milliseconds (RFC 9562, 5.7).

    It was not later than ``latest``, whatever the clock of its maker says; of another id that is all that is known.
    """
    if event_id.version != TIMED_VERSION:
        return latest
    milliseconds = min(event_id.int >> 80, int(latest.timestamp() * 1000))
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
