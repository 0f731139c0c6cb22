"""A database with issues in it is brought up to date with them."""

from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.migrations import _config, migrate
from linli.messaging.postgres_url import asyncpg_url

ISSUE = """
insert into issues (id, tracking_code, category, category_given, confidential, area, description, language, source,
                    reported_at, merged_into)
values (:id, :id, 'general.other', true, false, 'sanchajie', :description, 'zh-Hans', 'web', now(), cast(:into as uuid))
"""
ONE, OTHER = "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"


async def test_issues_from_before_are_found_by_their_words_and_have_their_supporters(database_url: str) -> None:
    engine = create_async_engine(asyncpg_url(database_url))
    config = _config("intake")
    async with engine.begin() as connection:
        config.attributes["connection"] = connection.sync_connection
        await connection.run_sync(lambda _connection: command.upgrade(config, "0008"))
        for issue, description, into in ((ONE, "楼顶漏雨", None), (OTHER, "Roof leaks 樓", ONE)):
            statement = ISSUE.replace("(:id,", "(cast(:id as uuid),")
            await connection.execute(text(statement), {"id": issue, "description": description, "into": into})
        await connection.run_sync(lambda _connection: command.upgrade(config, "0014"))
        as_before = "update issue_words set words = array_to_tsvector(array['樓']) where issue_id = cast(:id as uuid)"
        await connection.execute(text(as_before), {"id": OTHER})
    await migrate(engine, "intake")
    async with engine.connect() as connection:
        words = await connection.execute(text("select issue_id::text, words::text from issue_words order by issue_id"))
        supporters = await connection.execute(text("select supporters from issues order by id"))
        assert [tuple(row) for row in words.all()] == [
            (ONE, "'楼顶' '漏雨' '雨' '顶漏'"),
            (OTHER, "'leaks' 'roof' '楼'"),
        ]
        assert list(supporters.scalars()) == [1, 0]
    await engine.dispose()
