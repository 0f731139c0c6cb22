"""How the queues of a RabbitMQ stand."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from linli.messaging.amqp_operator import AmqpOperator, NoSuchQueueError, amqp_operator
from linli.messaging.amqp_reading import amqp_reading
from linli.messaging.figures import QueueFigures
from linli.messaging.management import NoManagementError, QueueCount, open_management
from linli.messaging.refusal import BusError
from linli.messaging.suite import belongs, is_stream, kind_of

MOST_LOOKED_AT = 1000
"""Queues that hold more are not read for the age of their oldest message."""

LOOKED_AT = ("dead", "unrouted")
"""What may be read and given back without end; an inbox would count it as a failed delivery."""


async def amqp_figures(
    bus: str, names: Iterable[str], *, management: str | None
) -> tuple[list[QueueFigures], list[str]]:
    """Return how queues stand, those ``names`` and what else is the suite's, and what could not be learned and why.

    Raises:
        BusError: the broker does not answer, or an API named by ``management`` is not to be used.
    """
    wanted = list(names)
    async with amqp_operator(bus) as operator:
        counts, notes = await queue_counts(operator, bus, management)
        names = [*wanted, *sorted(name for name in counts if belongs(name) and name not in wanted)]
        figures = [
            replace(
                await _figures(operator, bus, name, counts.get(name)),
                left_over=name not in wanted and not is_stream(name),
            )
            for name in names
        ]
    unread = [one.name for one in figures if kind_of(one.name) in LOOKED_AT and one.ready and one.oldest_s is None]
    if unread:
        notes.append(f"being read by somebody, or too long to be read for their age: {', '.join(unread)}")
    if any(one.ready and one.kind == "inbox" and one.name.startswith("dept.") for one in figures):
        notes.append("how long events wait for a department is not known: looking would count as a failed delivery")
    return figures, notes


async def queue_counts(operator: AmqpOperator, bus: str, url: str | None) -> tuple[dict[str, QueueCount], list[str]]:
    """Return how much each queue holds, by the management API at ``url``; nothing, and why, where none answers.

    Raises:
        BusError: the API is that of another broker, or refuses the login.
    """
    try:
        async with open_management(url, bus=bus) as management:
            await management.belong_to(operator.cluster_name)
            return await management.counts(), []
    except NoManagementError as error:
        return {}, [f"{error}: what is unacked and which other queues there are is not shown"]


async def _figures(operator: AmqpOperator, bus: str, name: str, count: QueueCount | None) -> QueueFigures:
    try:
        look = await operator.look(name)
    except NoSuchQueueError:
        return QueueFigures(name)
    readable = kind_of(name) in LOOKED_AT and 0 < look.ready <= MOST_LOOKED_AT and not look.consumers
    return QueueFigures(
        name=name,
        ready=look.ready,
        unacked=count.unacked if count else None,
        consumers=look.consumers,
        oldest_s=await _oldest_s(bus, name) if readable else None,
    )


async def _oldest_s(bus: str, name: str) -> float | None:
    """Return the age of the oldest event in a queue, or None when it holds none or somebody else reads it."""
    try:
        async with amqp_reading(bus, name) as reading:
            times = [one.time async for one in reading.letters() if one.time is not None]
    except BusError:
        return None  # the caller says that it is not known
    return max(0.0, (datetime.now(UTC) - min(times)).total_seconds()) if times else None
