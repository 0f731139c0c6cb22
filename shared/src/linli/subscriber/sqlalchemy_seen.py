"""Which events took effect already, kept in the database of the department: needs ``linli[sqlalchemy]``."""

from uuid import UUID

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, String, Table, Uuid, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

SEEN_EVENTS = Table(
    "linli_seen_events",
    MetaData(),
    # Subscribers may share a database: an event to two of them takes effect in each.
    Column("consumer", String(64)),
    Column("event_id", Uuid),
    PrimaryKeyConstraint("consumer", "event_id", name="pk_linli_seen_events"),
)
"""For whoever makes tables with migrations of their own: ``SEEN_EVENTS.to_metadata(metadata)``."""


class SqlAlchemySeen:
    """Remembers in a table, `SEEN_EVENTS`, of whatever database an async engine of SQLAlchemy leads to.

    With `note` the effect and the note of it are one transaction: neither is ever there without the other.

        seen = SqlAlchemySeen(engine, consumer="housing")
        subscriber = Subscriber(url, department="housing", seen=seen)

        @subscriber.on(CaseRouted)
        async def open_work_order(event: Event[CaseRouted]) -> None:
            async with engine.begin() as connection:
                if await seen.note(connection, event.id):
                    await connection.execute(insert(orders).values(case_id=event.data.case_id))

    No id is forgotten, because an old event may be replayed. ``consumer`` (at most 64 characters) names the functions
    whose effects are remembered: what one has handled is new to another.
    """

    def __init__(self, engine: AsyncEngine, *, consumer: str) -> None:
        self._engine = engine
        self._consumer = consumer

    async def create_table(self) -> None:
        """Make the table where it is not there yet; processes that start together leave it to one of them."""
        async with self._engine.begin() as connection:
            await connection.run_sync(SEEN_EVENTS.create, checkfirst=True)

    async def has(self, event_id: UUID) -> bool:
        """Tell whether the event was handled before."""
        async with self._engine.connect() as connection:
            return await self._has(connection, event_id)

    async def add(self, event_id: UUID) -> None:
        """Note that the event was handled, in a transaction of its own."""
        try:
            async with self._engine.begin() as connection:
                await self.note(connection, event_id)
        except IntegrityError:
            if not await self.has(event_id):
                raise

    async def note(self, work: AsyncConnection | AsyncSession, event_id: UUID) -> bool:
        """Note in the caller's transaction that it handles the event; return False when it was handled before.

        Raises:
            IntegrityError: another transaction handles it at this moment; let this one fail and be tried again.
        """
        if await self._has(work, event_id):
            return False
        # A plain insert: each dialect has another word for leaving out what is there.
        await work.execute(insert(SEEN_EVENTS).values(consumer=self._consumer, event_id=event_id))
        return True

    async def _has(self, work: AsyncConnection | AsyncSession, event_id: UUID) -> bool:
        mine = (SEEN_EVENTS.c.consumer == self._consumer) & (SEEN_EVENTS.c.event_id == event_id)
        return await work.scalar(select(SEEN_EVENTS.c.event_id).where(mine)) is not None
