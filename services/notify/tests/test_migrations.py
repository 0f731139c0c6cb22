"""The migrations make the tables that the code works with."""

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.migrations import migrate, schema_drift
from linli.messaging.tables import metadata as messaging
from notify.tables import metadata


async def test_migrations_make_the_tables(database_url: str) -> None:
    everything = MetaData(naming_convention=metadata.naming_convention)
    for table in (*metadata.tables.values(), *messaging.tables.values()):
        table.to_metadata(everything)
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    await migrate(engine, "notify")
    drift = [one for one in await schema_drift(engine, everything) if "alembic_version" not in one]
    await engine.dispose()
    assert drift == []
