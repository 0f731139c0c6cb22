"""What waits in a queue that nobody reads, as an operator is shown it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from linli.contracts import Event, EventData, EventError, decode_event
from linli.messaging.message import DEAD_QUEUE_HEADER, DEAD_REASON_HEADER, TYPE_HEADER, Message
from linli.messaging.retry import ATTEMPT_HEADER, ERROR_HEADER, KEY_HEADER
from linli.messaging.topology import UNROUTED

DEATHS_HEADER = "x-death"
OWN_HEADERS = ("id", TYPE_HEADER, "traceparent")


@dataclass(frozen=True)
class Letter:
    """One message at rest: ``tag`` names it where it was read."""

    queue: str
    tag: int
    id: str
    routing_key: str
    headers: Mapping[str, Any] = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def event(self) -> Event[EventData] | None:
        """The event, or None when the body is none of the catalogue."""
        try:
            return decode_event(self.body)
        except EventError:
            return None

    @property
    def event_id(self) -> str:
        """The id of the event, or what its sender called the message."""
        return str(self.event.id) if self.event else self.id

    @property
    def type(self) -> str:
        """The type of the event, or what its sender said."""
        return self.event.type if self.event else str(self.headers.get(TYPE_HEADER, ""))

    @property
    def subject(self) -> str:
        """What the event is about; empty when it is no event."""
        return self.event.subject if self.event else ""

    @property
    def time(self) -> datetime | None:
        """When it happened, of which the event tells."""
        return self.event.time if self.event else None

    @property
    def attempts(self) -> int | None:
        """How often it was tried, or None when only its reader knows."""
        failures = self.headers.get(ATTEMPT_HEADER, 0)
        return failures + 1 if ERROR_HEADER in self.headers and isinstance(failures, int) else None

    @property
    def reason(self) -> str:
        """Why it is here: the recorded error, or what the broker noted; empty when nothing was."""
        if self.queue == UNROUTED:
            return "nobody listens to it"
        last = self._deaths()[0] if self._deaths() else {}
        reason = last.get("reason") or self.headers.get(DEAD_REASON_HEADER)
        noted = [f"{reason} from {last.get('queue') or self.headers.get(DEAD_QUEUE_HEADER)}"] if reason else []
        recorded = [str(self.headers[ERROR_HEADER])] if ERROR_HEADER in self.headers else []
        return "; ".join([*recorded, *noted])

    @property
    def shown_headers(self) -> dict[str, str]:
        """The headers that the suite and the broker write; another sender's may say anything."""
        ours = (*OWN_HEADERS, ATTEMPT_HEADER, ERROR_HEADER, KEY_HEADER)
        return {key: str(value) for key, value in self.headers.items() if key in ours or key.startswith("x-")}

    def afresh(self) -> Message:
        """Return the message as it was before its first failure."""
        key = self._first_key()
        headers: dict[str, str | int] = {name: self.headers[name] for name in OWN_HEADERS if name in self.headers}
        return Message(id=self.id, routing_key=key, body=self.body, headers={**headers, KEY_HEADER: key})

    def _first_key(self) -> str:
        keys = self._deaths()[-1].get("routing-keys") if self._deaths() else None
        first = keys[0] if isinstance(keys, list) and keys else self.routing_key
        return str(self.headers.get(KEY_HEADER, first))

    def _deaths(self) -> list[Mapping[str, Any]]:
        """Return what the broker noted of its own dead letters, the latest first."""
        noted = self.headers.get(DEATHS_HEADER)
        return [one for one in noted if isinstance(one, dict)] if isinstance(noted, list) else []
