"""A department's consumer with aio-pika alone: each event of its queue once, acknowledged after its work.

    pip install aio-pika
    BUS_URL=amqps://housing:...@bus.example/ QUEUE=dept.housing.inbox ORDERS=orders.db python aio_pika_consumer.py

REPLACE marks what is the department's own. With `pip install linli` all the rest is `linli.subscriber`.
"""

import asyncio
import json
import logging
import os
import signal
import sqlite3
from contextlib import closing
from functools import partial

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

log = logging.getLogger("department")

PAUSE_S = 5.0
"""How long to wait before the next try when the work fails: the database is locked, or its disk is full."""


def open_orders(path: str) -> sqlite3.Connection:
    """REPLACE: the department's database. It keeps the ids of events beside the effects, and both commit at once."""
    orders = sqlite3.connect(path)
    orders.execute("create table if not exists seen (event_id text primary key)")
    orders.execute("create table if not exists orders (case_id text, category text, area text, deadline text)")
    return orders


def take(orders: sqlite3.Connection, body: bytes) -> None:
    """Do what an event asks for, once: a queue delivers again what it is not sure of."""
    event = json.loads(body)
    with orders:  # one transaction
        if not orders.execute("insert or ignore into seen values (?)", [event["id"]]).rowcount:
            return
        # REPLACE: the types that concern the department; all others, also those to come, are taken and left alone.
        if event["type"] == "linli.case.routed.v1":
            row = [event["data"][name] for name in ("case_id", "category", "area", "deadline")]
            orders.execute("insert into orders values (?, ?, ?, ?)", row)


async def settle(orders: sqlite3.Connection, message: AbstractIncomingMessage) -> None:
    """Acknowledge a message when its work is done; try again here, so that later events wait and order holds."""
    try:
        while True:
            try:
                take(orders, message.body)
            except sqlite3.OperationalError:
                log.warning("trying again in %s s", PAUSE_S, exc_info=True)
                await asyncio.sleep(PAUSE_S)
            except Exception:
                # No event, or not as it is described: it never will be. The broker keeps it in dept.housing.inbox.dead.
                log.exception("message %s is dead", message.message_id)
                await message.reject(requeue=False)
                return
            else:
                await message.ack()
                return
    except (AMQPError, ChannelInvalidStateError):
        log.warning("the connection was lost: the message comes again, and is known by its id")


async def main() -> None:
    """Consume until SIGTERM; what is not acknowledged then is delivered again."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with closing(open_orders(os.environ["ORDERS"])) as orders:
        # Connects again by itself, and declares and consumes again: passively, for the queue is the platform's.
        connection = await aio_pika.connect_robust(os.environ["BUS_URL"])
        async with connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=1)  # the next event when this one is settled: their order is kept
            queue = await channel.declare_queue(os.environ["QUEUE"], passive=True)
            await queue.consume(partial(settle, orders))
            await stopped.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main())
