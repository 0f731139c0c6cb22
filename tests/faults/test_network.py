"""The network between the services and the broker fails in ways that nobody is told of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from linli.testing.proxy import Proxy, tcp_proxy

from .conftest import Recorded
from .counting import Listener
from .suite import Suite, listening, suite_on

ANSWERS_S = 8.0
CUTS = 8

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_network")]


@pytest.fixture(scope="module")
async def proxy(vhost: str) -> AsyncIterator[Proxy]:
    address = urlsplit(vhost)
    async with tcp_proxy(address.hostname or "", address.port or 5672) as made:
        yield made


@pytest.fixture(scope="module")
async def suite(vhost: str, proxy: Proxy, postgres_url: str) -> AsyncIterator[Suite]:
    address = urlsplit(vhost)
    through = address._replace(netloc=f"{address.netloc.rpartition('@')[0]}@127.0.0.1:{proxy.port}").geturl()
    with ExitStack() as stack:
        # In a thread: the proxy works in this loop.
        yield await asyncio.to_thread(stack.enter_context, suite_on(through, postgres_url))


@pytest.fixture(scope="module")
async def department(vhost: str) -> AsyncIterator[Listener]:
    async with listening(vhost, "dept.urban-management.inbox") as listener:
        yield listener


@pytest.fixture(scope="module")
async def watch(vhost: str) -> AsyncIterator[Listener]:
    async with listening(vhost, "watch.inbox", "#") as listener:
        yield listener


async def test_confirms_that_never_arrive_bring_events_again_and_no_effect_twice(
    suite: Suite, proxy: Proxy, department: Listener, watch: Listener, recorded: Recorded
) -> None:
    suite.load.forget_answers()
    await suite.load.report(20)
    proxy.swallow()
    await suite.load.report(40)
    verdict = await suite.settles(department)

    recorded("confirms dropped", verdict)
    assert (await watch.take()).repeated > 0
    assert set(suite.load.answers) == {201}
    assert suite.load.slowest_s < ANSWERS_S
    assert not verdict.faults


async def test_half_open_connections_are_noticed_and_made_again(
    suite: Suite, proxy: Proxy, department: Listener, recorded: Recorded
) -> None:
    suite.load.forget_answers()
    proxy.forget()
    await suite.load.report(40)
    verdict = await suite.settles(department)

    recorded("connections half open", verdict)
    assert set(suite.load.answers) == {201}
    assert suite.load.slowest_s < ANSWERS_S
    assert not verdict.faults


async def test_connections_that_are_cut_again_and_again_lose_nothing(
    suite: Suite, proxy: Proxy, department: Listener, recorded: Recorded
) -> None:
    suite.load.forget_answers()
    async with suite.load.goes_on(per_s=10):
        for _ in range(CUTS):
            await suite.load.report(10)
            await proxy.cut()
    verdict = await suite.settles(department)

    recorded(f"connections cut {CUTS} times under load", verdict)
    assert set(suite.load.answers) == {201}
    assert not verdict.faults
