import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter
from httpx import ASGITransport, AsyncClient
from sqlalchemy import MetaData, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.chassis.app import service_app
from linli.chassis.database import NAMING, Transaction, create_engine
from linli.chassis.idempotency import Idempotency, IdempotencyKey, claim_key, idempotency_table, purge_keys
from linli.chassis.settings import ServiceSettings

METADATA = MetaData(naming_convention=NAMING)
KEYS = idempotency_table(METADATA)
KEY = IdempotencyKey("k", sha256(b"body").digest())


@pytest.fixture
async def engine(make_settings: Callable[..., ServiceSettings], database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(make_settings(database_url))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def client(make_settings: Callable[..., ServiceSettings], engine: AsyncEngine) -> AsyncIterator[AsyncClient]:
    router = APIRouter()

    @router.post("/things", status_code=201)
    async def add(connection: Transaction, key: Idempotency, body: dict[str, str]) -> dict[str, UUID]:
        del body
        thing = uuid4()
        if key is not None:
            thing = await claim_key(connection, KEYS, key, scope="things", resource_id=thing)
        return {"id": thing}

    app = service_app(
        name="tiny", title="Tiny", settings=make_settings(), engine=engine, package=None, routers=[router]
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        yield client


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def test_a_request_sent_twice_creates_once(client: AsyncClient) -> None:
    first = await client.post("/things", json={"a": "b"}, headers=keyed("k1"))
    again = await client.post("/things", json={"a": "b"}, headers=keyed("k1"))
    other = await client.post("/things", json={"a": "b"}, headers=keyed("k2"))
    assert first.json() == again.json()
    assert first.status_code == again.status_code == 201
    assert other.json() != first.json()


async def test_requests_without_a_key_are_all_new(client: AsyncClient) -> None:
    answers = [await client.post("/things", json={"a": "b"}) for _ in range(2)]
    assert answers[0].json() != answers[1].json()


async def test_a_key_with_another_body_is_refused(client: AsyncClient) -> None:
    await client.post("/things", json={"a": "b"}, headers=keyed("k1"))
    answer = await client.post("/things", json={"a": "c"}, headers=keyed("k1"))
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/idempotency-key-reused")


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\tb", b"\xc3\xa9", b"\x7f"])
async def test_a_key_that_is_not_printable_or_too_long_is_refused(client: AsyncClient, key: bytes) -> None:
    answer = await client.post("/things", json={"a": "b"}, headers=[(b"Idempotency-Key", key)])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_the_longest_key_is_taken(client: AsyncClient) -> None:
    assert (await client.post("/things", json={"a": "b"}, headers=keyed("x" * 255))).status_code == 201


async def test_many_requests_at_once_create_once(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/things", json={"a": "b"}, headers=keyed("k1")) for _ in range(20)))
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_the_second_waits_for_the_first_and_gets_its_resource(engine: AsyncEngine) -> None:
    first, second = uuid4(), uuid4()

    async def late() -> UUID:
        async with engine.begin() as connection:
            return await claim_key(connection, KEYS, KEY, scope="s", resource_id=second)

    async with engine.begin() as connection:
        assert await claim_key(connection, KEYS, KEY, scope="s", resource_id=first) == first
        waiting = asyncio.create_task(late())
        await until_blocked(engine)
        assert not waiting.done()
    assert await waiting == first


async def test_the_second_creates_when_the_first_fails(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await claim_key(connection, KEYS, KEY, scope="s", resource_id=uuid4())
        await connection.rollback()
    second = uuid4()
    async with engine.begin() as connection:
        assert await claim_key(connection, KEYS, KEY, scope="s", resource_id=second) == second


async def test_without_a_key_each_request_is_the_first(engine: AsyncEngine) -> None:
    one, other = uuid4(), uuid4()
    async with engine.begin() as connection:
        assert await claim_key(connection, KEYS, None, scope="s", resource_id=one) == one
        assert await claim_key(connection, KEYS, None, scope="s", resource_id=other) == other


async def test_a_key_belongs_to_its_scope(engine: AsyncEngine) -> None:
    ours, theirs = uuid4(), uuid4()
    async with engine.begin() as connection:
        assert await claim_key(connection, KEYS, KEY, scope="a", resource_id=ours) == ours
        assert await claim_key(connection, KEYS, KEY, scope="b", resource_id=theirs) == theirs


async def test_only_old_keys_are_purged(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await claim_key(connection, KEYS, KEY, scope="s", resource_id=uuid4())
        assert await purge_keys(connection, KEYS) == 0
        assert await purge_keys(connection, KEYS, before=datetime.now(UTC) + timedelta(hours=1)) == 1
        assert await connection.scalar(select(func.count()).select_from(KEYS)) == 0


async def until_blocked(engine: AsyncEngine) -> None:
    waiting = text("select count(*) from pg_locks where not granted")
    async with asyncio.timeout(10), engine.connect() as connection:
        while await connection.scalar(waiting) == 0:
            await asyncio.sleep(0.01)
