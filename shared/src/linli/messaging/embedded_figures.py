"""How the queues of an embedded bus stand."""

from collections.abc import Iterable

from sqlalchemy import text

from linli.messaging.figures import QueueFigures
from linli.messaging.operator_database import operator_database
from linli.messaging.suite import is_stream

# A consumer holds an advisory lock on the hash of its queue's name, which pg_locks shows in two halves.
_FIGURES = text("""
    select q.name, count(m.id) as ready, extract(epoch from now() - min(m.stored_at)) as oldest_s,
        (select count(*) from pg_locks l
         where l.locktype = 'advisory' and l.granted and l.objsubid = 1
             and l.database = (select oid from pg_database where datname = current_database())
             and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(q.name, 0)) as consumers
    from bus_queues q left join bus_messages m on m.queue = q.name
    group by q.name order by q.name
""")


async def embedded_figures(bus: str, names: Iterable[str]) -> tuple[list[QueueFigures], list[str]]:
    """Return how queues stand, those ``names`` and what else there is, and what an embedded bus does not tell.

    Raises:
        BusError: the database does not answer, or is no embedded bus.
    """
    wanted = set(names := list(names))
    async with operator_database(bus, "the embedded bus") as connection:
        rows = {row.name: row for row in await connection.execute(_FIGURES)}
    figures = [
        QueueFigures(
            name=name,
            ready=row.ready,
            consumers=row.consumers,
            oldest_s=None if row.oldest_s is None else float(row.oldest_s),
            left_over=name not in wanted and not is_stream(name),
        )
        if (row := rows.get(name))
        else QueueFigures(name)
        for name in dict.fromkeys([*names, *rows])
    ]
    return figures, ["an embedded bus does not tell what is unacked: what a consumer has in hand counts as ready"]
