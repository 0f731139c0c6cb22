"""Declaring the topology on RabbitMQ."""

from aio_pika.abc import AbstractChannel
from pamqp.common import FieldTable

from linli.messaging.amqp_connection import RPC_TIMEOUT_S
from linli.messaging.topology import Binding, Exchange, Queue, Topology

NO_DELIVERY_LIMIT = 2**31 - 1


def arguments_of(queue: Queue) -> FieldTable:
    """Return the declaration arguments of a queue."""
    arguments: FieldTable = {"x-queue-type": queue.kind}
    if queue.ordered:
        arguments["x-single-active-consumer"] = True
    if queue.dead_letter_to is not None:
        arguments |= {
            "x-dead-letter-exchange": queue.dead_letter_by,
            "x-dead-letter-routing-key": queue.dead_letter_to,
            "x-dead-letter-strategy": "at-least-once",
        }
    if queue.kind == "quorum":
        arguments["x-overflow"] = "reject-publish"
        if queue.dead_letter_to is None:
            # Past its limit, 20 unless told, RabbitMQ 4 drops what has nowhere to go.
            arguments["x-delivery-limit"] = NO_DELIVERY_LIMIT
    if queue.ttl_s is not None:
        arguments["x-message-ttl"] = queue.ttl_s * 1000
    return arguments


async def declare(channel: AbstractChannel, topology: Topology) -> None:
    """Declare all of a topology; what exists is left as it is, and refused when it differs."""
    for exchange in topology.exchanges:
        await _declare_exchange(channel, exchange)
    for queue in topology.queues:
        await channel.declare_queue(queue.name, durable=True, arguments=arguments_of(queue), timeout=RPC_TIMEOUT_S)
    for binding in topology.bindings:
        await _bind(channel, binding)


async def _declare_exchange(channel: AbstractChannel, exchange: Exchange) -> None:
    arguments: FieldTable | None = {"alternate-exchange": exchange.alternate} if exchange.alternate else None
    await channel.declare_exchange(
        exchange.name, exchange.kind, durable=True, arguments=arguments, timeout=RPC_TIMEOUT_S
    )


async def _bind(channel: AbstractChannel, binding: Binding) -> None:
    underlay = await channel.get_underlay_channel()
    if binding.to_exchange:
        await underlay.exchange_bind(
            destination=binding.target, source=binding.source, routing_key=binding.pattern, timeout=RPC_TIMEOUT_S
        )
    else:
        await underlay.queue_bind(binding.target, binding.source, binding.pattern, timeout=RPC_TIMEOUT_S)
