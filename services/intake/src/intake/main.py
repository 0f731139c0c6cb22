"""The composition root: the one place that knows how intake is put together."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

from fastapi import FastAPI

from intake.api import attachments, bulk, desk, drafts, exporting, listening, merging, notes, routes, saved, visits
from intake.api.drafts import DraftCipher, draft_cipher
from intake.api.examples import EXAMPLES
from intake.api.open311 import requests as open311_requests
from intake.api.open311 import services as open311_services
from intake.api.open311 import updates as open311_updates
from intake.api.open311.errors import Open311Errors
from intake.api.open311.provider import Provider
from intake.api.open311.services import PREFIX
from intake.api.problems import PROBLEMS
from intake.attachments.clearing import Clearing
from intake.attachments.files import Files
from intake.attachments.links import Links
from intake.attachments.receiving import Receiver
from intake.attachments.storage import FolderStorage, Storage
from intake.changing import purge_changes
from intake.metrics import ReportMetrics
from intake.reactions import REACTIONS
from intake.settings import IntakeSettings
from intake.tables import changes, district_entries, idempotency_keys
from intake.usecases.drafting import purge_drafts
from linli.chassis.app import service_app
from linli.chassis.cipher import Cipher
from linli.chassis.contacts import ContactCipher
from linli.chassis.database import create_engine
from linli.chassis.district import Districts
from linli.chassis.idempotency import purge_keys
from linli.chassis.metrics import HttpMetrics
from linli.chassis.runner import run
from linli.chassis.runtime import utc_now
from linli.chassis.tailing import Tail
from linli.district import load_district
from linli.messaging.consumer import Consumer
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox_limit import OutboxLimit
from linli.messaging.relay import Relay
from linli.messaging.transport import Transport
from linli.messaging.upkeep import Upkeep


def create_app(settings: IntakeSettings, transport: Transport, *, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return the service on its database and a transport; the application closes the transport at its end."""
    engine = create_engine(settings)
    metrics = HttpMetrics()
    counters = MessagingMetrics.in_registry(metrics.registry)
    relay = Relay(engine=engine, transport=transport, metrics=counters)
    outbox_limit = OutboxLimit(settings.outbox_max_rows)
    consumer = Consumer(
        queue="intake.inbox",
        reactions=REACTIONS,
        context=None,
        engine=engine,
        transport=transport,
        metrics=counters,
        after_commit=relay.wake,
        pace=settings.pace,
        outbox_limit=outbox_limit,
    )
    upkeep = Upkeep(
        queue="intake.inbox",
        engine=engine,
        transport=transport,
        registry=metrics.registry,
        purges=[
            partial(purge_keys, table=idempotency_keys),
            lambda connection: purge_drafts(connection, now()),
            purge_changes,
        ],
    )
    closing = asyncio.Event()
    tail = Tail(table=changes, about=changes.c.issue_id, engine=engine, closing=closing)
    storage = storage_of(settings)
    clearing = Clearing(storage=storage, engine=engine, now=now, registry=metrics.registry)
    app = service_app(
        name="intake",
        title="Linli intake",
        settings=settings,
        engine=engine,
        package="intake",
        routers=[
            desk.router,
            exporting.router,
            bulk.router,
            notes.router,
            saved.router,
            routes.router,
            listening.router,
            drafts.router,
            visits.router,
            merging.router,
            attachments.router,
            open311_services.router,
            open311_requests.router,
            open311_updates.router,
        ],
        workers=[relay, consumer, upkeep, clearing],
        api_workers=[tail],
        closing=closing,
        problems=PROBLEMS,
        transport=transport,
        metrics=metrics,
        now=now,
        after_commit=relay.wake,
        outbox_limit=outbox_limit,
        body_limits=dict.fromkeys(attachments.PATHS, settings.attachment_max_bytes),
        examples=EXAMPLES,
        extras={
            Tail: tail,
            Districts: Districts(load_district(settings.district_dir), district_entries),
            ReportMetrics: ReportMetrics(metrics.registry),
            ContactCipher: ContactCipher(settings.contact_key),
            DraftCipher: draft_cipher(settings.contact_key),
            Files: Files(
                storage=storage,
                receiver=Receiver(max_bytes=settings.attachment_max_bytes, folder=settings.upload_dir),
                links=Links(Cipher(settings.contact_key).derived(b"linli attachment links")),
            ),
            Provider: Provider(settings.open311_keys, settings.open311_jurisdiction, settings.open311_contact),
        },
    )
    app.add_middleware(Open311Errors, prefix=PREFIX)
    return app


def storage_of(settings: IntakeSettings) -> Storage:
    """Return where files are kept."""
    if not settings.s3_bucket:
        return FolderStorage(settings.storage_dir)
    from intake.attachments.s3 import BucketStorage  # noqa: PLC0415 - large, and few need it

    return BucketStorage(
        bucket=settings.s3_bucket,
        endpoint=settings.s3_endpoint or None,
        region=settings.s3_region,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
    )


def main() -> None:
    """Run intake as a process."""
    run("intake", IntakeSettings, create_app)
