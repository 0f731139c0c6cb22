"""The tables of an earlier release become those of this one."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging import inbox
from linli.messaging.tables import create_messaging_tables

from .builders import accepted, event

BEFORE = """
insert into held (consumer, partition_key, message_id, tier)
values ('routing.inbox', :line, :id, '5s')
"""


async def test_what_was_held_before_sequences_were_kept_still_goes_first(engine: AsyncEngine) -> None:
    data = accepted()
    first, second = event(data, 1), event(data, 2)
    async with engine.begin() as connection:
        await connection.execute(text("alter table held drop column sequence"))
        line = f"{first.source} {first.partitionkey}"
        await connection.execute(text(BEFORE), {"line": line, "id": first.id})
        await connection.run_sync(_upgrade)
        waits = await inbox.waits(connection, "routing.inbox", [first, second])
    assert (waits.tier_of(first), waits.tier_of(second)) == (None, "5s")


def _upgrade(connection: Connection) -> None:
    create_messaging_tables(Operations(MigrationContext.configure(connection)))
