"""What telling people outside of the app costs: planning, claiming and sending to a channel that takes all at once."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from statistics import median
from uuid import UUID, uuid4

import uvloop
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from linli.chassis.database import create_engine, migrate
from linli.chassis.district import Districts
from linli.chassis.runtime import utc_now
from linli.chassis.sealing import Sealer
from linli.contracts import CaseAccepted, new_event
from linli.contracts.examples import EXAMPLES
from linli.district import load_district
from linli.district.known import KnownDistrict
from notify.channels.port import Letter, Outside, Taken, Traits
from notify.claiming import claim
from notify.composing import Composer
from notify.contact_secrets import ContactSecrets
from notify.domain.manners import Manner
from notify.outbound import Outbound, OutgoingMetrics
from notify.posting import Destinations
from notify.settings import NotifySettings
from notify.tables import contacts, district_entries, manners, outgoing
from notify.telling import Concerned, ReactionContext, tell
from notify.wording import load_words

PEOPLE = 10_000
TOGETHER = 100
"""How many events a transaction takes, as the consumer's does."""
PLANNED = 5_000
WAITING = 1_000_000
FEW = 1_000
FILLED = 50_000
CLAIMED = 100
CLAIMS = 9
ITEMS = 3
WITHIN_S = 300
KEY = SecretStr("bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE=")
[ACCEPTED] = [one for one in EXAMPLES if isinstance(one, CaseAccepted)]


def measure(on: Ground) -> dict[str, Result]:
    """Return ``notify.*``."""
    return uvloop.run(_measure(on))


@dataclass
class Sink:
    """Takes everything at once and does nothing with it."""

    traits: Traits = field(default_factory=lambda: Traits(most_title=200, most_body=5000, at_once=500))

    def normal(self, address: str) -> str:
        """Return the address."""
        return address

    def masked(self, address: str) -> str:
        """Return the address."""
        return address

    async def send(self, letter: Letter, outside: Outside) -> Taken:  # noqa: ARG002 - a sink
        """Take a letter."""
        return Taken()


async def _measure(on: Ground) -> dict[str, Result]:
    settings = NotifySettings(
        database_url=on.database(), oidc_issuer="x", oidc_jwks_url="file:///none", contact_key=KEY
    )
    engine = create_engine(settings)
    try:
        await migrate(engine, "notify")
        people = await _people(engine)
        planned = await _planned(engine, people)
        sent = await _sent(engine, PLANNED)
        digests = await _digests(engine, people)
        few, many = await _claims(engine, FEW), await _claims(engine, WAITING)
    finally:
        await engine.dispose()
    return {
        "notify.planned_per_s": planned,
        "notify.sent_per_s": Result(round(sent), "messages/s"),
        "notify.digests_10k_s": Result(round(digests, 1), "s"),
        "notify.claim_ms_1m": compared(many, "ms", few),
    }


async def _people(engine: AsyncEngine) -> Sequence[UUID]:
    """Give each of some thousand reporters one address."""
    secrets, ids = ContactSecrets(KEY), [uuid4() for _ in range(PEOPLE)]
    now = utc_now()
    rows = [
        {
            "id": which,
            "owner": f"reporter:{which}",
            "channel": "sink",
            "address": secrets.encrypt(which, f"{which}@example.org"),
            "fingerprint": which.bytes,
            "language": "zh-Hans",
            "created_at": now,
            "code_attempts": 0,
            "verified_at": now,
        }
        for which in ids
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(contacts), rows)
    await _analyze(engine)
    return ids


async def _planned(engine: AsyncEngine, people: Sequence[UUID]) -> Result:
    """Tell reporters of their cases, a hundred events a transaction; beside it, the same without addresses."""
    district = load_district()
    known = KnownDistrict.of(district)

    def context(*channels: str) -> ReactionContext:
        return ReactionContext(
            words=load_words(known),
            districts=Districts(district, district_entries),
            new_id=uuid7,
            sealer=Sealer(None),
            now=utc_now,
            channels=frozenset(channels),
        )

    async def rate(told: ReactionContext) -> float:
        began = time.perf_counter()
        for first in range(0, PLANNED, TOGETHER):
            async with engine.begin() as connection:
                for which in people[first : first + TOGETHER]:
                    event = new_event(ACCEPTED, id=uuid7(), sequence=1, time=utc_now())
                    whom = Concerned(str(which), "zh-Hans")
                    await tell(told, connection, event, which, whom)
        return PLANNED / (time.perf_counter() - began)

    without = await rate(context())
    async with engine.begin() as connection:
        # Usual channels are those that exist; the sink is one of its own.
        decided = Manner(urgent=True, channels=("sink",)).model_dump(mode="json")
        row = {"area": "sanchajie", "template": "case-accepted", "manner": decided}
        await connection.execute(insert(manners).values(**row, changed_at=utc_now(), changed_by="bench"))
    return compared(await rate(context("sink")), "intents/s", without)


