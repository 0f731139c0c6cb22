"""The composition root: the one place that knows how routing is put together."""

from fastapi import FastAPI

from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.metrics import HttpMetrics
from linli.chassis.runner import run
from linli.chassis.runtime import utc_now
from linli.district import load_district
from linli.messaging.consumer import Consumer
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox_limit import OutboxLimit
from linli.messaging.relay import Relay
from linli.messaging.transport import Transport
from linli.messaging.upkeep import Upkeep
from routing.api.problems import PROBLEMS
from routing.api.routes import router
from routing.calendar import ChineseCalendar
from routing.domain.rulebook import Rulebook
from routing.reactions import REACTIONS, ReactionContext
from routing.settings import RoutingSettings


def create_app(settings: RoutingSettings, transport: Transport) -> FastAPI:
    """Return the service on its database and a transport; the application closes the transport at its end."""
    engine = create_engine(settings)
    metrics = HttpMetrics()
    counters = MessagingMetrics.in_registry(metrics.registry)
    rulebook = Rulebook(load_district(settings.district_dir), ChineseCalendar())
    relay = Relay(engine=engine, transport=transport, metrics=counters)
    outbox_limit = OutboxLimit(settings.outbox_max_rows)
    consumer = Consumer(
        queue="routing.inbox",
        reactions=REACTIONS,
        context=ReactionContext(rulebook, utc_now),
        engine=engine,
        transport=transport,
        metrics=counters,
        after_commit=relay.wake,
        prefetch=settings.consumer_prefetch,
        batch=settings.consumer_batch,
        outbox_limit=outbox_limit,
    )
    upkeep = Upkeep(
        queue="routing.inbox",
        engine=engine,
        transport=transport,
        registry=metrics.registry,
    )
    return service_app(
        name="routing",
        title="Linli routing",
        settings=settings,
        engine=engine,
        package="routing",
        routers=[router],
        workers=[relay, consumer, upkeep],
        problems=PROBLEMS,
        transport=transport,
        metrics=metrics,
        after_commit=relay.wake,
        outbox_limit=outbox_limit,
        extras={Rulebook: rulebook},
    )


def main() -> None:
    """Run routing as a process."""
    run("routing", RoutingSettings, create_app)
