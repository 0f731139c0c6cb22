"""``python -m routing.rebuild_indicators``: build all facts anew, in the database that the environment names."""

import asyncio

from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.settings import load_settings
from routing.rebuilding import rebuild
from routing.settings import RoutingSettings


async def rebuild_in(database_url: str) -> None:
    """Build the facts anew in one transaction, whose statements have no time limit."""
    engine = create_async_engine(database_url, poolclass=NullPool, hide_parameters=True)
    async with engine.begin() as connection:
        await rebuild(connection)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(rebuild_in(load_settings(RoutingSettings).database_url.get_secret_value()))