async def _sent(engine: AsyncEngine, count: int) -> float:
    async with _working(engine) as began:
        async with asyncio.timeout(WITHIN_S):
            while await _count(engine, "sent") < count:
                await asyncio.sleep(0.05)
        return count / (time.perf_counter() - began)


async def _digests(engine: AsyncEngine, people: Sequence[UUID]) -> float:
    """Let a window of ten thousand addresses end with some messages each; return how long until all are sent."""
    now = utc_now()
    ended = now - timedelta(minutes=1)
    before = await _count(engine, "sent")
    window = {"state": "gathering", "window_key": "hourly", "window_ends": ended, "not_before": ended}
    rows = [_row(which, now, **window) for which in people]
    async with engine.begin() as connection:
        for _ in range(ITEMS):
            await connection.execute(insert(outgoing), [{**row, "id": uuid7()} for row in rows])
    await _analyze(engine)
    async with _working(engine) as began:
        async with asyncio.timeout(WITHIN_S):
            while await _count(engine, "sent") < before + len(people):
                await asyncio.sleep(0.1)
        return time.perf_counter() - began


async def _claims(engine: AsyncEngine, waiting: int) -> float:
    """Return how long it takes to claim a hundred that are due, in ms, while so many wait for another day."""
    async with engine.begin() as connection:
        await connection.execute(text("truncate outgoing"))
        # In parts: a statement of a service may take 30 s.
        for first in range(0, waiting, FILLED):
            await connection.execute(text(_FILL), {"first": first + 1, "last": min(first + FILLED, waiting)})
    await _analyze(engine)
    sink, took = Sink(), []
    for _ in range(CLAIMS):
        async with engine.begin() as connection:
            due = select(outgoing.c.id).where(outgoing.c.state == "waiting").limit(CLAIMED).scalar_subquery()
            change = {"next_attempt_at": utc_now() - timedelta(seconds=1)}
            await connection.execute(update(outgoing).where(outgoing.c.id.in_(due)).values(change))
        began = time.perf_counter()
        async with engine.begin() as connection:
            taken = await claim(connection, "sink", sink.traits, room=CLAIMED, now=utc_now())
        took.append(time.perf_counter() - began)
        if len(taken) != CLAIMED:
            raise RuntimeError(f"{len(taken)} were claimed")
    return median(took) * 1000


@asynccontextmanager
async def _working(engine: AsyncEngine) -> AsyncIterator[float]:
    """Let one worker send; give the time at which it began."""
    district = load_district()
    districts = Districts(district, district_entries)
    worker = Outbound(
        engine=engine,
        channels={"sink": Sink()},
        words=load_words(districts.newest),
        districts=districts,
        composer=Composer(ContactSecrets(KEY), "https://notify.example"),
        destinations=Destinations((ip_network("127.0.0.0/8"),), ssl.create_default_context()),
        metrics=OutgoingMetrics(CollectorRegistry()),
        now=utc_now,
        new_id=uuid7,
    )
    began = time.perf_counter()
    await worker.start()
    try:
        yield began
    finally:
        await worker.stop()


async def _count(engine: AsyncEngine, state: str) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).where(outgoing.c.state == state)) or 0


async def _analyze(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("vacuum analyze outgoing"))


def _row(which: UUID, now: datetime, **change: object) -> dict[str, object]:
    said = ACCEPTED.model_dump(mode="json", exclude={"case_id"})
    row = {
        "channel": "sink",
        "recipient": f"reporter:{which}",
        "owner": f"reporter:{which}",
        "contact_id": which,
        "issue_id": which,
        "area": "sanchajie",
        "template": "case-accepted",
        "params": said,
        "language": "zh-Hans",
        "urgent": False,
        "attempts": 0,
        "planned_at": now,
    }
    return {**row, **change}


_FILL = """
insert into outgoing (id, channel, recipient, owner, contact_id, template, params, language, urgent, state, attempts,
                      planned_at, not_before, next_attempt_at)
select gen_random_uuid(), 'sink', one.owner, one.owner, one.id, 'case-accepted', '{}', 'zh-Hans', true, 'waiting', 0,
       now(), now() + interval '1 day', now() + interval '1 day' + number * interval '10 ms'
from generate_series(cast(:first as integer), cast(:last as integer)) as number
join (select id, owner, row_number() over () as place from contacts) as one on one.place = 1 + number % 10000
"""
