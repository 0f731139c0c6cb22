"""A department's consumer with pika alone: each event of its queue once, acknowledged after its work.

    pip install pika
    BUS_URL=amqps://housing:...@bus.example/ QUEUE=dept.housing.inbox ORDERS=orders.db python pika_consumer.py

REPLACE marks what is the department's own.
"""

import json
import logging
import os
import signal
import sqlite3
from contextlib import closing
from threading import Event

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

log = logging.getLogger("department")

PAUSE_S = 5.0
"""How long to wait before the next try when the bus is away, or the work fails."""

LOOK_S = 0.5
"""How long a signal to end may have to wait while no event comes."""


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


def settle(orders: sqlite3.Connection, channel: BlockingChannel, tag: int, body: bytes, stopped: Event) -> None:
    """Acknowledge a message when its work is done; try again here, so that later events wait and order holds."""
    while not stopped.is_set():
        try:
            take(orders, body)
        except sqlite3.OperationalError:
            log.warning("trying again in %s s", PAUSE_S, exc_info=True)
            channel.connection.sleep(PAUSE_S)  # not time.sleep: the broker wants to hear from us
        except Exception:
            # No event, or not as it is described: it never will be. The broker keeps it in dept.housing.inbox.dead.
            log.exception("a message is dead")
            channel.basic_reject(tag, requeue=False)
            return
        else:
            channel.basic_ack(tag)
            return


def consume(orders: sqlite3.Connection, stopped: Event) -> None:
    """Take what comes until the end or until the connection is lost; what is not acknowledged is delivered again."""
    with pika.BlockingConnection(pika.URLParameters(os.environ["BUS_URL"])) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=1)  # the next event when this one is settled: their order is kept
        for method, _, body in channel.consume(os.environ["QUEUE"], inactivity_timeout=LOOK_S):
            if stopped.is_set():
                return
            if method is not None:
                settle(orders, channel, method.delivery_tag, body, stopped)


def main() -> None:
    """Consume until SIGTERM, and connect again for as long as it takes."""
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with closing(open_orders(os.environ["ORDERS"])) as orders:
        while not stopped.is_set():
            try:
                consume(orders, stopped)
            except (AMQPError, OSError) as error:
                log.warning("the bus is away (%r); trying again in %s s", error, PAUSE_S)
                stopped.wait(PAUSE_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("pika").setLevel(logging.WARNING)
    main()
