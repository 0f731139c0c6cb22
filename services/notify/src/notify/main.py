"""The composition root: the one place that knows how notify is put together."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial

from fastapi import FastAPI
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.district import Districts
from linli.chassis.idempotency import purge_keys
from linli.chassis.metrics import HttpMetrics
from linli.chassis.runner import run
from linli.chassis.runtime import nothing_to_do, utc_now
from linli.chassis.sealing import Sealer
from linli.chassis.tailing import Tail
from linli.district import load_district
from linli.messaging.consumer import Consumer
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.topology import department_queue
from linli.messaging.transport import Transport
from linli.messaging.upkeep import Upkeep
from linli.messaging.worker import Worker
from notify.addressed import purge_meetings
from notify.api import (
    broadcasts,
    calendars,
    callbacks,
    contacts,
    credentials,
    deliveries,
    documents,
    listening,
    manners,
    marks,
    outgoing,
    preferences,
    replays,
    reporter_contacts,
    routes,
    rules,
    subscriptions,
    texts,
    unsubscribing,
    webhooks,
    worklists,
)
from notify.api.problems import PROBLEMS
from notify.archive import Archive
from notify.broadcasting import Broadcasting
from notify.channels.loading import load_channels
from notify.channels.port import Channel
from notify.composing import Composer
from notify.contact_secrets import ContactSecrets
from notify.dead_letters import DeadLetters
from notify.digests import Digests
from notify.edits import Editing
from notify.expiry import Expiry
from notify.ledger import Ledger, purge_ledger
from notify.outbound import Outbound, OutgoingMetrics
from notify.posting import Destinations
from notify.reactions import REACTIONS
from notify.replaying import Replayer
from notify.retention import purge_outgoing
from notify.sending import Sender, WebhookMetrics
from notify.settings import NotifySettings
from notify.settling import Settling
from notify.streams import Streams
from notify.tables import district_entries, idempotency_keys, messages
from notify.telling import ReactionContext
from notify.usecases import Admission, Reach
from notify.webhook_secrets import WebhookSecrets
from notify.wording import Words, load_words

ROUTES = (
    contacts,
    reporter_contacts,
    unsubscribing,
    callbacks,
    texts,
    manners,
    rules,
    outgoing,
    broadcasts,
    preferences,
    routes,
    marks,
    listening,
    worklists,
    calendars,
    subscriptions,
    replays,
    deliveries,
    webhooks,
    credentials,
    documents,
)


def create_app(
    settings: NotifySettings,
    transport: Transport,
    *,
    now: Callable[[], datetime] = utc_now,
    channels: Mapping[str, Channel] | None = None,
) -> FastAPI:
    """Return the service on its database and a transport; the application closes the transport at its end.

    Notify publishes no events, so it has no relay. Without ``channels`` it has those of the settings.
    """
    engine = create_engine(settings)
    metrics = HttpMetrics()
    counters = MessagingMetrics.in_registry(metrics.registry)
    district = load_district(settings.district_dir)
    districts = Districts(district, district_entries)
    words = load_words(districts.newest)
    contact_secrets = ContactSecrets(settings.contact_key)
    if not contact_secrets.usable:
        channels = {}
    elif channels is None:
        channels = load_channels(settings.channels)
    reach = Reach(channels, contact_secrets)
    context = ReactionContext(
        words=words,
        districts=districts,
        new_id=uuid7,
        sealer=Sealer(settings.recipient_key),
        now=now,
        channels=frozenset(channels),
    )
    broadcasting = Broadcasting(engine=engine, context=context)
    consumer = Consumer(
        queue="notify.inbox",
        reactions=REACTIONS,
        context=context,
        engine=engine,
        transport=transport,
        metrics=counters,
        after_commit=nothing_to_do,
        pace=settings.pace,
    )
    streams = Streams(
        departments=tuple(district.departments.values()),
        districts=districts,
        engine=engine,
        transport=transport,
        now=now,
        new_id=uuid7,
    )
    replayer = Replayer(engine=engine, transport=transport, districts=districts, streams=streams)
    dead_letters = DeadLetters(engine=engine, transport=transport)
    digests = Digests(hour=settings.digest_hour, engine=engine, context=context)
    settling = Settling(engine=engine, transport=transport, registry=metrics.registry)
    secrets = WebhookSecrets(settings.webhook_key)
    destinations = Destinations(settings.webhook_networks, _trusted())
    sender = Sender(engine=engine, secrets=secrets, destinations=destinations, metrics=WebhookMetrics(metrics.registry))
    senders: list[Worker] = [sender] if secrets.usable else []
    outgoing_metrics = OutgoingMetrics(metrics.registry)
    if channels:
        composer = Composer(contact_secrets, settings.public_url)
        outbound = Outbound(
            engine=engine,
            channels=channels,
            words=words,
            districts=districts,
            composer=composer,
            destinations=destinations,
            metrics=outgoing_metrics,
            now=now,
            new_id=uuid7,
        )
        senders.append(outbound)
    closing = asyncio.Event()
    editing = Editing(engine=engine, edits=words.edits)
    tail = Tail(table=messages, about=messages.c.recipient, engine=engine, closing=closing)
    ledger = Ledger(engine=engine, transport=transport, to_post=sender.wake)
    upkeep = Upkeep(
        queue="notify.inbox",
        engine=engine,
        transport=transport,
        registry=metrics.registry,
        inboxes=[department_queue(department) for department in district.departments],
        purges=[
            partial(purge_keys, table=idempotency_keys),
            purge_ledger,
            lambda connection: purge_meetings(connection, now()),
            lambda connection: purge_outgoing(connection, now()),
        ],
    )
    admission = Admission(
        engine=engine,
        departments=frozenset(district.departments),
        bus=_told(settings.amqp_url),
        management_url=_told(settings.management_url),
        now=now,
    )
    expiry = Expiry(admission, registry=metrics.registry)
    return service_app(
        name="notify",
        title="Linli notify",
        settings=settings,
        engine=engine,
        package="notify",
        routers=[each.router for each in ROUTES],
        workers=[
            consumer,
            streams,
            ledger,
            dead_letters,
            replayer,
            settling,
            digests,
            upkeep,
            expiry,
            editing,
            broadcasting,
            *senders,
        ],
        api_workers=[tail, editing] if settings.role == "api" else [tail],
        problems=PROBLEMS,
        transport=transport,
        metrics=metrics,
        now=now,
        closing=closing,
        extras={
            Tail: tail,
            Districts: districts,
            Words: words,
            Streams: streams,
            Replayer: replayer,
            Archive: Archive(transport),
            Admission: admission,
            Reach: reach,
            WebhookSecrets: secrets,
            Destinations: destinations,
        },
    )


def _told(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def main() -> None:
    """Run notify as a process."""
    run("notify", NotifySettings, create_app)


_trusted = cache(ssl.create_default_context)
"""The authorities of this machine; reading them takes longer than all else here, and nobody changes what was read."""
