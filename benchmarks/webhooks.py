"""What receivers that are dead or slow cost one that is well: how long its events take to it, alone and beside them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from uuid import uuid4

import httpx
import uvloop
from uuid_utils.compat import uuid7

from benchmarks.results import Result, compared
from benchmarks.servers import Ground, service
from linli.contracts import CaseStarted, Event, EventData, new_event
from linli.contracts.examples import EXAMPLES
from linli.messaging.amqp import AmqpTransport
from linli.messaging.message import message_from

ROUNDS = 3
EVENTS = 500
PER_S = 50
BURST = 200
CROWD = 19
"""So many receivers that are well make one dead one 5 per cent of all."""
WITHIN_S = 120
FILTER = {
    "department": "housing",
    "events": ["case.started"],
    "categories": ["facility.*"],
    "areas": ["sanchajie"],
    "addressed": False,
    "transport": "webhook",
}

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def measure(on: Ground) -> dict[str, Result]:
    """Return ``webhook.*``."""
    with service(on, "notify", NOTIFY_WEBHOOK_NETWORKS="127.0.0.0/8") as notify:
        return uvloop.run(_measure(on, notify.url))


async def _measure(on: Ground, url: str) -> dict[str, Result]:
    token = on.issuer.mint("li-desk", name="例值班", roles=["platform"], areas=["sanchajie"])
    headers = {"Authorization": f"Bearer {token}"}
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False)
        )
        bus = AmqpTransport(on.amqp_url)
        stack.push_async_callback(bus.close)
        rate = await _rate(api, bus)
        arrived: dict[str, float] = {}
        well = await stack.enter_async_context(_receiver(_thanks, arrived))
        await _subscribe(api, "well", well)
        alone = [_p99_ms(await _delays(bus, arrived)) for _ in range(ROUNDS)]
        others = [await stack.enter_async_context(_receiver(answer, {})) for answer in [_silence] * 10 + [_error] * 5]
        async with _receiver(_thanks, {}) as gone:
            others += [gone] * 5
        for number, other in enumerate(others):
            await _subscribe(api, f"other{number}", other)
        beside = [_p99_ms(await _delays(bus, arrived)) for _ in range(ROUNDS)]
    return {
        "webhook.deliveries_per_s": Result(round(rate, 1), "deliveries/s"),
        "webhook.dead_receivers_p99_ratio": compared(median(beside), "ms", median(alone)),
    }


async def _rate(api: httpx.AsyncClient, bus: AmqpTransport) -> float:
    """Publish a burst to a crowd of which one in twenty is dead; return how many deliveries a second those well got."""
    async with AsyncExitStack() as stack:
        arrived: list[dict[str, float]] = [{} for _ in range(CROWD)]
        urls = [await stack.enter_async_context(_receiver(_thanks, its)) for its in arrived]
        async with _receiver(_thanks, {}) as gone:
            urls.append(gone)
        ids = [await _subscribe(api, f"crowd{number}", url) for number, url in enumerate(urls)]
        began = time.perf_counter()
        if any(await bus.publish([message_from(_started()) for _ in range(BURST)])):
            raise RuntimeError("the broker refused")
        async with asyncio.timeout(WITHIN_S):
            while any(len(its) < BURST for its in arrived):
                await asyncio.sleep(0.05)
        took = max(max(its.values()) for its in arrived) - began
        for each in ids:
            (await api.delete(f"/v1/subscriptions/{each}")).raise_for_status()
    return BURST * CROWD / took


async def _subscribe(api: httpx.AsyncClient, name: str, url: str) -> str:
    made = (await api.post("/v1/subscriptions", json={**FILTER, "name": name, "url": url})).raise_for_status().json()
    async with asyncio.timeout(WITHIN_S):
        while not (await api.get(f"/v1/subscriptions/{made['id']}")).json()["bound"]:
            await asyncio.sleep(0.1)
    return str(made["id"])


async def _delays(bus: AmqpTransport, arrived: dict[str, float]) -> list[float]:
    """Publish at a steady rate, and return how long each event took to the receiver."""
    due: dict[str, float] = {}
    began = time.perf_counter()
    for number in range(EVENTS):
        at = began + number / PER_S
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        event = _started()
        due[str(event.id)] = at
        if any(await bus.publish([message_from(event)])):
            raise RuntimeError("the broker refused")
    async with asyncio.timeout(WITHIN_S):
        while not due.keys() <= arrived.keys():
            await asyncio.sleep(0.05)
    return [arrived[each] - at for each, at in due.items()]


def _p99_ms(delays_s: Sequence[float]) -> float:
    return sorted(delays_s)[len(delays_s) * 99 // 100] * 1000


def _started() -> Event[EventData]:
    case: EventData = _STARTED.model_copy(update={"case_id": uuid4()})
    return new_event(case, id=uuid7(), sequence=1, time=datetime.now(UTC))


[_STARTED] = [one for one in EXAMPLES if isinstance(one, CaseStarted)]


@asynccontextmanager
async def _receiver(answer: Answer, arrived: dict[str, float]) -> AsyncIterator[str]:
    """Serve a URL, note when each event arrives, and answer in one way."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
                await reader.readexactly(int(headers["content-length"]))
                arrived.setdefault(headers["webhook-id"], time.perf_counter())
                await answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the sender has hung up
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.ensure_future(serve(reader, writer)))

    serving: set[asyncio.Future[None]] = set()
    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for each in serving:
            each.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _thanks(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def _error(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n")


async def _silence(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(WITHIN_S)
