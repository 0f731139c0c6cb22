"""The migrations make the tables that the code works with."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.migrations import migrate, migrations_folder, schema_drift
from linli.messaging.tables import metadata as messaging
from notify.tables import concerned, messages, metadata


async def test_migrations_make_the_tables(database_url: str) -> None:
    everything = MetaData(naming_convention=metadata.naming_convention)
    for table in (*metadata.tables.values(), *messaging.tables.values()):
        table.to_metadata(everything)
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    await migrate(engine, "notify")
    drift = [one for one in await schema_drift(engine, everything) if "alembic_version" not in one]
    await engine.dispose()
    assert drift == []


async def test_messages_of_before_get_their_places_and_their_issues_an_area(database_url: str) -> None:
    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(migrations_folder("notify")))
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")

    left = text(
        "insert into messages (id, recipient, template, params, language, told_at) "
        "values (gen_random_uuid(), 'person:x', 'case-yours', '{}', 'en', now())"
    )
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        for _ in range(3):
            await connection.execute(left)
        await connection.execute(text('update messages set issue_id = gen_random_uuid(), params = \'{"area": "a/b"}\''))
        await connection.execute(
            text("insert into concerned (issue_id, reporter_key, language) select issue_id, 'k', 'en' from messages")
        )
    await migrate(engine, "notify")
    async with engine.connect() as connection:
        areas = (await connection.execute(select(concerned.c.area))).scalars().all()
        places = (await connection.execute(select(messages.c.place).order_by(messages.c.place))).scalars().all()
    await engine.dispose()
    assert (places, areas) == ([1, 2, 3], ["a/b"] * 3)
