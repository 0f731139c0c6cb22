"""The composition root: the one place that knows how volunteer is put together."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from fastapi import FastAPI
from uuid_utils.compat import uuid7

from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.district import Districts
from linli.chassis.idempotency import purge_keys
from linli.chassis.metrics import HttpMetrics
from linli.chassis.runner import run
from linli.chassis.runtime import utc_now
from linli.chassis.sealing import Sealer
from linli.district import load_district
from linli.messaging.consumer import Consumer
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox_limit import OutboxLimit
from linli.messaging.relay import Relay
from linli.messaging.transport import Transport
from linli.messaging.upkeep import Upkeep
from volunteer.api.problems import PROBLEMS
from volunteer.api.routes import router
from volunteer.domain.claiming import ClaimPolicy
from volunteer.lapsing import Lapsing
from volunteer.reactions import REACTIONS, ReactionContext
from volunteer.settings import Contacts, VolunteerSettings
from volunteer.tables import district_entries, idempotency_keys


def create_app(settings: VolunteerSettings, transport: Transport, *, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return the service on its database and a transport; the application closes the transport at its end."""
    engine = create_engine(settings)
    metrics = HttpMetrics()
    counters = MessagingMetrics.in_registry(metrics.registry)
    relay = Relay(engine=engine, transport=transport, metrics=counters)
    outbox_limit = OutboxLimit(settings.outbox_max_rows)
    consumer = Consumer(
        queue="volunteer.inbox",
        reactions=REACTIONS,
        context=ReactionContext(now=now, new_id=uuid7),
        engine=engine,
        transport=transport,
        metrics=counters,
        after_commit=relay.wake,
        pace=settings.pace,
        outbox_limit=outbox_limit,
    )
    upkeep = Upkeep(
        queue="volunteer.inbox",
        engine=engine,
        transport=transport,
        registry=metrics.registry,
        purges=[partial(purge_keys, table=idempotency_keys)],
    )
    sealer = Sealer(settings.recipient_key)
    districts = Districts(load_district(settings.district_dir), district_entries)
    lapsing = Lapsing(engine=engine, now=now, new_id=uuid7, districts=districts, sealer=sealer, after_commit=relay.wake)
    return service_app(
        name="volunteer",
        title="Linli volunteer",
        settings=settings,
        engine=engine,
        package="volunteer",
        routers=[router],
        workers=[relay, consumer, upkeep, lapsing],
        problems=PROBLEMS,
        transport=transport,
        metrics=metrics,
        now=now,
        after_commit=relay.wake,
        outbox_limit=outbox_limit,
        extras={
            Districts: districts,
            ClaimPolicy: settings.policy(),
            Contacts: settings.contacts(),
            Sealer: sealer,
        },
    )


def main() -> None:
    """Run volunteer as a process."""
    run("volunteer", VolunteerSettings, create_app)
