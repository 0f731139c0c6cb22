"""A test of a webhook: an event that changes nothing, posted now as any other would be."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linli.contracts import CATALOGUE, Event, EventData
from linli.contracts.examples import example_of
from linli.district.departments import matches
from notify.attempts import attempt
from notify.domain.filters import Filter
from notify.posting import Destinations, posting
from notify.queries import AnyRow
from notify.webhook_secrets import WebhookSecrets

TEST_TYPE = "linli.webhook.test.v1"
"""No event of the catalogue: whoever acts on events leaves it alone, whoever does not know its type too."""

MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test."""

    event_id: UUID
    delivered: bool
    status: int | None
    reason: str | None
    took_s: float
    answer: str | None


async def try_out(
    webhook: AnyRow,
    asked: Filter,
    *,
    event_id: UUID,
    secrets: WebhookSecrets,
    destinations: Destinations,
    at: datetime,
) -> Tried:
    """Post a test event to a webhook, signed as all are, whether it is disabled or not.

    Raises:
        WebhooksOffError: there is no key, so nothing can be signed.
    """
    async with posting(destinations) as poster:
        outcome = await attempt(
            poster, webhook, event_id, test_event(event_id, webhook.subscription_id, asked, at), secrets
        )
    answer = None if outcome.answer is None else outcome.answer.beginning.decode(errors="replace")[:MOST_SHOWN]
    return Tried(event_id, outcome.reason is None, outcome.status, outcome.reason, outcome.took_s, answer)


def test_event(event_id: UUID, subscription_id: UUID, asked: Filter, at: datetime) -> bytes:
    """Return the CloudEvent of a test; its data is the whole example of an event that is subscribed to."""
    event = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/linli/notify",
        "type": TEST_TYPE,
        "subject": f"subscriptions/{subscription_id}",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": json.loads(_example(asked).encode()),
    }
    return json.dumps(event, ensure_ascii=False).encode()


def _example(asked: Filter) -> Event[EventData]:
    kinds = list(CATALOGUE.values())
    heard = (one for one in kinds if any(matches(event, f"{one.subject}.{one.event}") for event in asked.events))
    return example_of(next(heard, kinds[0]))
