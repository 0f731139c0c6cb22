"""A department's account reads the queues of its department and may do nothing else, on either release of RabbitMQ."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import quote, urlsplit

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused

from linli.messaging import provisioning
from linli.messaging.amqp import AmqpTransport
from linli.messaging.management import NoManagementError
from linli.messaging.message import TransportError
from linli.messaging.provisioning import (
    Account,
    Accounts,
    commands_to_end,
    commands_to_make,
    new_account,
    open_accounts,
    rights_of,
)
from linli.messaging.refusal import BusError, vhost_of
from linli.messaging.topology import (
    ARCHIVE,
    CORE,
    EVENTS,
    INGRESS,
    UNROUTED,
    department_topology,
    inbox_topology,
)
from linli.testing.choice import Kind
from linli.testing.local_rabbitmq import free_ports
from linli.testing.proxy import tcp_proxy
from linli.testing.rabbitmq import Broker, rabbitmq_server

from .builders import text

OWN, OTHER = "dept.civil-affairs.inbox", "dept.civil-affairs-2.inbox"
PATTERN = "case.*.welfare.*.top.#"
WRONG = "s3cret-word"

pytestmark = pytest.mark.xdist_group("test_provisioning")


@asynccontextmanager
async def transport(url: str) -> AsyncIterator[AmqpTransport]:
    made = AmqpTransport(url)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture(scope="module", params=["here", pytest.param("container", marks=pytest.mark.docker)])
def server(request: pytest.FixtureRequest) -> Iterator[Broker]:
    if request.param == "here":
        yield request.getfixturevalue("broker")
        return
    with rabbitmq_server(Kind.CONTAINERS) as made:
        yield made


@pytest.fixture
async def bus(server: Broker) -> AsyncIterator[str]:
    """The URL of a bus with two departments, one's name the beginning of the other's."""
    url = server.new_vhost()
    async with transport(url) as admin:
        for part in (
            CORE,
            department_topology("civil-affairs", [PATTERN]),
            department_topology("civil-affairs-2", ["case.#"]),
            inbox_topology("routing.inbox", ["issue.#"]),
        ):
            await admin.declare(part)
    yield url
    server.delete_vhost(url)


@pytest.fixture
async def accounts(server: Broker, bus: str) -> AsyncIterator[Accounts]:
    async with open_accounts(bus, management_url=server.management_url) as opened:
        yield opened


@pytest.fixture
async def account(accounts: Accounts) -> AsyncIterator[Account]:
    """An account of civil affairs that is on the broker."""
    made = new_account("civil-affairs")
    await accounts.make(made)
    yield made
    await accounts.end(made.username)


def url_of(account: Account, bus: str) -> str:
    address = urlsplit(bus)
    login = f"{account.username}:{account.password}"
    return address._replace(netloc=f"{login}@{address.hostname}:{address.port}").geturl()


async def bodies(url: str, queue: str, count: int) -> list[bytes]:
    """Take that many messages from a queue."""
    async with asyncio.timeout(20), transport(url) as bus, bus.consume(queue, prefetch=count) as subscription:
        taken: list[bytes] = []
        while len(taken) < count:
            batch = await subscription.next_batch(count)
            taken += [one.message.body for one in batch]
            await subscription.ack(batch)
        return taken


async def send(url: str, queue: str, *messages: bytes) -> None:
    async with transport(url) as bus:
        assert not any(await bus.send(queue, [text("a.b", body) for body in messages]))


@pytest.mark.parametrize("queue", [OWN, f"{OWN}.dead"])
async def test_an_account_takes_what_waits_in_its_departments_queues(account: Account, bus: str, queue: str) -> None:
    await send(bus, queue, b"1", b"2")
    assert await bodies(url_of(account, bus), queue, 2) == [b"1", b"2"]
    async with transport(bus) as admin:
        assert await admin.depth(queue) == 0


async def consume(queue: str, channel: AbstractChannel) -> None:
    await channel.set_qos(1)
    await (await channel.get_queue(queue, ensure=False)).consume(ignore, timeout=5)


async def get(queue: str, channel: AbstractChannel) -> None:
    await (await channel.get_queue(queue, ensure=False)).get(timeout=5)


async def purge(queue: str, channel: AbstractChannel) -> None:
    await (await channel.get_queue(queue, ensure=False)).purge(timeout=5)


async def delete(queue: str, channel: AbstractChannel) -> None:
    await (await channel.get_queue(queue, ensure=False)).delete(timeout=5)


async def publish(exchange: str, channel: AbstractChannel) -> None:
    to = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
    await to.publish(aio_pika.Message(b"{}"), OWN, timeout=5)


async def declare(queue: str, channel: AbstractChannel) -> None:
    await channel.declare_queue(queue, durable=True, timeout=5)


async def declare_own(channel: AbstractChannel) -> None:
    await channel.declare_queue(exclusive=True, timeout=5)


async def declare_exchange(channel: AbstractChannel) -> None:
    await channel.declare_exchange("dept.civil-affairs.events", timeout=5)


async def delete_exchange(channel: AbstractChannel) -> None:
    await channel.exchange_delete(EVENTS, timeout=5)


async def bind(queue: str, pattern: str, channel: AbstractChannel) -> None:
    await (await channel.get_queue(queue, ensure=False)).bind(EVENTS, pattern, timeout=5)


async def unbind(channel: AbstractChannel) -> None:
    await (await channel.get_queue(OWN, ensure=False)).unbind(EVENTS, PATTERN, timeout=5)


async def ignore(_: AbstractIncomingMessage) -> None:
    pass


REFUSED: dict[str, Callable[[AbstractChannel], Awaitable[None]]] = {
    **{
        f"{how.__name__} {queue}": partial(how, queue)
        for how in (consume, get, purge)
        for queue in (OTHER, f"{OTHER}.dead", "routing.inbox", "routing.inbox.dead", ARCHIVE, UNROUTED)
    },
    **{f"publish to {name or 'the default'}": partial(publish, name) for name in (INGRESS, EVENTS, "", "amq.topic")},
    **{f"declare {name}": partial(declare, name) for name in ("dept.civil-affairs.second", "another", OWN)},
    **{f"bind {pattern}": partial(bind, OWN, pattern) for pattern in ("#", PATTERN)},
    "bind another's": partial(bind, OTHER, PATTERN),
    "unbind its own": unbind,
    "declare a queue of the connection": declare_own,
    "declare an exchange": declare_exchange,
    "delete an exchange": delete_exchange,
    "delete its own queue": partial(delete, OWN),
    "delete another's queue": partial(delete, OTHER),
}


async def test_an_account_is_refused_everything_else(account: Account, bus: str) -> None:
    await send(bus, OTHER, b"theirs")
    allowed = []
    async with await aio_pika.connect(url_of(account, bus)) as connection:
        for name, tried in REFUSED.items():
            try:
                await tried(await connection.channel())
            except ChannelAccessRefused:
                continue
            allowed.append(name)
    assert allowed == []
    async with transport(bus) as admin:
        assert await admin.depth(OTHER) == 1


async def test_an_account_reads_the_virtual_host_of_the_bus_alone(account: Account, server: Broker, bus: str) -> None:
    other = urlsplit(server.new_vhost())
    async with transport(urlsplit(url_of(account, bus))._replace(path=other.path).geturl()) as elsewhere:
        with pytest.raises(TransportError):
            await elsewhere.depth(OWN)
    server.delete_vhost(other.geturl())


def test_an_account_may_not_use_the_management_api(account: Account, server: Broker) -> None:
    address = urlsplit(server.management_url)
    with httpx.Client(auth=(account.username, account.password), trust_env=False, timeout=10) as client:
        for path in ("/api/overview", "/api/queues", "/api/whoami", f"/api/users/{account.username}"):
            assert client.get(f"http://{address.hostname}:{address.port}{path}").status_code == 401


async def test_what_no_right_can_forbid_is_still_possible(account: Account, bus: str) -> None:
    await send(bus, OWN, b"own")
    await send(bus, OTHER, b"theirs")
    async with await aio_pika.connect(url_of(account, bus)) as connection:
        channel = await connection.channel()
        # RabbitMQ asks for no right to learn of a queue by its name, and for that to read to empty it.
        seen = await channel.declare_queue(OTHER, passive=True)
        assert seen.declaration_result.message_count == 1
        purged = await (await channel.get_queue(OWN, ensure=False)).purge()
        assert purged.message_count == 1


async def test_an_account_can_be_made_again_and_has_the_last_password(accounts: Accounts, bus: str) -> None:
    first = new_account("civil-affairs")
    again = Account(first.department, first.username, new_account("civil-affairs").password)
    for one in (first, again):
        await accounts.make(one)
    async with transport(url_of(first, bus)) as former:
        with pytest.raises(TransportError):
            await former.depth(OWN)
    async with transport(url_of(again, bus)) as later:
        assert await later.depth(OWN) == 0
    await accounts.end(first.username)


async def test_an_account_that_has_more_than_its_rights_is_told(
    accounts: Accounts, server: Broker, bus: str, account: Account
) -> None:
    other = server.new_vhost()
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    with server.management() as api:
        api.put(f"/api/permissions{urlsplit(other).path}/{account.username}", json=everything).raise_for_status()
        with pytest.raises(BusError, match="other rights"):
            await accounts.make(account)
        api.delete(f"/api/permissions{urlsplit(other).path}/{account.username}").raise_for_status()
        topics = {"exchange": EVENTS, "write": ".*", "read": ".*"}
        api.put(f"/api/topic-permissions{urlsplit(bus).path}/{account.username}", json=topics).raise_for_status()
        with pytest.raises(BusError, match="other rights"):
            await accounts.make(account)
    server.delete_vhost(other)


async def test_who_is_connected_when_the_account_ends_is_cut_off_and_leaves_what_it_had_in_hand(
    accounts: Accounts, account: Account, bus: str
) -> None:
    await send(bus, OWN, b"in hand")
    async with transport(url_of(account, bus)) as department, department.consume(OWN, prefetch=1) as subscription:
        [held] = await subscription.next_batch(1)
        assert len(await accounts.connections(account.username)) == 1
        async with asyncio.timeout(5):
            await accounts.end(account.username)
            with pytest.raises(TransportError):
                await subscription.next_batch(1)
        assert await accounts.connections(account.username) == []
        with pytest.raises(TransportError):
            await subscription.ack([held])
        with pytest.raises(TransportError):
            await department.depth(OWN)
    assert await bodies(bus, OWN, 1) == [b"in hand"]


async def test_a_client_that_answers_nothing_any_more_is_cut_off_all_the_same(
    accounts: Accounts, account: Account, bus: str
) -> None:
    address = urlsplit(url_of(account, bus))
    async with tcp_proxy(str(address.hostname), address.port or 0) as proxy:
        login = address.netloc.rpartition("@")[0]
        by_proxy = address._replace(netloc=f"{login}@127.0.0.1:{proxy.port}").geturl()
        async with transport(by_proxy) as department, department.consume(OWN, prefetch=1):
            proxy.freeze()
            await accounts.end(account.username)
            await send(bus, OWN, b"later")
            assert await bodies(bus, OWN, 1) == [b"later"]
            await proxy.cut()


async def test_a_connection_that_outlasts_the_wait_is_told(
    accounts: Accounts, account: Account, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with transport(url_of(account, bus)) as department, department.consume(OWN, prefetch=1):
        with monkeypatch.context() as patched:
            patched.setattr(provisioning, "END_TIMEOUT_S", 0)
            with pytest.raises(BusError, match="does not close"):
                await accounts.end(account.username)


async def test_an_account_that_is_gone_can_be_ended(accounts: Accounts) -> None:
    await accounts.end(new_account("civil-affairs").username)


async def test_several_that_end_an_account_at_once_do_not_stand_in_each_others_way(
    accounts: Accounts, bus: str
) -> None:
    for _ in range(5):
        made = new_account("civil-affairs")
        await accounts.make(made)
        async with transport(url_of(made, bus)) as department, department.consume(OWN, prefetch=1):
            await asyncio.gather(*(accounts.end(made.username) for _ in range(5)))
        assert await accounts.connections(made.username) == []


async def test_an_account_that_is_made_by_hand_has_the_same_rights_and_is_ended_by_hand(
    server: Broker, accounts: Accounts, bus: str
) -> None:
    hand = new_account("civil-affairs")
    for command in commands_to_make("civil-affairs", hand.username, vhost=vhost_of(bus)):
        program, *words = shlex.split(command)
        assert program == "rabbitmqctl"
        server.control(*(hand.password if word == "<password>" else word for word in words))
    with server.management() as api:
        [granted] = api.get(f"/api/users/{hand.username}/permissions").json()
    assert {name: granted[name] for name in ("configure", "write", "read")} == rights_of("civil-affairs")
    async with transport(url_of(hand, bus)) as department:
        assert await department.depth(OWN) == 0
        for command in commands_to_end(hand.username):
            server.control(*shlex.split(command)[1:])
        assert await accounts.connections(hand.username) == []


def test_the_commands_hold_what_a_shell_hands_on_as_it_is() -> None:
    assert commands_to_make("civil-affairs", "dept.civil-affairs.1a2b3c4d", vhost="/") == [
        "rabbitmqctl add_user dept.civil-affairs.1a2b3c4d '<password>'",
        r"rabbitmqctl set_permissions -p / dept.civil-affairs.1a2b3c4d '' '' '^dept\.civil\-affairs\..*$'",
    ]


def test_a_name_that_begins_like_the_departments_is_not_its_own() -> None:
    own = re.compile(rights_of("civil-affairs")["read"])
    assert own.match("dept.civil-affairs.inbox.dead")
    for other in ("dept.civil-affairs-2.inbox", "dept.civil.affairs.inbox", "xdept.civil-affairs.inbox", "dept.civil"):
        assert not own.match(other)


def test_no_two_accounts_are_alike_and_none_shows_its_password() -> None:
    some = [new_account("housing") for _ in range(50)]
    assert len({one.username for one in some}) == len({one.password for one in some}) == 50
    for one in some:
        assert len(one.password) == 64
        assert not one.password.startswith("-")
        assert quote(one.password, safe="") == one.password
        assert one.password not in repr(one)


async def reason(bus: str | None, management_url: str | None, kind: type[BusError] = BusError) -> str:
    """Return why the accounts cannot be opened."""
    with pytest.raises(kind) as told:
        async with open_accounts(bus, management_url=management_url):
            pass
    assert WRONG not in str(told.value)
    return str(told.value)


async def test_a_management_that_refuses_the_login_is_told(server: Broker, bus: str) -> None:
    address = urlsplit(server.management_url)
    wrong = address._replace(netloc=f"linli:{WRONG}@{address.hostname}:{address.port}").geturl()
    assert "refuses the login" in await reason(bus, wrong)


async def test_an_account_that_may_look_but_not_manage_is_told(server: Broker, bus: str) -> None:
    address = urlsplit(server.management_url)
    with server.management() as api:
        api.put("/api/users/looker", json={"password": WRONG, "tags": "monitoring"}).raise_for_status()
        looker = address._replace(netloc=f"looker:{WRONG}@{address.hostname}:{address.port}").geturl()
        assert "looker may not manage accounts" in await reason(bus, looker)
        api.delete("/api/users/looker").raise_for_status()


async def test_no_management_and_an_embedded_bus_are_told(bus: str) -> None:
    nobody = f"http://linli:{WRONG}@127.0.0.1:{free_ports(1)[0]}"
    assert "no management plugin answers" in await reason(bus, nobody, NoManagementError)
    assert "embedded" in await reason(None, None, NoManagementError)


async def test_a_bus_that_does_not_answer_is_told(server: Broker) -> None:
    gone = f"amqp://linli:{WRONG}@127.0.0.1:{free_ports(1)[0]}/"
    assert "does not answer" in await reason(gone, server.management_url)


async def test_what_the_broker_refuses_is_told_without_the_password(server: Broker) -> None:
    url = server.new_vhost()
    made = new_account("housing")
    async with open_accounts(url, management_url=server.management_url) as accounts:
        server.delete_vhost(url)
        with pytest.raises(BusError, match="answers 40") as told:
            await accounts.make(made)
        await accounts.end(made.username)
    assert made.password not in str(told.value)
