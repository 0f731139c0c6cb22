from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.migrations import schema_drift
from linli.messaging.tables import metadata as messaging
from volunteer.settings import VolunteerSettings
from volunteer.tables import metadata


async def test_migrations_make_the_tables_that_the_code_uses(settings: VolunteerSettings) -> None:
    everything = MetaData(naming_convention=metadata.naming_convention)
    for table in (*metadata.tables.values(), *messaging.tables.values()):
        table.to_metadata(everything)
    engine = create_async_engine(settings.database_url.get_secret_value())

    drift = [one for one in await schema_drift(engine, everything) if "alembic_version" not in one]

    await engine.dispose()
    assert drift == []
