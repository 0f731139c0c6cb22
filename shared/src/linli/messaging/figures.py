"""How the bus and the services' databases stand, in numbers."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.message import TIMED_VERSION, made_at
from linli.messaging.suite import kind_of
from linli.messaging.tables import held, inbox, outbox
from linli.messaging.topology import service_queue


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One queue; None is not known, and a queue whose ``ready`` is None does not exist.

    One that is ``left_over`` has a name of the suite, and the suite does not describe it.

    ``oldest_s`` is the age of the oldest message that waits, in seconds; with ``oldest_at_most`` it is no older.
    """

    name: str
    ready: int | None = None
    unacked: int | None = None
    consumers: int | None = None
    oldest_s: float | None = None
    oldest_at_most: bool = False
    left_over: bool = False

    @property
    def kind(self) -> str:
        """What the queue is for."""
        return "left over" if self.left_over else kind_of(self.name)


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """The outbox of one service and what it holds back; ``newest_taken_s`` is the age of the newest event it took."""

    name: str
    outbox: int
    outbox_oldest_s: float | None
    parked: int
    held: int
    newest_taken_s: float | None


async def service_figures(connection: AsyncConnection, service: str) -> ServiceFigures:
    """Count what a service's database holds of messages."""
    age = func.extract("epoch", func.now() - func.min(outbox.c.created_at))
    counted = select(func.count(), age, func.count(outbox.c.parked_at)).select_from(outbox)
    events, oldest, parked = (await connection.execute(counted)).one()
    waiting = await connection.scalar(select(func.count()).select_from(held)) or 0
    newest, now = await _newest(connection, service)
    return ServiceFigures(
        name=service,
        outbox=events,
        outbox_oldest_s=None if oldest is None else float(oldest),
        parked=parked,
        held=waiting,
        newest_taken_s=None if newest is None else max(0.0, (now - made_at(newest, latest=now)).total_seconds()),
    )


async def _newest(connection: AsyncConnection, service: str) -> tuple[UUID | None, datetime]:
    newest = (
        select(inbox.c.message_id)
        .where(inbox.c.consumer == service_queue(service))
        .where(func.substr(cast(inbox.c.message_id, Text), 15, 1) == str(TIMED_VERSION))
        .order_by(inbox.c.message_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = (await connection.execute(select(newest, func.now()))).one()
    return row[0], row[1]


def bounded(figures: QueueFigures, services: list[ServiceFigures]) -> QueueFigures:
    """Add what a service's inbox table tells of its queue: whatever waits came after the newest event taken."""
    taken = {service_queue(one.name): one.newest_taken_s for one in services}.get(figures.name)
    if taken is None or not figures.ready or figures.oldest_s is not None:
        return figures
    return replace(figures, oldest_s=taken, oldest_at_most=True)
