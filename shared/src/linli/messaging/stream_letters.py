"""Which streams, that departments have besides those of the district's files, hold dead letters."""

from sqlalchemy import select

from linli.messaging.amqp_figures import queue_counts
from linli.messaging.amqp_operator import amqp_operator
from linli.messaging.embedded_tables import messages
from linli.messaging.operator_database import operator_database
from linli.messaging.suite import is_stream, kind_of


async def dead_of_streams(bus: str, *, management: str | None) -> tuple[list[str], list[str]]:
    """Return their queues of dead letters that are not empty, and what could not be learned and why.

    Raises:
        BusError: the bus does not answer, or an API named by ``management`` is not to be used.
    """
    if not bus.startswith("amqp"):
        async with operator_database(bus, "the embedded bus") as connection:
            held = await connection.scalars(select(messages.c.queue).distinct())
        return sorted(filter(_is_meant, held)), []
    async with amqp_operator(bus) as operator:
        counts, notes = await queue_counts(operator, bus, management)
        names = [name for name in sorted(counts) if _is_meant(name) and (await operator.look(name)).ready]
    return names, notes


def _is_meant(queue: str) -> bool:
    return is_stream(queue) and kind_of(queue) == "dead"
