"""What one more subscription costs, how fast the archive is replayed to one, and what that costs those who are live."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvloop
from uuid_utils.compat import uuid7

from benchmarks.results import Result, compared
from benchmarks.servers import Ground, Process, service
from linli.contracts import CaseStarted, Event, EventData, new_event
from linli.contracts.examples import EXAMPLES
from linli.messaging.amqp import AmqpTransport
from linli.messaging.message import message_from

SIZES = (1, 10, 100, 1000)
EVENTS = 20
LISTENED = 10
"""How many of the subscriptions are read: the slowest of them counts."""

ARCHIVED = 10_000
AT_ONCE = 500
ROUNDS = 3
LIVE = 800
LIVE_PER_S = 50
PER_S = 500
"""The rate of a replay unless another is asked for."""
WITHIN_S = 300
FILTER = {
    "department": "housing",
    "events": ["case.started"],
    "categories": ["facility.*"],
    "areas": ["sanchajie"],
    "addressed": False,
}


def measure(on: Ground) -> dict[str, Result]:
    """Return ``fanout.*`` and ``replay.*``."""
    with service(on, "notify") as notify:
        return uvloop.run(_measure(on, notify))


async def _measure(on: Ground, notify: Process) -> dict[str, Result]:
    token = on.issuer.mint("li-desk", name="例值班", roles=["platform"], areas=["sanchajie"])
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=notify.url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
            )
        )
        bus = AmqpTransport(on.amqp_url)
        stack.push_async_callback(bus.close)
        measured = await _replay(api, bus)
        return measured | await _fan_out(api, bus, notify)


async def _fan_out(api: httpx.AsyncClient, bus: AmqpTransport, notify: Process) -> dict[str, Result]:
    """Publish single events to ever more subscriptions; the delay is that of the last one that is read."""
    ids: list[str] = []
    measured: dict[str, Result] = {}
    for size in SIZES:
        ids += [await _subscribe(api, f"fan{number}") for number in range(len(ids), size)]
        read = [f"fan{number}" for number in range(0, size, max(1, size // LISTENED))][:LISTENED]
        await _until(
            api, lambda shown, fans=frozenset(ids): sum(one["bound"] for one in shown if one["id"] in fans) == len(fans)
        )
        before = notify.cpu_s()
        delays = [await _slowest(bus, read) for _ in range(EVENTS)]
        measured[f"fanout.delay_ms_{size}"] = Result(round(sorted(delays)[EVENTS // 2] * 1000, 1), "ms")
    await _noted(api, ids[-1], EVENTS)
    spent = (notify.cpu_s() - before) / (EVENTS * SIZES[-1])
    return {**measured, "fanout.cpu_us_per_delivery": Result(round(spent * 1e6, 1), "us")}


async def _slowest(bus: AmqpTransport, names: Sequence[str]) -> float:
    event = _started()

    async def arrival(name: str) -> float:
        async with bus.consume(f"dept.housing.{name}", prefetch=10) as subscription:
            opened.release()
            while batch := await subscription.next_batch(10):
                now = time.perf_counter()
                await subscription.ack(batch)
                if str(event.id) in {one.message.id for one in batch}:
                    return now
        raise RuntimeError("the consumer ended")

    opened = asyncio.Semaphore(0)
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(arrival(name)) for name in names]
        for _ in names:
            await opened.acquire()
        began = time.perf_counter()
        await _publish(bus, [event])
    return max(one.result() for one in waiting) - began


async def _replay(api: httpx.AsyncClient, bus: AmqpTransport) -> dict[str, Result]:
    """Replay a full archive to one subscription after another while live events of another one are timed."""
    for _ in range(ARCHIVED // AT_ONCE):
        await _publish(bus, [_started() for _ in range(AT_ONCE)])
    await _noted_in_all(api, ARCHIVED)
    await _drain(bus, "dept.housing.inbox", ARCHIVED)
    refused = (
        await api.post("/v1/subscriptions", json={**FILTER, "name": "past", "start": "2020-01-01T00:00:00Z"})
    ).json()
    start = refused["errors"][0]["message"].split()[-1]
    rates: list[float] = []
    without: list[float] = []
    beside: list[float] = []
    for number in range(ROUNDS):
        without.append(_p99_ms(await _live(bus)))
        live = asyncio.create_task(_live(bus))
        rates.append(await _replay_to(api, f"past{number}", start))
        beside.append(_p99_ms(await live))
    return {
        "replay.events_per_s": Result(round(median(rates), 1), "events/s"),
        # One moment in which the machine stands still decides a p99 of all rounds, and says nothing of the replay.
        "replay.live_p99_ratio": compared(median(beside), "ms", median(without)),
    }


async def _replay_to(api: httpx.AsyncClient, name: str, start: str) -> float:
    """Begin a subscription in the past; return how many events a second it got until it was live."""
    began = time.perf_counter()
    wanted = {**FILTER, "name": name, "start": start, "per_s": PER_S}
    made = (await api.post("/v1/subscriptions", json=wanted)).raise_for_status().json()
    await _until(api, lambda shown: any(one["name"] == name and one["live"] for one in shown))
    rate = ARCHIVED / (time.perf_counter() - began)
    sent = (await api.get(f"/v1/subscriptions/{made['id']}/replays")).json()[0]["sent"]
    if sent < ARCHIVED:
        raise RuntimeError(f"only {sent} events were replayed")
    (await api.delete(f"/v1/subscriptions/{made['id']}")).raise_for_status()
    return rate


async def _drain(bus: AmqpTransport, queue: str, count: int) -> None:
    async with asyncio.timeout(WITHIN_S), bus.consume(queue, prefetch=500) as subscription:
        while count > 0:
            batch = await subscription.next_batch(500)
            await subscription.ack(batch)
            count -= len(batch)


async def _live(bus: AmqpTransport) -> list[float]:
    """Publish at a steady rate, and return how long each event took to its department."""
    sent: dict[UUID, float] = {}
    delays: list[float] = []

    async def read() -> None:
        async with bus.consume("dept.housing.inbox", prefetch=500) as subscription:
            opened.set()
            while len(delays) < LIVE:
                batch = await subscription.next_batch(500)
                now = time.perf_counter()
                ids = [UUID(one.message.id) for one in batch]
                delays.extend(now - sent[each] for each in ids if each in sent)
                await subscription.ack(batch)

    opened = asyncio.Event()
    reading = asyncio.create_task(read())
    await opened.wait()
    began = time.perf_counter()
    for number in range(LIVE):
        due = began + number / LIVE_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        event = _started()
        sent[event.id] = due
        await _publish(bus, [event])
    async with asyncio.timeout(WITHIN_S):
        await reading
    return delays


def _p99_ms(delays_s: Sequence[float]) -> float:
    return sorted(delays_s)[len(delays_s) * 99 // 100] * 1000


def _started() -> Event[EventData]:
    case: EventData = _STARTED.model_copy(update={"case_id": uuid4()})
    return new_event(case, id=uuid7(), sequence=1, time=datetime.now(UTC))


[_STARTED] = [one for one in EXAMPLES if isinstance(one, CaseStarted)]


async def _publish(bus: AmqpTransport, events: Sequence[Event[EventData]]) -> None:
    if any(await bus.publish([message_from(one) for one in events])):
        raise RuntimeError("the broker refused")


async def _subscribe(api: httpx.AsyncClient, name: str) -> str:
    made = (await api.post("/v1/subscriptions", json={**FILTER, "name": name})).raise_for_status()
    return str(made.json()["id"])


async def _until(api: httpx.AsyncClient, met: Any) -> None:  # noqa: ANN401 - a question
    async with asyncio.timeout(WITHIN_S):
        while not met([one for one in (await api.get("/v1/subscriptions")).json() if not one["seeded"]]):
            await asyncio.sleep(0.2)


async def _noted(api: httpx.AsyncClient, subscription: str, count: int) -> None:
    """Wait until the ledger has the events of a subscription."""
    async with asyncio.timeout(WITHIN_S):
        while len((await api.get(f"/v1/subscriptions/{subscription}/deliveries?limit=200")).json()["items"]) < count:
            await asyncio.sleep(0.1)


async def _noted_in_all(api: httpx.AsyncClient, count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (await api.post("/v1/subscriptions/preview", json=FILTER)).json()["count"] < count:
            await asyncio.sleep(0.2)
