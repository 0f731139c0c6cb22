"""What the API takes and gives of subscriptions, replays and deliveries."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from linli.chassis.cursor import Page
from linli.contracts import CategoryCode, Slug
from linli.contracts.words import SLUG
from notify.domain.filters import Filter
from notify.domain.webhooks import MOST_URL
from notify.usecases import FASTEST

USUAL_PER_S = 500

Name = Annotated[str, StringConstraints(pattern=f"^{SLUG}$", max_length=64)]
Grants = Annotated[tuple[CategoryCode, ...], Field(max_length=100)]
PerSecond = Annotated[int, Field(ge=1, le=FASTEST, description="Events a second, at most")]
Url = Annotated[str, StringConstraints(max_length=MOST_URL)]
DeliveryState = Literal["queued", "delivered", "failed", "dead"]
"""Of a webhook, ``failed`` is what is sent again; nobody tries again what is ``dead``."""

Start = Literal["now"] | AwareDatetime | UUID


class Preview(Filter):
    """A subscription that somebody thinks of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    department: Slug
    grants: Grants = ()


class Subscribe(Preview):
    """A subscription that is to begin: now, at a moment in the past, or with an event.

    Its events wait in a queue of its own, or are posted to ``url``.
    """

    name: Name
    transport: Literal["amqp", "webhook"] = "amqp"
    url: Url | None = Field(None, description="Of a webhook: https://...")
    start: Start = "now"
    per_s: PerSecond = USUAL_PER_S


class Change(BaseModel):
    """What a subscription is to ask for from now on; what is absent stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[str, ...] | None = Field(None, min_length=1, max_length=50)
    categories: tuple[str, ...] | None = Field(None, min_length=1, max_length=100)
    areas: tuple[str, ...] | None = Field(None, min_length=1, max_length=200)
    addressed: bool | None = None
    grants: Grants | None = None
    url: Url | None = None


class PreviewRead(BaseModel):
    """How much would have come in the last seven days, in all and by type of event."""

    count: int
    types: dict[str, int]


class SubscriptionRead(BaseModel):
    """What a department receives; what waits is counted some seconds after it was taken."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    department: str
    department_name: str
    name: str
    queue: str | None = Field(description="The queue that it is read from; a webhook has none")
    transport: Literal["amqp", "webhook"]
    events: list[str]
    categories: list[str]
    areas: list[str]
    addressed: bool
    grants: list[str]
    seeded: bool = Field(description="It is of the district's files, which decide what it asks for")
    live: bool = Field(description="False while it is on its way from a start in the past to the present")
    bound: bool = Field(description="It hears what it asks for; what is published from then on arrives")
    patterns: list[str] = Field(description="What it hears")
    declared_at: datetime | None = Field(description="When the bindings of its queue were changed last")
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    version: int
    waiting: int = Field(description="Events in its queue, or to be posted")
    dead: int = Field(description="Events that were given up")
    url: str | None = Field(description="Where its events are posted; of the query nothing is shown")
    failing_since: datetime | None = Field(description="The first failure since something was delivered to the URL")
    disabled_at: datetime | None = Field(description="Since when nothing is posted until it is enabled")
    disabled_reason: str | None


class SubscriptionMade(SubscriptionRead):
    """A subscription that has begun."""

    secret: str | None = Field(description="What a webhook is verified with; shown this once")


class StartReplay(BaseModel):
    """What is to be sent again: what was made in a period."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    until: AwareDatetime | None = None
    per_s: PerSecond = USUAL_PER_S


class ChangeReplay(BaseModel):
    """Pause a replay, let it go on, end it, or change its rate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["running", "paused", "cancelled"] | None = None
    per_s: PerSecond | None = None


class ReplayRead(BaseModel):
    """A replay and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    since: datetime
    until: datetime | None
    event_id: UUID | None
    goes_live: bool
    per_s: int
    state: Literal["running", "paused", "done", "cancelled"]
    position: datetime = Field(description="All that was made before has been sent")
    sent: int
    reason: str | None = Field(description="Why it does not go on just now, where it does not")
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class DeliveryRead(BaseModel):
    """What became of an event for a subscription."""

    model_config = ConfigDict(from_attributes=True)

    event_id: UUID
    type: str
    category: str
    area: str
    made_at: datetime
    state: DeliveryState
    attempts: int
    reason: str | None
    replay_id: UUID | None = Field(description="The replay that it was sent by last; null where it came by itself")
    queued_at: datetime
    settled_at: datetime | None


class DeliveriesRead(Page[DeliveryRead]):
    """A page of the ledger, newest first, how much waits, and since when."""

    unread: int
    oldest_unread_at: datetime | None


class ReceiverRead(BaseModel):
    """Somebody for whom an event was queued."""

    model_config = ConfigDict(from_attributes=True)

    subscription_id: UUID
    department: str
    name: str
    state: str
    attempts: int
    reason: str | None
    queued_at: datetime
    settled_at: datetime | None


class ReceiversRead(BaseModel):
    """Who got an event."""

    event_id: UUID
    type: str
    made_at: datetime
    receivers: list[ReceiverRead]
