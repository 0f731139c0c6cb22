"""The composition root: the one place that knows how routing is put together."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from fastapi import FastAPI

from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.idempotency import purge_keys
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
from routing.clocks import Clocks
from routing.folding import Folding
from routing.meeting_tables import idempotency_keys
from routing.reactions import REACTIONS, ReactionContext
from routing.rehoming import Rehoming
from routing.rulebooks import Rulebooks
from routing.seeding import seed
from routing.settings import RoutingSettings

IMPORTS = ("/v1/grid", "/v1/catalogue")
"""Where bodies may be large."""


def create_app(settings: RoutingSettings, transport: Transport, *, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return the service on its database and a transport; the application closes the transport at its end."""
    engine = create_engine(settings)
    metrics = HttpMetrics()
    counters = MessagingMetrics.in_registry(metrics.registry)
    files = load_district(settings.district_dir)
    rulebooks = Rulebooks(files, hop_limit=settings.hop_limit)
    relay = Relay(engine=engine, transport=transport, metrics=counters)
    outbox_limit = OutboxLimit(settings.outbox_max_rows)
    consumer = Consumer(
        queue="routing.inbox",
        reactions=REACTIONS,
        context=ReactionContext(rulebooks, now),
        engine=engine,
        transport=transport,
        metrics=counters,
        after_commit=relay.wake,
        pace=settings.pace,
        outbox_limit=outbox_limit,
    )
    clocks = Clocks(
        engine=engine,
        rulebooks=rulebooks,
        now=now,
        after_commit=relay.wake,
        outbox_limit=outbox_limit,
        registry=metrics.registry,
    )
    upkeep = Upkeep(
        queue="routing.inbox",
        engine=engine,
        transport=transport,
        registry=metrics.registry,
        purges=[partial(purge_keys, table=idempotency_keys)],
    )
    folding = Folding(engine=engine, now=now)
    rehoming = Rehoming(
        engine=engine,
        rulebooks=rulebooks,
        now=now,
        after_commit=relay.wake,
        outbox_limit=outbox_limit,
    )
    return service_app(
        name="routing",
        title="Linli routing",
        settings=settings,
        engine=engine,
        package="routing",
        routers=[router],
        workers=[relay, consumer, clocks, rehoming, upkeep, folding],
        problems=PROBLEMS,
        transport=transport,
        metrics=metrics,
        now=now,
        after_commit=relay.wake,
        outbox_limit=outbox_limit,
        extras={Rulebooks: rulebooks, Rehoming: rehoming},
        prepare=partial(seed, engine, files, rulebooks, now=now),
        body_limits=dict.fromkeys(IMPORTS, settings.grid_max_bytes),
    )


def main() -> None:
    """Run routing as a process."""
    run("routing", RoutingSettings, create_app)
