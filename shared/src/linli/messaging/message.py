"""Messages, deliveries, and what can go wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from linli.contracts import Event, EventData

MAX_BODY_BYTES = 256 * 1024
"""Larger events are refused where they are recorded: a bus carries news, not files."""

TYPE_HEADER = "type"
TRACE_HEADER = "traceparent"


@dataclass(frozen=True, slots=True)
class Message:
    """What a transport carries: an encoded event and what routes it.

    ``id`` is the event's id; one message of an id is in flight on a channel at a time.
    """

    id: str
    routing_key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str | int] = field(default_factory=dict)


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


class PublishRefusedError(Exception):
    """The broker answered for this one message: refused (a full queue) or unroutable. It was not stored."""


class UnpublishableError(Exception):
    """This message can never be published as it is."""


def message_from(event: Event[EventData]) -> Message:
    """Return the message that carries ``event``; type, id and traceparent are copied to the headers."""
    headers: dict[str, str | int] = {"id": str(event.id), TYPE_HEADER: event.type}
    if event.traceparent is not None:
        headers[TRACE_HEADER] = event.traceparent
    return Message(id=str(event.id), routing_key=event.routing_key, body=event.encode(), headers=headers)
