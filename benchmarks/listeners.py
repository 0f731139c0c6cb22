"""What an inbox that somebody looks at costs: memory of each stream, and how late one message comes to all."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from benchmarks.results import Result
from benchmarks.servers import Ground, Process, service
from linli.chassis.runtime import utc_now
from linli.messaging.postgres_url import asyncpg_url
from notify.tables import messages

STREAMS = 5_000
EACH = 8
"""How many streams one reader may have."""
OPENED_AT_ONCE = 100
MESSAGES = 5
WITHIN_S = 120
TOLD = {"category": "facility.roof-leak", "area": "sanchajie/jinpu", "on_time": True}


def measure(on: Ground) -> dict[str, Result]:
    """Return ``sse.*``."""
    database = on.database()
    with service(on, "notify", database=database) as notify:
        return uvloop.run(_measure(on, notify, database))


async def _measure(on: Ground, notify: Process, database: str) -> dict[str, Result]:
    tokens = [
        on.issuer.mint(f"li-{number}", name="例值班", roles=["department"], department="housing")
        for number in range(-(-STREAMS // EACH))
    ]
    engine = create_async_engine(asyncpg_url(database))
    before = notify.rss_mb()
    streams: list[asyncio.StreamReader] = []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(engine.dispose)
        for first in range(0, STREAMS, OPENED_AT_ONCE):
            opening = (
                _opened(notify.url, tokens[number // EACH], stack) for number in range(first, first + OPENED_AT_ONCE)
            )
            streams += await asyncio.gather(*opening)
        each_kb = (notify.rss_mb() - before) * 1000 / STREAMS
        delays = [await _delay(engine, streams) for _ in range(MESSAGES)]
    return {
        "sse.kb_per_connection": Result(round(each_kb, 1), "kB"),
        "sse.delay_ms_5000": Result(round(median(delays) * 1000), "ms"),
    }


async def _opened(url: str, token: str, stack: AsyncExitStack) -> asyncio.StreamReader:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    stack.callback(writer.close)
    writer.write(
        f"GET /v1/inbox/stream HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    async with asyncio.timeout(WITHIN_S):
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"answered {head[:100]!r}")
        await reader.readuntil(b"event: open")
    return reader


async def _delay(engine: AsyncEngine, streams: list[asyncio.StreamReader]) -> float:
    """Leave one message for all; return how long it took to the last of them, in seconds."""
    which = uuid4()
    row = {
        "id": which,
        "recipient": "department:housing",
        "template": "case-closed",
        "params": TOLD,
        "language": "zh-Hans",
        "told_at": utc_now(),
    }
    arriving = [asyncio.create_task(reader.readuntil(json.dumps(str(which)).encode())) for reader in streams]
    await asyncio.sleep(0)
    async with engine.begin() as connection:
        await connection.execute(insert(messages).values(row))
    began = time.perf_counter()
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(*arriving)
    return time.perf_counter() - began
