"""The envelope of every event: CloudEvents 1.0, structured JSON, the same bytes on every transport."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from linli.contracts.catalogue import CATALOGUE, event_type
from linli.contracts.words import EventData

CONTENT_TYPE = "application/cloudevents+json"
"""Media type of the structured JSON format (CloudEvents JSON Event Format 1.0)."""

MAX_SEQUENCE_DIGITS = 12

Name = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
"""What names a source or an aggregate: printable, without blanks. Every consumer keeps it, so it is bounded."""

_THINGS = {
    "need_id": "needs",
    "wish_id": "wishes",
    "activity_id": "activities",
    "shift_id": "shifts",
    "post_id": "posts",
    "line_id": "lines",
    "meeting_id": "meetings",
    "area": "units",
    "category": "categories",
}

Data = TypeVar("Data", bound=EventData)


class EventError(Exception):
    """Bytes that are not an event of the catalogue; the message says why and quotes no content."""


class UnknownTypeError(EventError):
    """An event of a type that is not in the catalogue: of a later release than this one, say."""


class Event(BaseModel, Generic[Data]):
    """One event: the CloudEvents attributes and the typed data.

    ``partitionkey`` names the aggregate, ``sequence`` its place in the aggregate's history (zero-padded, so that
    text order is number order), ``traceparent`` the trace that it belongs to (W3C Trace Context).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Name
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    partitionkey: Name
    sequence: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    traceparent: str | None = None
    data: Data

    @property
    def routing_key(self) -> str:
        """The topic that the event is published under."""
        return CATALOGUE[self.type].routing_key(self.data)

    @property
    def addressed_keys(self) -> tuple[str, ...]:
        """The further topics that it is published under, for those whom it is addressed to."""
        return CATALOGUE[self.type].addressed_keys(self.data)

    def encode(self) -> bytes:
        """Return the bytes that every transport carries."""
        # Of the data every field is written, null or not: a consumer may require it.
        return self.model_dump_json(exclude={"traceparent"} if self.traceparent is None else None).encode()


def new_event(
    data: Data,
    *,
    id: UUID,  # noqa: A002 - the attribute's name in CloudEvents
    sequence: int,
    time: datetime,
    traceparent: str | None = None,
) -> Event[Data]:
    """Return the event that says ``data``.

    ``sequence`` grows with each event of the aggregate.

    Raises:
        KeyError: the data's model is not in the catalogue.
    """
    kind = event_type(type(data))
    aggregate = kind.aggregate_id(data)
    thing = _THINGS.get(kind.aggregate, "issues")
    envelope: Any = Event[kind.model]  # type: ignore[name-defined]  # pydantic makes the class at run time
    event: Event[Data] = envelope(
        id=id,
        source=f"/linli/{kind.producer}",
        type=kind.name,
        subject=f"{thing}/{aggregate}",
        time=time,
        dataschema=kind.dataschema,
        partitionkey=aggregate,
        sequence=f"{sequence:0{MAX_SEQUENCE_DIGITS}d}",
        traceparent=traceparent,
        data=data,
    )
    return event


class _Typed(BaseModel):
    type: str


def decode_event(body: bytes) -> Event[EventData]:
    """Return the typed event in ``body``.

    Raises:
        UnknownTypeError: a type that is not in the catalogue.
        EventError: not JSON, not a CloudEvent, or data that its model refuses.
    """
    try:
        name = _Typed.model_validate_json(body).type
        kind = CATALOGUE.get(name)
        if kind is None:
            raise UnknownTypeError(f"unknown event type {name[:100]!r}")
        return Event[kind.model].model_validate_json(body)  # type: ignore[name-defined]
    except ValidationError as error:
        fields = sorted({".".join(map(str, one["loc"])) or "body" for one in error.errors(include_input=False)})
        raise EventError(f"not a valid event: {', '.join(fields)[:500]}") from None
