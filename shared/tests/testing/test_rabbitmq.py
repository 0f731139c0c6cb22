import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import aio_pika
import httpx
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from linli.testing.choice import Kind, ServersError
from linli.testing.local_rabbitmq import LocalRabbitMQ
from linli.testing.rabbitmq import Broker, rabbitmq_server

pytestmark = pytest.mark.xdist_group("test_rabbitmq")


@pytest.fixture(scope="module")
def local_broker() -> Iterator[Broker]:
    with rabbitmq_server(Kind.LOCAL) as broker:
        yield broker


async def publish_and_get(amqp_url: str, queue_type: str = "quorum") -> bytes:
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("box", durable=True, arguments={"x-queue-type": queue_type})
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), "box", timeout=10)
        message = await queue.get(timeout=10)
        assert message is not None
        await message.ack()
        return message.body


def vhosts(broker: Broker) -> set[str]:
    with broker.management() as api:
        return {str(vhost["name"]) for vhost in api.get("/api/vhosts").raise_for_status().json()}


def pid_of(broker: Broker) -> int:
    assert isinstance(broker.node, LocalRabbitMQ)
    return broker.node.pid


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_message_passes_through_a_fresh_vhost(amqp_url: str) -> None:
    assert await publish_and_get(amqp_url) == b"hello"


async def test_vhosts_are_apart(broker: Broker, amqp_url: str) -> None:
    other = broker.new_vhost()
    await publish_and_get(amqp_url)

    async with await aio_pika.connect(other, timeout=10) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.declare_queue("box", passive=True)
    broker.delete_vhost(other)


async def test_vhost_is_gone_after_deletion(broker: Broker) -> None:
    url = broker.new_vhost()
    assert url.rpartition("/")[2] in vhosts(broker)

    broker.delete_vhost(url)
    broker.delete_vhost(url)

    assert url.rpartition("/")[2] not in vhosts(broker)


async def test_stream_queue_keeps_what_was_published(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        channel = await connection.channel()
        await channel.declare_queue("archive", durable=True, arguments={"x-queue-type": "stream"})
        confirmation = await channel.default_exchange.publish(aio_pika.Message(b"1"), "archive", timeout=10)

    assert type(confirmation).__name__ == "Ack"


async def test_killed_local_broker_comes_back_with_its_data(local_broker: Broker) -> None:
    url = local_broker.new_vhost()
    first = pid_of(local_broker)
    local_broker.kill()
    assert not alive(first)

    local_broker.restart()

    assert pid_of(local_broker) != first
    assert await publish_and_get(url) == b"hello"


def test_frozen_local_broker_answers_again_when_it_continues(local_broker: Broker) -> None:
    local_broker.freeze()
    try:
        with local_broker.management() as api, pytest.raises(httpx.ReadTimeout):
            api.get("/api/overview", timeout=0.5)
    finally:
        local_broker.thaw()

    assert local_broker.version


def test_control_reaches_the_local_node(local_broker: Broker) -> None:
    assert local_broker.control("eval", "1 + 1.").strip() == "2"


def test_two_local_brokers_run_side_by_side(local_broker: Broker) -> None:
    with rabbitmq_server(Kind.LOCAL) as other:
        assert pid_of(other) != pid_of(local_broker)
        vhost = other.new_vhost().rpartition("/")[2]
        assert vhost in vhosts(other)
        assert vhost not in vhosts(local_broker)
        pid = pid_of(other)

    assert not alive(pid)
    assert local_broker.version


def test_broker_from_the_environment_is_used_as_it_is(local_broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_TEST_SERVERS", raising=False)
    monkeypatch.setenv("LINLI_TEST_AMQP_URL", local_broker.amqp_url)
    monkeypatch.setenv("LINLI_TEST_RABBITMQ_MANAGEMENT_URL", f"http://{local_broker.management_url.partition('@')[2]}")

    with rabbitmq_server() as broker:
        assert broker.kind is Kind.ENVIRONMENT
        assert broker.version == local_broker.version
        with pytest.raises(ServersError, match="cannot be harmed"):
            broker.restart()


def test_secrets_stay_out_of_the_repr(local_broker: Broker) -> None:
    password = local_broker.amqp_url.split(":")[2].partition("@")[0]

    assert password not in repr(local_broker)


def test_vhosts_are_made_by_many_threads_at_once(broker: Broker) -> None:
    start = monotonic()
    with ThreadPoolExecutor(4) as threads:
        urls = list(threads.map(lambda _: broker.new_vhost(), range(8)))
        list(threads.map(broker.delete_vhost, urls))

    assert len(set(urls)) == 8
    assert monotonic() - start < 10


@pytest.mark.docker
async def test_broker_in_a_container_can_be_harmed_and_comes_back_with_its_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pause, gave_up = Container.pause, [APIError("OCI runtime pause failed: unable to freeze: unknown")]

    def pause_or_give_up(container: Container) -> None:
        if gave_up:
            raise gave_up.pop()
        pause(container)

    monkeypatch.setattr(Container, "pause", pause_or_give_up)
    with rabbitmq_server(Kind.CONTAINERS) as broker:
        assert broker.kind is Kind.CONTAINERS
        url = broker.new_vhost()
        broker.kill()
        broker.restart()
        assert await publish_and_get(url) == b"hello"
        broker.freeze()
        with broker.management() as api, pytest.raises(httpx.TimeoutException):
            api.get("/api/overview", timeout=0.5)
        with pytest.raises(APIError, match="already paused"):
            broker.freeze()
        broker.thaw()
        assert broker.control("eval", "1 + 1.").strip() == "2"
