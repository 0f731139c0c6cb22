"""What the embedded transport asks of its database."""

import asyncio
from collections import Counter

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from linli.messaging.embedded import EmbeddedTransport
from linli.messaging.message import Message
from linli.messaging.topology import inbox_topology

QUEUE = "dept.housing.inbox"
LOOKS = 3


async def test_consumer_that_waits_asks_one_statement_for_each_look(bus_database: str) -> None:
    engine = create_async_engine(bus_database)
    transport = EmbeddedTransport(engine)
    await transport.declare(inbox_topology(QUEUE, ["#"]))
    asked: list[str] = []
    looked = asyncio.Event()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)
        if Counter(asked).most_common(1)[0][1] >= LOOKS:
            looked.set()

    async with transport.consume(QUEUE, prefetch=10) as subscription:
        await transport.publish([Message("1", "case.routed", b"x")])
        await subscription.ack(await subscription.next_batch(10))
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        waiting = asyncio.create_task(subscription.next_batch(10))
        async with asyncio.timeout(60):
            await looked.wait()
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        subscription.finish()
        assert await waiting == []
    await transport.close()

    assert len(set(asked)) == 1
