"""The migrations make the tables that the code works with."""

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.migrations import schema_drift
from linli.messaging import tables as messaging
from routing import fact_tables as fact_tables
from routing import meeting_tables as meeting_tables
from routing.tables import metadata


async def test_migrations_make_the_tables(migrated_url: str) -> None:
    whole = MetaData(naming_convention=metadata.naming_convention)
    for table in (*metadata.tables.values(), *messaging.metadata.tables.values()):
        table.to_metadata(whole)
    engine = create_async_engine(migrated_url)
    drift = await schema_drift(engine, whole)
    await engine.dispose()
    assert drift == []
