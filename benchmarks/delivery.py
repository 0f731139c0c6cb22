"""How long from a POST until the department holds the routed case, at parts of what the suite can do.

And what it costs the others when one department is offline and its queue is long. All four services run as processes
with one broker and one database server, as they would; the department's queue is read the way a department reads it.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

import uvloop
from uuid_utils.compat import uuid7

from benchmarks.intake import REPORT, WORKERS
from benchmarks.load import Connection, connection
from benchmarks.results import Result, compared
from benchmarks.servers import SERVICES, Ground, service
from linli.messaging.amqp import AmqpTransport
from linli.messaging.message import Message
from linli.messaging.topology import inbox_topology

QUEUE = "dept.housing.inbox"
BURST = 1500
STEADY = 1500
LOADS = {25: "_at_25", 50: "", 90: "_at_90"}
"""In percent of the rate at which a burst went through, and how the names of its figures end."""

ROUNDS = 5

OFFLINE = "dept.offline.inbox"
WAITING = 100_000
AT_ONCE = 1000
WAIT_S = 120
ROUTED = b'"type":"linli.case.routed.v1"'


def measure(on: Ground) -> dict[str, Result]:
    """Return ``delivery.*``, ``offline_department.p99_ratio`` and ``<service>.rss_mb``."""
    with ExitStack() as stack:
        running = {name: stack.enter_context(service(on, name)) for name in SERVICES}
        measured = uvloop.run(_measure(running["intake"].url, on.amqp_url))
        memory = {f"{name}.rss_mb": Result(round(one.rss_mb(), 1), "MB") for name, one in running.items()}
    return {**measured, **memory}


async def _measure(intake: str, amqp_url: str) -> dict[str, Result]:
    transport = AmqpTransport(amqp_url)
    arrived: dict[str, float] = {}
    reading = asyncio.create_task(_read(transport, arrived))
    await _burst(intake, arrived, 200)
    began = time.perf_counter()
    await _burst(intake, arrived, BURST)
    rate = BURST / (time.perf_counter() - began)
    measured = {"delivery.issues_per_s": Result(round(rate, 1), "issues/s")}
    for load, ending in LOADS.items():
        delays = await _steady(intake, arrived, rate * load / 100)
        measured[f"delivery.p50_ms{ending}"] = Result(_percentile_ms(delays, 50), "ms")
        measured[f"delivery.p99_ms{ending}"] = Result(_percentile_ms(delays, 99), "ms")
    measured["offline_department.p99_ratio"] = await _offline(transport, intake, arrived, rate / 2)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await transport.close()
    return measured


async def _offline(transport: AmqpTransport, intake: str, arrived: dict[str, float], rate: float) -> Result:
    """Compare the delays with and without a long queue that nobody reads, in turns."""
    topology = inbox_topology(OFFLINE, ["#"], retries=False)
    await transport.declare(topology)
    await transport.unbind(topology.bindings)
    for _ in range(WAITING // AT_ONCE):
        filling = [Message(str(uuid7()), "case.routed", b"x" * 1000) for _ in range(AT_ONCE)]
        if any(await transport.send(OFFLINE, filling)):
            raise RuntimeError("the broker refused")
    without, beside = [], []
    for _ in range(ROUNDS):
        without.append(_percentile_ms(await _steady(intake, arrived, rate), 99))
        await transport.declare(topology)
        beside.append(_percentile_ms(await _steady(intake, arrived, rate), 99))
        await transport.unbind(topology.bindings)
    # One moment in which the machine stands still decides a p99 of all rounds, and says nothing of the queue.
    return compared(median(beside), "ms", median(without))


def _percentile_ms(delays_s: list[float], percent: int) -> float:
    return round(sorted(delays_s)[len(delays_s) * percent // 100] * 1000, 1)


async def _read(transport: AmqpTransport, arrived: dict[str, float]) -> None:
    async with transport.consume(QUEUE, prefetch=500) as subscription:
        while batch := await subscription.next_batch(500):
            now = time.perf_counter()
            for one in batch:
                if ROUTED in one.message.body:
                    arrived.setdefault(json.loads(one.message.body)["partitionkey"], now)
            await subscription.ack(batch)


async def _burst(intake: str, arrived: dict[str, float], count: int) -> None:
    """Report as fast as accepted, and wait until the department has them all."""
    numbers = iter(range(count))
    sent: dict[str, float] = {}

    async def worker() -> None:
        async with connection(intake) as line:
            for _ in numbers:
                issue, began = await _report(line)
                sent[issue] = began

    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    await _all_arrived(sent, arrived)


async def _steady(intake: str, arrived: dict[str, float], rate: float) -> list[float]:
    """Report at a fixed rate, however long each answer takes, and return each delay in seconds."""
    sent: dict[str, float] = {}
    began = time.perf_counter()
    due: Iterator[float] = (began + number / rate for number in range(STEADY))

    async def worker() -> None:
        async with connection(intake) as line:
            for moment in due:
                await asyncio.sleep(max(0.0, moment - time.perf_counter()))
                issue, _ = await _report(line)
                sent[issue] = moment

    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    await _all_arrived(sent, arrived)
    return [arrived[issue] - moment for issue, moment in sent.items()]


async def _report(line: Connection) -> tuple[str, float]:
    began = time.perf_counter()
    answer = await line.post("/v1/issues", json.dumps(REPORT).encode())
    return json.loads(answer)["id"], began


async def _all_arrived(sent: dict[str, float], arrived: dict[str, float]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not sent.keys() <= arrived.keys():
            await asyncio.sleep(0.01)
